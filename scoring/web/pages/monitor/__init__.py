"""The page for those who watch over the service."""
