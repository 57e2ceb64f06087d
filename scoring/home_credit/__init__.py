"""Everything that knows the lender Home Credit by name."""
