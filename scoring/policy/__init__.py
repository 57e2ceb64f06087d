"""The policy: the lender's own rules as data, which are checked beside the model's score."""
