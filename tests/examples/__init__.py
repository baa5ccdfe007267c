"""The example agents."""
