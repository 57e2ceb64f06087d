"""The reference pages of ``docs/``: lists are written from the code, the prose around them by hand."""
