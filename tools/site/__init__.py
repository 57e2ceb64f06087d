"""The site: pages for files outside ``docs/``, and pictures."""
