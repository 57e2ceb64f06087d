"""Programs around the service that are not packaged with it."""
