"""A posted application: validated and turned into a model-ready row."""
