"""Commands that watch a served model."""
