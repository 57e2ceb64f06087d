"""Any lender's flat table to train on: what each column is, and what the user says about it."""
