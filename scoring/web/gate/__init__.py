"""Checks each request before its view runs: who the caller is, and whether the caller may use the route."""
