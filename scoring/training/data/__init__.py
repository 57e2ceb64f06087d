"""The data to train on: checked, explored, assigned to folds."""
