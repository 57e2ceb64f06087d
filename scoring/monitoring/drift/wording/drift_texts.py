"""The texts of drift, in both languages at once: sentences are kept in the JSON for whoever reads it."""

from functools import partial

from scoring.model.schema import Text
from scoring.readable.numbers import format_count, format_fixed, format_percent
from scoring.readable.texts import read_both

drift_texts = partial(read_both, __package__, "drift_texts.csv")


def say(name: str, **values: Text | str | int) -> Text:
    """Fill a text; whole numbers are written as counts.

    >>> say("left_erased", n=1200).en
    'Decisions left out because their personal data was erased: 1,200.'
    """
    pairs = {key: _both(value) for key, value in values.items()}
    text = drift_texts()[name]
    return Text(
        en=text.en.format(**{key: value.en for key, value in pairs.items()}),
        fr=text.fr.format(**{key: value.fr for key, value in pairs.items()}),
    )


def _both(value: Text | str | int) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, int):
        return Text(en=format_count(value, "en"), fr=format_count(value, "fr"))
    return Text(en=value, fr=value)


def in_percent(share: float) -> Text:
    r"""Write a share (0-1), with two decimals where it is below one per cent.

    >>> in_percent(0.0042), in_percent(0.5).en
    (Text(en='0.42%', fr='0,42\u202f%'), '50.0%')
    """
    decimals = 2 if 0 < abs(share) < 0.01 else 1
    return Text(en=format_percent(share, "en", decimals), fr=format_percent(share, "fr", decimals))


def fixed(value: float, decimals: int = 2, *, signed: bool = False) -> Text:
    """Write a number with decimals."""
    return Text(
        en=format_fixed(value, "en", decimals, signed=signed), fr=format_fixed(value, "fr", decimals, signed=signed)
    )


def in_points(share: float, *, signed: bool = False) -> Text:
    """Write a difference of shares in percentage points.

    >>> in_points(0.0132), in_points(-0.01, signed=True).en
    (Text(en='1.3 points', fr='1,3 point'), '−1.0 points')
    """
    number = fixed(100 * share, 1, signed=signed)
    several = abs(100 * share) >= 2  # in French, a number below two is singular
    return Text(en=f"{number.en} points", fr=f"{number.fr} point{'s' if several else ''}")


def join(*sentences: Text | None) -> Text:
    """Write sentences one after the other; None is left out."""
    said = [one for one in sentences if one is not None]
    return Text(en=" ".join(one.en for one in said), fr=" ".join(one.fr for one in said))


def list_texts(texts: list[Text]) -> Text:
    """List texts, separated by commas."""
    return Text(en=", ".join(one.en for one in texts), fr=", ".join(one.fr for one in texts))
