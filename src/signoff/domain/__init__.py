"""The law: pure values and rules. No input or output, no clock, no randomness."""
