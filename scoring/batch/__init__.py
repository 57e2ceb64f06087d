"""Scores of a whole book of clients: in parts, in bounded memory, on one machine or on Spark."""
