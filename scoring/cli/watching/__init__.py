"""Commands that look back at recorded decisions."""
