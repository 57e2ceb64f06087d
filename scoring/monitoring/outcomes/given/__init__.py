"""A table of outcomes that a lender gives: read, matched with decisions, checked, and written into the record."""
