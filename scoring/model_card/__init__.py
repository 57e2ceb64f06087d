"""The model card: what a model is for, how good it is, how it treats groups of clients, and its limits."""
