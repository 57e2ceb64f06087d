"""What drift found, told to people: sentences in two languages, plots, and the page."""
