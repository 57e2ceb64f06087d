"""Plots. None means anything by colour alone: side, row, shape, or a written label says the same."""
