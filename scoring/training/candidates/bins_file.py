"""The bins of a scorecard as a file that a person reads and edits."""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError, find_similar, list_some, shorten
from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan, PlanColumn, complete
from scoring.model.preprocessor import Direction, Inputs, TermBins, raw_columns
from scoring.readable.term_bins import place_in_bins
from scoring.small_files import read_small_file
from scoring.storage.whole_files import write_whole
from scoring.tables.text.cells import compose

BEGINNING = "# Bins of a scorecard."
_GUIDE = f"""{BEGINNING} Edit this file, then train again with --bins FILE.
#
# edges      a bin ends below each edge: remove an edge to merge two bins, add one to split a bin
# groups     categories with one weight: move texts between groups, or join groups. A text in no group has the weight 0
# codes      true: the number is a code in disguise, so that frequent values have weights of their own; needs no edges
# direction  "increasing": the risk rises with the value; "decreasing": it falls; "any": it may do both
# missing    "own": missing values have a weight of their own; "neutral": they have the weight 0
# drop       true leaves the term out, as does removing the whole section
#
# Lines that begin with # are not read. Weights are computed anew from the clients, in each fold; above 0 is riskier.
"""
_KEYS = ("drop", "direction", "edges", "groups", "codes", "missing")
_MISSING = ("own", "neutral")


def write_bins(
    path: Path,
    plan: Plan,
    applications: pd.DataFrame,
    target: NDArray[Any],
    weights: Floats | None = None,
    given: Mapping[str, TermBins] | None = None,
) -> None:
    """Write the bins of a scorecard with the clients in them.

    Parameters
    ----------
    plan : of the scorecard; a term without bins is written without any.
    applications : raw, shape (n, fields); ``target``, shape (n,), 0 or 1.
    weights : shape (n,), how often each client counts; once by default.
    given : bins from such a file that the plan was made with.
    """
    columns = complete(plan, raw_columns(applications, plan.raw_numbers(), plan.raw_categories()))
    counted = np.ones(len(target)) if weights is None else weights
    sections = []
    for column in plan.columns:
        lines = [f"[terms.{_quote(column.name)}]"]
        if isinstance(column, BinnedColumn | GroupedColumn):
            bins = describe_bins(column, (given or {}).get(column.name))
            lines += [*_write_term(bins), *_count(column, columns[column.source], target, counted)]
        else:
            lines.append("# training finds the values of this term; it can only be dropped")
        sections.append("\n".join(lines))
    write_whole(path, ("\n\n".join([_GUIDE.rstrip(), *sections]) + "\n").encode(), "--write-bins")


def describe_bins(column: BinnedColumn | GroupedColumn, given: TermBins | None = None) -> TermBins:
    """Describe a column as a person edits it; direction and missing values are those given, if any were."""
    given = given or TermBins(direction=_find_direction(column))
    if isinstance(column, BinnedColumn) and column.codes:
        return TermBins(codes=True, missing=given.missing)
    if isinstance(column, BinnedColumn):
        return TermBins(edges=column.edges, direction=given.direction, missing=given.missing)
    groups: dict[float, list[str]] = {}
    for text, weight in column.values.items():
        groups.setdefault(weight, []).append(text)
    ordered = tuple(tuple(texts) for _, texts in sorted(groups.items()))
    return TermBins(groups=given.groups or ordered, missing=given.missing)


def _find_direction(column: PlanColumn) -> Direction:
    steps = np.diff(column.values) if isinstance(column, BinnedColumn) else np.zeros(0)
    if not len(steps) or ((steps > 0).any() and (steps < 0).any()):
        return "any"
    return "decreasing" if (steps < 0).any() else "increasing"


def _write_term(bins: TermBins) -> Iterator[str]:
    if bins.edges is not None:
        yield f'direction = "{bins.direction}"'
        yield f"edges = [{', '.join(map(write_number, bins.edges))}]"
    if bins.groups is not None:
        yield "groups = ["
        yield from (f"    [{', '.join(map(_quote, group))}]," for group in bins.groups)
        yield "]"
    if bins.codes:
        yield "codes = true"
    yield f'missing = "{bins.missing}"'


