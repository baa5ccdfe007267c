"""What every HTTP door shares: identity, problems, limits, answers."""
