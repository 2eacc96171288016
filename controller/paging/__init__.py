"""The feature: what a page becomes (guard), how it lives (page), and the service that runs both."""
