"""The candidates: models that are compared."""
