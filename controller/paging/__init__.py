"""The feature: requests, the decisions about them, and the life of a page."""
