"""Rows. SQLite and PostgreSQL under one set of SQL; no rules live here."""
