"""Peers, each in a virtual environment of its own below `bench/build/peers`."""
