"""What an actor can do: one function, one transaction, one record."""
