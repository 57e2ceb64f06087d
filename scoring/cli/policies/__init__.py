"""Commands about the lender's own rules."""
