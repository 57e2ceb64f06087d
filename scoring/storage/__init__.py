"""Reading and writing of artefacts and client tables."""
