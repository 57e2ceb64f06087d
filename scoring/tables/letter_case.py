"""Names of columns in another letter case, or with accents written in another way: in a file they are the same name."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from scoring.errors import find_similar, list_some
from scoring.tables.text.table_errors import TableError

_MISSPELLED = 5  # columns; a table that lacks more is probably another one
_LISTED = 20  # columns; of more, only some are named


class KnownNames:
    """Names of columns that are known.

    Attributes
    ----------
    read : columns of renamed headers that have another letter case, and the names they were given.

    >>> names = KnownNames(["SK_ID_CURR", "a", "A"])
    >>> [names.find(name) for name in ("Sk_Id_Curr", "a", "A", "other")]
    ['SK_ID_CURR', 'a', 'A', None]
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self.read: dict[str, str] = {}
        folded = defaultdict(list)
        for name in self._names:
            folded[_fold(name)].append(name)
        self._folded = {key: found[0] for key, found in folded.items() if len(found) == 1}

    def find(self, name: str) -> str | None:
        """Return the known name that differs in letter case, or in how accents are written, only."""
        return name if name in self._names else self._folded.get(_fold(name))

    def rename(self, header: Sequence[str]) -> list[str]:
        """Name the columns of a header; one that is not known keeps its name.

        Raises
        ------
        TableError
            Two columns have the same name but for letter case.
        """
        names = [self.find(name) or name for name in header]
        self.read |= {column: name for column, name in zip(header, names, strict=True) if column != name}
        return refuse_same(header, names)


def list_missing(wanted: Iterable[str], given: Iterable[object], known: Iterable[str] = ()) -> list[str]:
    """Describe the columns that a table lacks; if they are few, with the name of one that may be misspelled.

    Parameters
    ----------
    known : further names that are right.

    >>> list_missing(["age", "amount"], ["age", "amuont"]), list_missing(["age"], ["age", "x"])
    (["column amount is missing; is it the column 'amuont'?"], [])
    >>> list_missing(["agence"], ["Agence"], ["Agence"])
    ["column agence is missing; is it the column 'Agence'?"]
    """
    names = [*map(str, given)]
    lacking = [name for name in wanted if name not in {*names}]
    if len(lacking) > _LISTED:
        return [f"{len(lacking)} columns are missing: {list_some(lacking)}"]
    others = {*names} - {*wanted, *known}
    folded = {_fold(name) for name in lacking}
    others |= {name for name in {*names} - {*wanted} if _fold(name) in folded}  # two columns may differ in case only
    similar = [find_similar(name, sorted(others)) if len(lacking) <= _MISSPELLED else None for name in lacking]
    return [
        f"column {name} is missing" + (f"; is it the column {close!r}?" if close else "")
        for name, close in zip(lacking, similar, strict=True)
    ]


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def refuse_same(given: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the names; raises TableError where columns with different names in the file have the same name."""
    columns = defaultdict(list)
    for column, name in zip(given, names, strict=True):
        columns[name].append(column)
    for name, same in columns.items():
        if name and len(set(same)) > 1:
            raise TableError("same_field", field=name, columns=same)
    return [*names]
