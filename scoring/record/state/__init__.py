"""Figures about the record as a whole, for those who watch over it; none of them reads a body."""
