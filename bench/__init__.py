"""Measurements, side by side with peers in one run: ratios, latencies, CPU per request."""
