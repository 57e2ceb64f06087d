"""Who calls: API keys, what each may do, rate limits, and an alarm against walking through client numbers."""
