"""Outcomes of credits as they become known: loading them into the decision record, and what they say of the model."""
