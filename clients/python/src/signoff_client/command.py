"""`signoff-agent`."""
