"""The data to train on: checked and assigned to folds."""
