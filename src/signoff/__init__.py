"""Where AI agents hand their work to people, and people hand it back."""

__version__ = "0.1.0"
