"""Watch a model in use: drift, performance before and after outcomes are known, metrics."""