def _count(
    column: BinnedColumn | GroupedColumn, values: NDArray[Any], target: NDArray[Any], counted: Floats
) -> Iterator[str]:
    """Tabulate the bins as comments."""
    names, evidence = _name_bins(column)
    place = place_in_bins(column, values)
    clients = np.bincount(place, counted, minlength=len(names))
    defaults = np.bincount(place, counted * target, minlength=len(names))
    width = max(len(name) for name in names)
    yield f"# {'bin':<{width}}  clients  defaults  default rate  weight of evidence"
    for row in zip(names, clients.tolist(), defaults.tolist(), evidence, strict=True):
        name, everybody, bad, weight = row
        rate = f"{bad / everybody:.2%}".replace("%", " %") if everybody else "-"
        yield f"# {name:<{width}}  {everybody:7.0f}  {bad:8.0f}  {rate:>12}  {weight:+18.4f}"


def _name_bins(column: BinnedColumn | GroupedColumn) -> tuple[list[str], list[float]]:
    """Name the bins in the order of ``readable.term_bins``, with the weight of each."""
    if isinstance(column, BinnedColumn):
        ends = [write_number(edge) for edge in column.edges]
        between = [f"{low} to below {high}" for low, high in pairwise(ends)]
        names = [f"below {ends[0]}", *between, f"{ends[-1]} and above"] if ends else ["all values"]
        return [*names, "missing"], [*column.values, column.missing]
    weights = sorted(set(column.values.values()))
    texts = [[text for text, own in column.values.items() if own == weight] for weight in weights]
    names = [shorten(json.dumps(", ".join(group), ensure_ascii=False)[1:-1], 50) for group in texts]
    return [*names, "missing", "any other text"], [*weights, column.missing, column.unseen]


def write_number(number: float) -> str:
    """Write a number so that it is read back exactly, a whole one without decimals."""
    return str(int(number)) if number.is_integer() and abs(number) < 10**15 else repr(number)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class _Place(NamedTuple):
    """Where something stands in the file."""

    lines: Mapping[tuple[str, str], int]  # of a term's header (key "") and of its keys, counted from 1

    def name(self, term: str, key: str = "") -> str:
        line = self.lines.get((term, key)) or self.lines.get((term, ""))
        return f"line {line}, term {term}" if line else f"term {term}"


def read_bins(path: Path, inputs: Inputs) -> dict[str, TermBins]:
    """Read the bins that a person edited, by term; dropped terms are left out.

    Raises
    ------
    DataError
        With every error of the file in one message: line, term, what was received and expected, and the remedy.
    """
    try:
        text = compose(read_small_file(path).decode("utf-8-sig"))
        content = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = "Correct that line, or write the file anew with --write-bins."
        raise DataError.listing(f"--bins {path}", [f"is not TOML in UTF-8: {error}"], remedy) from None
    except OSError as error:
        raise DataError(
            f"--bins {path}: cannot be read ({error.strerror})\nName a file that --write-bins has written."
        ) from None
    place = _Place(_find_lines(text))
    errors = [f"{key!r}: unknown; expected sections [terms.NAME] only" for key in content if key != "terms"]
    terms = content.get("terms", {})
    if not isinstance(terms, dict) or not terms:
        errors.append("has no term; expected sections such as [terms.income]")
        terms = {}
    numbers = {*inputs.numbers, *(step.name for step in inputs.derived), *inputs.history}
    read = {}
    for name, term in terms.items():
        found = list(_find_errors(name, term, numbers, {*inputs.categories}, place))
        errors += found
        if not found and term.get("drop") is not True:
            read[name] = _make(term)
    if not read and not errors:
        errors.append("drops every term; expected at least one without drop = true")
    if errors:
        raise DataError.listing(f"--bins {path}", errors, "Nothing was trained. Correct the file, then train again.")
    return read


