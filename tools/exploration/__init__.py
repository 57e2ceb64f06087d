"""Exploration of a table of applications before training, for the notebook."""
