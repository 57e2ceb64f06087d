"""Scores of many clients: in parts, in bounded memory, on one machine or on Spark."""
