"""Read a table of outcomes: which credit, whether the client defaulted, and when this was observed."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.errors import DataError
from scoring.record.repayments import Observation
from scoring.tables.columns import as_texts
from scoring.tables.files import table_files
from scoring.tables.flat.time_column import read_times
from scoring.tables.key_columns import read_identity
from scoring.tables.row_errors import show_value
from scoring.tables.table_reader import read_table
from scoring.tables.text.table import Table, refuse_duplicates

ROLES = ("decision_id", "client", "date", "outcome", "observed_at", "months_observed", "amount_lost")
_NUMBERS = ("months_observed", "amount_lost")
_REQUIRED = "Expected a column decision_id, or client and date, and a column defaulted; name others with --column."
_DEFAULTED = ("1", "yes", "y", "true", "default", "defaulted", "oui", "o", "vrai", "défaut", "defaut", "impayé")
_REPAID = ("0", "no", "n", "false", "repaid", "paid", "non", "faux", "remboursé", "rembourse", "payé")
_WORDS = {**dict.fromkeys(_DEFAULTED, True), **dict.fromkeys(_REPAID, False)}
_OUTCOME = "expected 1 or yes for a default, 0 or no for none"
_DATE = "expected a day such as 2026-03-31"
_MOST_MONTHS = 1200
_NO_DECIMALS = re.compile(r"[.,]0+$")  # programs write 1.0 in a column where some outcomes are missing

Faults = list[tuple[int, str]]  # row, from 0, and what is wrong


@dataclass(frozen=True)
class GivenOutcome:
    """A row of the table, without an error of its own.

    Attributes
    ----------
    decision_id : None where client and date say which decision it is.
    client, date : as texts; None where the decision is named.
    """

    decision_id: str | None
    client: str | None
    date: str | None
    observation: Observation


@dataclass(frozen=True)
class OutcomeTable:
    """A table of outcomes.

    Attributes
    ----------
    rows : None for a row with an error.
    faults : errors of the rows themselves.
    place : how a row is named in messages, such as ``line 7``.
    """

    rows: Sequence[GivenOutcome | None]
    faults: Faults
    notes: Sequence[str]
    lines: Sequence[int]

    def place(self, row: int) -> str:
        """Name a row by its line; by its number where the file has no lines."""
        return f"line {self.lines[row]}" if self.lines else f"row {row + 1}"


def read_outcome_table(path: Path, named: Mapping[str, str]) -> OutcomeTable:
    """Read a table of outcomes, whatever its form.

    Parameters
    ----------
    named : by role (``ROLES``), the name of the column; others are found by the usual names.

    Raises
    ------
    DataError
        The file cannot be read as a table, or lacks a column.
    """
    given: list[str] = []

    def rename(names: Sequence[str]) -> list[str]:
        refuse_duplicates(names)
        given[:] = names
        return _rename(names, named)

    texts = [role for role in ROLES if role not in _NUMBERS]
    files_of = table_files(path)
    table = read_table(files_of, texts, numbers=_NUMBERS, rename=rename)
    _refuse_missing(path, table, given, named)
    lines = table.lines() if len(files_of.files) == 1 else []
    return _read_rows(table, lines)


@cache
def _usual_names() -> list[tuple[str, str]]:
    text = files(__package__).joinpath("outcome_columns.csv").read_text(encoding="utf-8")
    return [(line["name"], line["role"]) for line in csv.DictReader(text.splitlines())]


def _find_usual(names: Sequence[str], named: Mapping[str, str]) -> dict[str, list[int]]:
    """Find by the usual names, for each role that was not named, which columns may have it."""
    usual = dict(_usual_names())
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        role = usual.get(name.strip().casefold())
        if role is not None and role not in named:
            found.setdefault(role, []).append(place)
    return found


def _rename(names: Sequence[str], named: Mapping[str, str]) -> list[str]:
    """Give columns the names of their roles; one that has a role's name without being it gets another."""
    places = {role: names.index(name) for role, name in named.items() if name in names}
    places |= {role: found[0] for role, found in _find_usual(names, named).items()}
    roles = {place: role for role, place in places.items()}
    return [roles.get(i, f"{name} (not used)" if name in ROLES else name) for i, name in enumerate(names)]


def _refuse_missing(path: Path, table: Table, given: Sequence[str], named: Mapping[str, str]) -> None:
    columns = [str(name) for name in table.frame]
    faults = [
        f"has no column {name}, which --column {role}={name} names" for role, name in named.items() if name not in given
    ]
    for role, found in _find_usual(given, named).items():
        if len(found) > 1:
            names = ", ".join(given[place] for place in found)
            faults.append(f"has {len(found)} columns that may be the {role}: {names}; name one: --column {role}=NAME")
    if "decision_id" not in columns and not {"client", "date"} <= {*columns}:
        faults.append("has neither a column decision_id nor the columns client and date")
    if "outcome" not in columns and "outcome" not in named:
        faults.append("has no column that says who defaulted")
    if faults:
        listed = ", ".join(given[:20])
        raise DataError.listing(str(path), faults, f"Its columns are {listed}. {_REQUIRED}{table.hint}")


