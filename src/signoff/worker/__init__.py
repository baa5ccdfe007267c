"""The door that time and the log knock on: timers, sealing, sweeping."""
