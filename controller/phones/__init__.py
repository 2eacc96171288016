"""The phone behind a User-Agent, its auto-answer headers, and its buttons."""
