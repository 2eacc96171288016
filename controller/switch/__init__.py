"""What a switch is doing, and what is asked of it."""
