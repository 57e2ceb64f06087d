"""Recorded decisions decided again under another threshold, policy or model, before it goes live."""
