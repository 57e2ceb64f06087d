"""What drift found, in words: sentences in two languages, plots, and the page."""
