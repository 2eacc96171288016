"""The feature: how a request is decided and a page lives, and the service that runs both."""
