"""Names of columns as words."""

import re

_SEAMS = re.compile(
    r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])"  # fooBar, 59Days
    r"|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])"  # EMIAmount
    r"|(?<=[a-zà-ÿ])(?=[0-9])"  # Time30
)


def readable(name: str) -> str:
    """Write a column's name as words.

    >>> readable("NumberOfTime30-59DaysPastDueNotWorse")
    'Number of time 30-59 days past due not worse'
    >>> readable("AMT_CREDIT"), readable("EMIAmount"), readable("durée du crédit")
    ('Amt credit', 'EMI amount', 'Durée du crédit')
    """
    spaced = re.sub(r"[_\s]+", " ", name).strip()
    if not spaced.isupper():
        spaced = _SEAMS.sub(" ", spaced)
    upper = name.isupper()
    words = [word if word.isupper() and len(word) > 1 and not upper else word.lower() for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:] or name
