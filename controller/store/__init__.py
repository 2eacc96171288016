"""Policy and history in SQL."""
