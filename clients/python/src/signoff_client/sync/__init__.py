"""The client that blocks: `Signoff`."""
