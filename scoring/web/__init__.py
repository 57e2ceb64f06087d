"""HTTP: blueprints, problem documents, health."""
