"""Checkpoints: what they are over, how they are signed, and where they are kept."""
