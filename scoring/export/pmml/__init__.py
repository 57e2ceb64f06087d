"""A scorecard or logistic regression as PMML."""
