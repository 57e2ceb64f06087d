"""Recognise columns of measures: numbers with the same few words or signs, such as ``45 ans`` or ``5 1/2``."""

import re
from collections import Counter
from collections.abc import Sequence

from scoring.tables.text.number_texts import split_number

MOST_CLASSES = 20  # distinct measures of a category, such as "36 months" and "60 months"; more are quantities
_MOST_FORMS = 5  # ways to write a measure in one column, such as "1 year", "3 years" and "10+ years"
_MOSTLY = 0.9  # share of distinct texts that are measures; the others are markers and mistakes
_FIRST = 100  # texts that are tried before all are
_BLANKS = "  \u202f"
_NUMBER = rf"[0-9]+(?:[.,'’{_BLANKS}][0-9]+)*"
# Something like a currency may stand before the number, but no longer word: "town 12" is a name.
_BEFORE = r"(?:[^\w\s]{1,3}|[^\W\d_]{1,3}(?:\.[ ]?|[ ])|[^\W\d_]{1,3}(?=[0-9]+[.,][0-9]))?"
_MEASURE = re.compile(rf"{_BEFORE}\s*{_NUMBER}.*", re.DOTALL)
_HEXADECIMAL = r"(?<=\b0[xX])[0-9A-Fa-f]+"
_NUMBERS = re.compile(rf"{_HEXADECIMAL}|{_NUMBER}")
_WORD = r"(?:[^\W\d_]|[°²³\"″'′~≈<>≤≥±])"
# Words; one number with signs; a fraction, a ratio or groups of digits. Other pairs may be ranges, and are often codes.
_FORM = re.compile(rf".*{_WORD}.*|[^\w\s#]*\s*#\s*[^\w\s#]*|(?:#[ \-])?#[/⁄:_^]#", re.DOTALL)


def find_measures(texts: Sequence[str]) -> str | None:
    """Return the usual form of distinct texts, with # for each number, if nearly all are measures; None otherwise.

    >>> find_measures(["45 ans", "46 ans", "1,200 ans"]), find_measures(["Rs. 28,500", "Rs. 9"])
    ('# ans', 'Rs. #')
    >>> find_measures(["town 1", "town 2"]), find_measures(["18-25", "26-40"]), find_measures(["A11", "A12"])
    (None, None, None)
    >>> find_measures(["~450", "~46"]), find_measures(["5 1/2", "3/4"]), find_measures(["0x1F", "0xA0"])
    ('~#', '#/#', '#x#')
    """
    if not texts or _share(texts[:_FIRST]) <= _MOSTLY or _share(texts) <= _MOSTLY:
        return None
    forms = Counter(map(_form, filter(_is_measure, texts)))
    usual = forms.most_common(_MOST_FORMS)
    is_repeated = len(usual) < len(texts) and sum(count for _, count in usual) > _MOSTLY * len(texts)
    return next((form for form, _ in usual if _is_form(form)), None) if is_repeated else None


def _share(texts: Sequence[str]) -> float:
    return sum(map(_is_measure, texts)) / len(texts)


def _form(text: str) -> str:
    return "#" if split_number(text) else _NUMBERS.sub("#", text)


def _is_measure(text: str) -> bool:
    form = _form(text)
    return form == "#" or (_MEASURE.fullmatch(text) is not None and _is_form(form))


def _is_form(form: str) -> bool:
    """Tell whether a text is that of a measure; # stands for each of its numbers.

    >>> [_is_form(form) for form in ("# ans", "#*", "[#]", "# #/#", "#_#")], [_is_form(form) for form in ("#", "#-#")]
    ([True, True, True, True, True], [False, False])
    """
    return form != "#" and _FORM.fullmatch(form) is not None
