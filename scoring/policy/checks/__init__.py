"""Whether a policy can mean what it says: sets of values, conditions that are never true, fields that nobody has."""
