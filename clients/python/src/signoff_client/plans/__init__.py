"""What the client does, as plans: every rule once, for the blocking and the awaited client."""
