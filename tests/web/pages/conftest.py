"""What a browser asks for, and what a person reads."""

import html
import re

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ENGLISH = {**BROWSER, "Accept-Language": "en-GB,en;q=0.9"}


def seen(answer):
    """Text of a page as a person reads it."""
    return spaced(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def spaced(text):
    return re.sub(r"\s+", " ", text)
