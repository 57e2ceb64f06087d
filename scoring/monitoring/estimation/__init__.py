"""Estimate how a model performs on current clients before their outcomes are known."""
