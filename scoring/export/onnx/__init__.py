"""A model as an ONNX graph in double precision."""
