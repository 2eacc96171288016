"""The domain: values and pure decisions. It imports only `phones` and `errors`."""
