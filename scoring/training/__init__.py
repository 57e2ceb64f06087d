"""Train a model: from a table of applications to published artefacts."""
