"""Recognise dates, with and without a day, among texts and among numbers that are written like dates."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MOSTLY = 0.9  # share of distinct values that have to be dates; the others are markers and mistakes
_FIRST = 100  # texts that are tried before all are
_ENOUGH = 3  # distinct numbers; fewer may look like dates by chance
# English, French, German, Spanish, Italian and Portuguese names, and how they are shortened.
_MONTH = (
    r"(?:jan(?:uary|uar|v(?:ier)?)?|j[aä]nner|ene(?:ro)?|gen(?:naio)?|janeiro|feb(?:ruary|ruar|rero|braio)?"
    r"|f[eé]v(?:r(?:ier)?|ereiro)?|mar(?:ch|s|zo|[cç]o)?|m[aä]rz?|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?"
    r"|ma[iy]o?|mag(?:gio)?|june?|juni?o?|juin|giu(?:gno)?|junho|july?|juli?o?|juil(?:let)?|lug(?:lio)?|julho"
    r"|aug(?:ust)?|ao[uû]t?|ago(?:sto)?|sept?(?:emb(?:er|re))?|septiembre|set(?:t(?:embre)?|embro)?"
    r"|o[ck]t(?:ob(?:er|re))?|octubre|ott(?:obre)?|out(?:ubro)?|nov(?:emb(?:er|re)|iembre|embro)?"
    r"|d[eé][cz](?:emb(?:er|re|ro))?|dic(?:iembre|embre)?)\.?"
)
_YEAR, _DAY, _MONTH_NUMBER = "(?:19|20)[0-9]{2}", "[0-3]?[0-9]", "(?:0?[1-9]|1[0-2])"
_FORMS = (
    rf"[0-9]{{4}}[-/.]{_MONTH_NUMBER}[-/.]{_DAY}",  # 2015-03-31
    r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})",  # 31/03/2015, 3/31/15
    rf"{_MONTH_NUMBER}[-/. ]{_YEAR}",  # 03.2015
    r"(?:0[1-9]|1[0-2])/[0-9]{2}",  # 03/15
    rf"{_YEAR}[-/. M]{_MONTH_NUMBER}",  # 2015-03, 2015M03
    rf"(?:{_DAY}(?:er|st|nd|rd|th)?[-/. ]*)?{_MONTH}[-/., ]*(?:{_YEAR}|'?[0-9]{{2}})",  # Mar-2015, 31 mars 2015, Mar-15
    rf"[0-9]{{1,2}}[-/. ]{_MONTH}",  # 15-Mar
    rf"{_MONTH}[-/. ]*{_DAY}(?:st|nd|rd|th)?,? *{_YEAR}",  # March 31st, 2015
    rf"{_YEAR}[-/. ]*{_MONTH}(?:[-/. ]*{_DAY})?",  # 2015 March
    rf"{_YEAR}[- ]?[QT][1-4]|[QT][1-4][- /]?{_YEAR}|{_YEAR}-?W[0-5][0-9](?:-?[1-7])?",  # 2015Q1, T1 2015, 2015-W14
)
_OUT_OF = re.compile(r"[0-9]{1,2}(?:[.,][0-9]+)?/(10|20)")  # a mark out of ten or twenty
_DATE = re.compile(rf"(?:{'|'.join(_FORMS)})(?:[ T:].*)?", re.IGNORECASE)


def are_dates(texts: Sequence[str]) -> bool:
    """Tell whether nearly all of some distinct texts are dates, in figures or with the names of months.

    >>> are_dates(["Jun-2000", "Feb-2005"]), are_dates(["01.2015", "12.2015"]), are_dates(["2015", "2016"])
    (True, True, False)
    >>> are_dates(["08/10", "07/10"]), are_dates(["08/10", "07/11"])  # marks out of ten; months of two years
    (False, True)
    """
    return len(texts) > 0 and not _are_marks(texts) and _share(texts[:_FIRST]) > _MOSTLY and _share(texts) > _MOSTLY


def _are_marks(texts: Sequence[str]) -> bool:
    """Tell whether distinct texts are marks out of ten or twenty: months would all be of one year."""
    most = {found[1] if (found := _OUT_OF.fullmatch(text)) else "" for text in texts}
    return len(texts) > 1 and len(most) == 1 and most != {""}


def _share(texts: Sequence[str]) -> float:
    return sum(_DATE.fullmatch(text) is not None for text in texts) / len(texts)


def are_date_numbers(numbers: NDArray[np.float64]) -> bool:
    """Tell whether nearly all of some distinct finite numbers, shape (n,), are dates that were read as numbers.

    >>> are_date_numbers(np.array([3.2015, 12.2015, 1.2016, 10.2014, 5.2017]))  # month and year
    True
    >>> are_date_numbers(np.array([20150331.0, 20151224, 20160101, 20140615, 20170809]))
    True
    >>> are_date_numbers(np.array([2015.0, 2016, 2017, 2018, 2019]))
    False
    """
    if len(numbers) < _ENOUGH:
        return False
    numbers = np.clip(numbers, -1e15, 1e15)  # no date is as large, and larger numbers times 10,000 are not finite
    whole = numbers % 1 == 0
    month_first, year_first = np.round(numbers * 10_000), np.round(numbers * 100)
    # Years such as 2000 leave a number with few decimals, which may be any number.
    telling = np.mean(month_first % 100 != 0) >= 0.5
    found = (
        telling
        & ~whole
        & _are_equal(numbers * 10_000, month_first)
        & _are(month_first % 10_000, month_first // 10_000),
        ~whole & _are_equal(numbers * 100, year_first) & _are(year_first // 100, year_first % 100),
        whole & _are(numbers // 100, numbers % 100),
        whole & _are(numbers // 10_000, numbers // 100 % 100, numbers % 100),
        whole & _are(numbers % 10_000, numbers // 10_000 % 100, numbers // 1_000_000),
        whole & _are(numbers % 10_000, numbers // 1_000_000, numbers // 10_000 % 100),
    )
    return any(float(np.mean(one)) > _MOSTLY for one in found)


def _are_equal(numbers: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(numbers - whole) < 1e-6
    return near


def _are(
    year: NDArray[np.float64], month: NDArray[np.float64], day: NDArray[np.float64] | float = 1.0
) -> NDArray[np.bool_]:
    valid: NDArray[np.bool_] = (year >= 1900) & (year < 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return valid
