"""The decision record: what was decided about whom, by which model, why, and who asked; it proves itself."""
