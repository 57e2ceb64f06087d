"""Commands that watch a served model, and the lender's rules beside it."""
