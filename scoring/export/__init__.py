"""A model in the languages of others: SQL, ONNX and PMML, each equal to the scorer."""
