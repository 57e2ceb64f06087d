"""Decisions that are recorded before they are answered, replayed later, and reviewed by people."""
