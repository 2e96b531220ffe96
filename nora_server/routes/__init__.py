"""Routes: parse the request, call the service, answer with a wire model."""
