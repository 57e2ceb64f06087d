"""Drift: how clients differ from those that a model was trained on, and what that does to decisions."""
