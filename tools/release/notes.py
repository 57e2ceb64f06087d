"""The notes of a release: the section of its version in CHANGELOG.md."""

import re


def read_notes(changelog: str, version: str) -> str | None:
    r"""Return the text of a version's section, without its heading; None if it has none, or an empty one.

    >>> read_notes("# Changelog\n\n## 1.1.0 - 2026-12-01\n\n- new\n\n## 1.0.0\n\n- first\n", "1.1.0")
    '- new\n'
    >>> read_notes("## Unreleased\n\n- new\n", "1.1.0") is None
    True
    """
    heading = rf"^## \[?{re.escape(version)}\]?(?: [^\n]*)?$"
    found = re.search(rf"{heading}\n(?P<text>.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    text = found["text"].strip() if found else ""
    return f"{text}\n" if text else None
