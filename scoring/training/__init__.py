"""From features to a published model."""
