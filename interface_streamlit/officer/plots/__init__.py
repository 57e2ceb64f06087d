"""Plots. Colour is never the only sign: side, row, shape or a written label shows the same."""