def _read_rows(table: Table, lines: Sequence[int]) -> OutcomeTable:
    frame, faults = table.frame, Faults()
    count = len(frame)
    if "client" in frame:  # as training reads them: 100042.0 is 100042
        frame = frame.assign(client=as_texts(read_identity(frame["client"], "client")[1]))
    ids, clients = _texts(frame, "decision_id"), _texts(frame, "client")
    decided, observed = (_days(frame, name, faults) for name in ("date", "observed_at"))
    outcomes = _outcomes(_texts(frame, "outcome"), faults)
    months, amounts = _months(frame, faults), _amounts(frame, faults)
    for i in range(count):
        if ids[i] is None and (clients[i] is None or ("date" in frame and pd.isna(frame["date"].iloc[i]))):
            missing = "decision_id is missing" if "client" not in frame else "neither decision_id, nor client and date"
            faults.append((i, f"{missing}; name the decision"))
        if (amounts[i] or 0) > 0 and outcomes[i] is False:
            faults.append((i, "amount_lost is above 0 for a client who did not default; correct one of them"))
    wrong = {row for row, _ in faults}
    # where one day of the column cannot be read, none is
    wrong.update(i for i in range(count) if ids[i] is None and decided[i] is None)
    rows = [
        None
        if i in wrong
        else GivenOutcome(
            ids[i],
            None if ids[i] is not None else clients[i],
            None if ids[i] is not None else decided[i],
            Observation(bool(outcomes[i]), observed[i], months[i], amounts[i]),
        )
        for i in range(count)
    ]
    return OutcomeTable(rows, faults, table.describe(), lines)


def _texts(frame: pd.DataFrame, name: str) -> list[str | None]:
    if name not in frame:
        return [None] * len(frame)
    return [text.strip() or None if isinstance(text, str) else None for text in as_texts(frame[name])]


def _outcomes(texts: Sequence[str | None], faults: Faults) -> list[bool | None]:
    read = [None if text is None else _WORDS.get(_NO_DECIMALS.sub("", text).casefold()) for text in texts]
    for i, (text, value) in enumerate(zip(texts, read, strict=True)):
        if text is None:
            faults.append((i, f"the outcome is missing, {_OUTCOME}; leave out credits whose outcome is not known"))
        elif value is None:
            faults.append((i, f"the outcome is {show_value(text)}, {_OUTCOME}"))
    return read


def _days(frame: pd.DataFrame, name: str, faults: Faults) -> list[str | None]:
    texts = _texts(frame, name)
    distinct = [*dict.fromkeys(text for text in texts if text is not None)]
    if not distinct:
        return texts
    read, errors = read_times(pd.Series(distinct, name=name))
    if not errors and all(isinstance(day, str) and len(day) == len("2026-03-31") for day in read):
        days = dict(zip(distinct, read.tolist(), strict=True))
        return [None if text is None else days[text] for text in texts]
    single = {text: _is_day(text) for text in distinct}
    if all(single.values()):
        row = next(i for i, text in enumerate(texts) if text is not None)
        faults.append(
            (row, f"{name}: the days are of several forms, or day and month can be exchanged; write 2026-03-31")
        )
    faults += [
        (i, f"{name} is {show_value(text)}, {_DATE}") for i, text in enumerate(texts) if text and not single[text]
    ]
    return [None] * len(texts)


def _is_day(text: str) -> bool:
    for others in ([], ["31/12/2025"]):
        days, errors = read_times(pd.Series([text, *others], name="day"))
        if not errors and isinstance(days[0], str) and len(days[0]) == len("2026-03-31"):
            return True
    return False


def _months(frame: pd.DataFrame, faults: Faults) -> list[int | None]:
    values = _numbers(frame, "months_observed", "a whole number of months", faults)
    for i, value in enumerate(values):
        if value is not None and not (0 <= value <= _MOST_MONTHS and value == int(value)):
            faults.append(
                (i, f"months_observed is {show_value(value)}, expected a whole number from 0 to {_MOST_MONTHS}")
            )
    return [None if value is None else int(value) for value in values]


def _amounts(frame: pd.DataFrame, faults: Faults) -> list[float | None]:
    values = _numbers(frame, "amount_lost", "an amount", faults)
    for i, value in enumerate(values):
        if value is not None and value < 0:
            faults.append((i, f"amount_lost is {show_value(value)}, expected 0 or more"))
    return values


def _numbers(frame: pd.DataFrame, name: str, expected: str, faults: Faults) -> list[float | None]:
    if name not in frame:
        return [None] * len(frame)
    column: pd.Series[Any] = frame[name]
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    good = np.isfinite(numbers)
    faults += [
        (i, f"{name} is {show_value(column.iloc[i])}, expected {expected}")
        for i in np.flatnonzero(column.notna().to_numpy() & ~good).tolist()
    ]
    return [float(number) if fine else None for number, fine in zip(numbers, good, strict=True)]
