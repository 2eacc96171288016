"""The HTTP side of the running controller: health, metrics, the API, the URLs of phone keys."""
