"""Every test of the store runs on SQLite and on PostgreSQL."""
