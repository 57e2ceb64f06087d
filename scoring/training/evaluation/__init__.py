"""How good a model is: metrics, tables, groups, intervals."""
