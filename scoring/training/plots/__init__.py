"""Plots of a model: functions that take data and return a figure, readable without colour.

No figure stays in memory and no display is needed; ``style.save`` writes a PNG.
"""
