"""Whether the record is as it was written, and proofs of single entries."""