def _make(term: Mapping[str, Any]) -> TermBins:
    edges, groups = term.get("edges"), term.get("groups")
    return TermBins(
        edges=None if edges is None else tuple(map(float, edges)),
        groups=None if groups is None else tuple(tuple(group) for group in groups),
        direction=term.get("direction", "any"),
        codes=term.get("codes", False),
        missing=term.get("missing", "own"),
    )


def _find_errors(name: str, term: Any, numbers: set[str], categories: set[str], place: _Place) -> Iterator[str]:
    if not isinstance(term, dict):
        yield f"{place.name(name)}: {_show(term)}; expected a section [terms.{_quote(name)}]"
        return
    if name not in numbers | categories:
        close = find_similar(name, [*numbers, *categories])
        remedy = f"did you mean {close!r}?" if close else "remove the section"
        yield f"{place.name(name)}: no field that may be a feature has this name; {remedy}"
        return
    for key in (key for key in term if key not in _KEYS):
        close = find_similar(key, _KEYS)
        remedy = f"did you mean {close!r}?" if close else "remove it"
        yield f"{place.name(name, key)}: unknown key {key!r}; expected {', '.join(_KEYS)}: {remedy}"
    unfit = ("groups",) if name in numbers else ("edges", "direction", "codes")
    holds = "numbers; expected edges" if name in numbers else "texts; expected groups"
    yield from (
        f"{place.name(name, key)}: has {key}, but holds {holds}: remove the key" for key in unfit if key in term
    )
    if term.get("codes") is True and "edges" in term:
        yield f"{place.name(name, 'edges')}: has edges and codes = true; expected one of them: remove the other"
    if term.get("codes") is True and term.get("direction", "any") != "any":
        where = place.name(name, "direction")
        yield f"{where}: has a direction and codes = true, of which the risk jumps: remove the direction"
    checks = {"drop": _check_flag, "codes": _check_flag, "missing": _check_missing, "direction": _check_direction}
    checks |= {"edges": _check_edges} if name in numbers else {"groups": _check_groups}
    for key, check in checks.items():
        if key in term and key not in unfit and (expected := check(term[key])):
            yield f"{place.name(name, key)}: {key} = {_show(term[key])}; expected {expected}"


def _check_flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false, without quotes"


def _check_missing(value: Any) -> str:
    return "" if value in _MISSING else '"own" or "neutral", in quotes'


def _check_direction(value: Any) -> str:
    known = get_args(Direction)
    return "" if value in known else f"one of {', '.join(map(_quote, known))}, in quotes"


def _check_edges(value: Any) -> str:
    if not isinstance(value, list) or not all(map(_is_number, value)):
        return "finite numbers in square brackets, such as [0.5, 1.2]"
    if all(low < high for low, high in pairwise(value)):
        return ""
    doubled = sorted({one for one in value if value.count(one) > 1})
    return f"each edge once; remove a second {list_some(doubled)}" if doubled else "ascending edges; put them in order"


def _check_groups(value: Any) -> str:
    is_nested = isinstance(value, list) and all(isinstance(group, list) and group for group in value)
    if not is_nested or not all(isinstance(text, str) for group in value for text in group):
        return 'texts in groups, such as [["a", "b"], ["c"]], no group empty'
    texts = [text for group in value for text in group]
    doubled = sorted({text for text in texts if texts.count(text) > 1})
    return f"each text in one group; remove a second {list_some(doubled)}" if doubled else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _show(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False, default=str), 60)


def _find_lines(text: str) -> dict[tuple[str, str], int]:
    """Find the lines of sections and of their keys."""
    lines: dict[tuple[str, str], int] = {}
    term = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\s*terms\s*\.", line):
            try:
                term = next(iter(tomllib.loads(line)["terms"]))
            except tomllib.TOMLDecodeError:  # a line of a text that goes over several lines
                continue
            lines.setdefault((term, ""), number)
        elif term and (key := re.match(r"\s*([\w-]+)\s*=", line)):
            lines.setdefault((term, key[1]), number)
    return lines
