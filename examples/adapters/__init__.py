"""Agents in the frameworks that people already use, each stopping for a person."""
