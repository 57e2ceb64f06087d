"""Texts of others (a lender's schema, an answer, a file, an officer), shown as text whatever signs they contain."""

import re
from collections import Counter
from collections.abc import Mapping

LONGEST = 1000  # characters of one text on a page
_BLANKS = re.compile(r"[ \t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
# Characters that a page cannot show or that reorder the text around them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# A backslash before the signs that Markdown may read: few, since screen readers get labels with their backslashes.
_SIGN = re.compile(r"[\\`*\[\]$~]|:(?=[^\s\d])|(?<![^\W_])_|_(?![^\W_])|^(?:[-+=#>]|\d+(?=[.)]))")
# A sign without width inside what else becomes an icon, arrow, link, entity or tag. Streamlit makes some of them after
# Markdown's own escapes are resolved, so that a backslash does not stop it.
_JOINER = "\u2060"
_MADE = re.compile(
    r"(?<=:)(?=[A-Za-z]|[\w+-]+:|//)|(?<=www)(?=\.)|(?=@)|(?<=&)(?=[#\w])|(?<=<)(?=[A-Za-z/!?])"
    r"|(?<=(?<!\S)[-<>~])(?=[-=>](?!\S))|(?<=(?<!\S)<)(?=->(?!\S))",
    re.IGNORECASE,
)


def clean(written: str) -> str:
    r"""Make one line of a text, without invisible characters, and cut a very long one.

    >>> clean("a \n b\x00"), clean("x" * 2000)[-3:]
    ('a b', 'xx…')
    """
    line = _INVISIBLE.sub("", _BLANKS.sub(" ", written)).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def escape_markdown(written: object) -> str:
    r"""Clean a text and escape all signs of Markdown in it, for whatever shows Markdown.

    Streamlit shows Markdown in texts, headings, messages, tables, metrics, and in the labels and tooltips of inputs;
    not in the options of a list, placeholders, plots, or the alternative texts of plots.

    >>> escape_markdown("a_b _c_ *d* $e$"), escape_markdown("1. Credit (of a car), 2:30")
    ('a_b \\_c\\_ \\*d\\* \\$e\\$', '1\\. Credit (of a car), 2:30')
    """
    return _SIGN.sub(_escape, _MADE.sub(_JOINER, clean(str(written))))


def _escape(sign: re.Match[str]) -> str:
    return f"{sign[0]}\\" if sign[0].isdigit() else f"\\{sign[0]}"


def distinguish(names: Mapping[str, str]) -> dict[str, str]:
    """Add the key to names that are the same, since a list finds the chosen option by its text.

    >>> distinguish({"A1": "Other", "A2": "Other", "B": "Car"})
    {'A1': 'Other (A1)', 'A2': 'Other (A2)', 'B': 'Car'}
    """
    times = Counter(names.values())
    return {key: f"{name} ({clean(key)})" if times[name] > 1 else name for key, name in names.items()}
