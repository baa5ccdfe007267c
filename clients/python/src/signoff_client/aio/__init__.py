"""The client to be awaited: `AsyncSignoff`."""
