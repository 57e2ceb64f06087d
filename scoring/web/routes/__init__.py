"""The routes, one blueprint for each subject."""
