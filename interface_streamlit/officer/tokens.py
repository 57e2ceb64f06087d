"""Colours of pages and plots, from the style sheet that the service's own pages have."""

import re

from officer.verdict import SHARED

_SHEET = (SHARED / "design.css").read_text(encoding="utf-8")
_DARK = "(prefers-color-scheme: dark)"
_LIGHT_PART, _, _DARK_PART = _SHEET.partition(_DARK)


def _colours(part: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#\w+);", part))


TOKENS = _colours(_LIGHT_PART)
DARK = {**TOKENS, **_colours(_DARK_PART)}


def style_sheet(*, dark: bool) -> str:
    """Give the style sheet for a light or a dark page, whatever the system prefers."""
    return _SHEET.replace(_DARK, "all" if dark else "not all")
