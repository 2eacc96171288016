"""What the running controller shows over HTTP: health, metrics, the API."""
