"""Plots of a model: functions that take data and return a figure, readable without colour; nothing is stored."""
