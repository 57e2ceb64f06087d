"""Credit scoring: from seven tables to a probability of default, a decision and its reasons."""
