"""What to train on: Home Credit's tables, or another lender's flat table; and the options of the training."""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli.shared import bar, read_scaling, show_features, warn
from scoring.cli.written_files import begins_with, refuse_foreign, refuse_tracked
from scoring.errors import DataError, how_to_install

if TYPE_CHECKING:
    import pandas as pd

    from scoring.model.preprocessor import Inputs
    from scoring.model.schema import InputSchema, Readable
    from scoring.training.options import Options


# Parameters of one source only.
_OF_TABLE = (
    "target",
    "identity",
    "number_rows",
    "positive",
    "missing",
    "kinds",
    "decimal",
    "drop",
    "keep",
    "riskier",
    "roles",
    "protected",
    "proxy",
    "justified",
    "weights",
    "time",
    "rejects",
)
_ERRORS_SHOWN = 20  # of a table of applicants
_OF_DATA = ("features", "coverage")


@dataclass(frozen=True)
class Source:
    """What to train on.

    Attributes
    ----------
    other_inputs : with fields that the model may not use, by name; the report measures the cost of excluding them.
    readable : names of derived numbers and history features, for people.
    """

    applications: "pd.DataFrame"
    schema: "InputSchema"
    inputs: "Inputs"
    synthetic: bool
    other_inputs: "dict[str, Inputs]"
    readable: "dict[str, Readable]"


def choose_source_and_options(
    data: Path | None, table: Path | None, out: Path, given: dict[str, Any]
) -> "tuple[Source, Options]":
    """Read what to train on, and turn the other options of ``train`` into those of the training."""
    from scoring.model.costs import Costs
    from scoring.model.preprocessor import Binning, Thin
    from scoring.training.candidates.bins_file import read_bins
    from scoring.training.options import Options

    if (given["loss"] is None) != (given["margin"] is None):
        raise click.UsageError("--loss COLUMN and --margin SHARE go together.")
    if given["set_aside"] and given["number_rows"]:
        raise click.UsageError("--set-aside: rows that are numbered cannot be found again in later tables. Pass --id.")
    if given["infer_rejects"] is not None and given["rejects"] is None:
        raise click.UsageError("--infer-rejects: needs the rejected applicants. Pass --rejects FILE.")
    bins = given.pop("bins")
    if bins is not None and given["full_report"]:
        raise click.UsageError(
            "--full-report: measures other fields and fewer terms, but --bins says which terms there are. Leave one of "
            "them out."
        )
    if given["infer_rejects"] is not None and given["every_balancing"]:
        raise click.UsageError(
            "--every-balancing: resampled clients cannot be weighted, as --infer-rejects needs. Leave one of them out."
        )
    if given["infer_rejects"] is not None and given["full_report"]:
        raise click.UsageError(
            "--full-report: measures fields that --rejects does not have. Leave it or --infer-rejects out."
        )
    if given["prefer_fair"] and (bins is not None or given["force"] is not None):
        other, says = ("--bins", "which terms there are") if bins is not None else ("--force", "what is published")
        raise click.UsageError(f"--prefer-fair: chooses a model, but {other} says {says}. Leave one of them out.")
    given["candidates"] = choose_families(given["candidates"], given["force"], edited=bins is not None)
    _check_bins(bins, given["write_bins"], given["candidates"])
    _check_binning({name for name in ("max_pvalue", "thin_missing") if given[name] is not None}, given["candidates"])
    rejects: Path | None = None
    scaling = read_scaling(given)
    columns = {name: given.pop(name) for name in _OF_TABLE}
    history = {name: given.pop(name) for name in _OF_DATA}
    identified = (columns["identity"] is None) == columns["number_rows"]
    if data is not None and table is None:
        _refuse("--data", columns)
        source = read_home_credit(data, out, **history, work=given["work"])
    elif table is not None and data is None and columns["target"] is not None and identified:
        _refuse("--table", history)
        columns.pop("number_rows")
        _refuse_tracked(out, given["work"])
        rejects = columns.pop("rejects")
        source = read_flat_table(table, **columns)
        given |= {"weights": columns["weights"], "time": columns["time"]}
    else:
        raise click.UsageError(
            "Give --data FOLDER, or --table FILE with --target COLUMN and --id COLUMN. "
            "If no column names the clients, give --number-rows instead of --id."
        )
    if columns["weights"] is not None and given["every_balancing"]:
        raise click.UsageError("--every-balancing: resampling takes no account of --weights. Leave one of them out.")
    thin: Thin = given.pop("thin_missing") or ("own" if table is None else "riskier")
    binning = Binning(max_pvalue=given.pop("max_pvalue") or Binning.max_pvalue, thin=thin)
    fitted: dict[str, Any] = {"binning": binning, "monotone_trees": given.pop("monotone_trees")}
    if fitted["monotone_trees"] and not source.inputs.riskier:
        raise click.UsageError("--monotone-trees: no direction is stated. Pass --riskier COLUMN=higher or =lower.")
    others = {name: replace(inputs, **fitted) for name, inputs in source.other_inputs.items()}
    source = replace(source, inputs=replace(source.inputs, **fitted), other_inputs=others)
    if bins is not None and len(given["candidates"]) > 1:
        warn("--bins: its bins were found on all training clients: compare candidates on the test set, not out of fold")
    if bins is not None:
        source = replace(source, inputs=replace(source.inputs, bins=read_bins(bins, source.inputs)))
    if rejects is not None:
        given["rejected"] = read_rejected(rejects, source, columns["decimal"])
    full_report = given.pop("full_report")
    return source, Options(
        margin=given.pop("margin") or 0.0,
        costs=Costs(false_negative=given.pop("false_negative"), false_positive=given.pop("false_positive")),
        other_inputs=source.other_inputs if full_report else {},
        feature_counts=full_report,
        readable=source.readable,
        scaling=scaling,
        progress=bar,
        warn=warn,
        **given,
    )


def _check_bins(bins: Path | None, written: Path | None, candidates: Sequence[str]) -> None:
    """Raise an error for files of bins that would not be read, or would replace another file."""
    from scoring.training.candidates.bins_file import BEGINNING
    from scoring.training.candidates.families import SCORECARD, SHAPED

    if (bins or written) and SCORECARD not in candidates:
        option = "--bins" if bins else "--write-bins"
        own = f" The {SHAPED} finds its own bins, and has none in such a file." if SHAPED in candidates else ""
        raise click.UsageError(f"{option}: no {SCORECARD} is among the candidates.{own} Add it to --candidates.")
    if bins and SHAPED in candidates:
        warn(f"--bins: the {SHAPED} finds its own bins; the file changes nothing in it")
    if written is not None:
        refuse_foreign(written, begins_with(BEGINNING), "an earlier file of bins", "--write-bins")
        if bins is not None and written.exists() and written.samefile(bins):
            raise DataError(
                f"--write-bins {written}: is the file of --bins\nName another file: its edits would be lost."
            )


def _check_binning(given: Collection[str], candidates: Sequence[str]) -> None:
    """Refuse options about bins that no candidate follows; say which candidate does not."""
    from scoring.training.candidates.families import SCORECARD, SHAPED

    binned = {SCORECARD, "splines"} & set(candidates)
    if "thin_missing" in given and not binned and SHAPED not in candidates:
        raise click.UsageError(
            f"--thin-missing: neither {SCORECARD} nor {SHAPED} is among the candidates. Add one to --candidates."
        )
    if "max_pvalue" in given and not binned:
        own = f" The {SHAPED} merges its bins in another way." if SHAPED in candidates else ""
        raise click.UsageError(f"--max-pvalue: no {SCORECARD} is among the candidates.{own} Add it to --candidates.")
    if "max_pvalue" in given and SHAPED in candidates:
        warn(f"--max-pvalue: the {SHAPED} merges its bins in another way; this changes nothing in it")


def choose_families(named: Sequence[str], force: str | None, *, edited: bool = False) -> tuple[str, ...]:
    """Choose the families that are compared: those that are named, ``all``, or a quick few.

    Parameters
    ----------
    force : a family that is published, whatever the comparison finds; it is compared even if it is not named.
    edited : the bins of the scorecard were edited; then it is compared alone unless others are named.
    """
    from scoring.training.candidates.families import FAMILIES, OPTIONAL_MODULES, QUICK, SCORECARD

    known = {**FAMILIES, "all": None}
    if unknown := [name for name in (*named, force) if name is not None and name not in known]:
        raise DataError(f"family {', '.join(unknown)}: is unknown\nExpected all, or some of {', '.join(FAMILIES)}.")
    usual = (SCORECARD,) if edited else QUICK
    chosen = dict.fromkeys(FAMILIES if "all" in named else named or usual)
    if force is not None and not named:
        chosen[force] = None
    if force is not None and force not in chosen:
        raise DataError(
            f"--force {force}: is not among --candidates\nAdd it to --candidates, or leave one of them out."
        )
    for family in [family for family in chosen if family in OPTIONAL_MODULES]:
        if find_spec(OPTIONAL_MODULES[family]) is None:
            remedy = how_to_install("train")
            if family in named or family == force:
                raise DataError(f"{family}: a package that fitting it needs is not installed\n{remedy}")
            warn(f"{family} is not compared: a package that fitting it needs is not installed. To use it: {remedy}")
            del chosen[family]
    return tuple(chosen)


def _refuse(source: str, given: Mapping[str, Any]) -> None:
    """Raise UsageError for options that mean nothing for a source, instead of ignoring them."""
    useless = {name for name, value in given.items() if value or value == ""}
    named = [one.opts[0] for one in click.get_current_context().command.params if one.name in useless]
    if named:
        raise click.UsageError(f"{', '.join(named)}: not an option of {source}.")


def _refuse_tracked(out: Path, work: Path | None) -> None:
    refuse_tracked(out)
    if work is not None:
        refuse_tracked(work, "--work")


def read_home_credit(
    data: Path, out: Path, features: Path | None, coverage: Path | None, work: Path | None = None
) -> Source:
    """Read a folder of Home Credit's tables, with history features where there are any."""
    from scoring.home_credit import input_schema, inputs
    from scoring.home_credit.applications import is_synthetic, read_applications, require_synthetic_numbers
    from scoring.home_credit.history.feature_names import name_features

    synthetic = is_synthetic(data)
    if not synthetic:
        _refuse_tracked(out, work)
    schema = input_schema.load_schema()
    applications = read_applications(data, schema)
    if synthetic:
        require_synthetic_numbers(applications[schema.identity.name], data)
    applications, history = _with_history(applications, data, features, coverage, schema.identity.name)
    other = {
        "with protected fields": inputs.select_inputs(schema, history, ("protected", "justified")),
        "with proxy fields": inputs.select_inputs(schema, history, ("proxy", "justified")),
        "with both": inputs.select_inputs(schema, history, ("protected", "proxy", "justified")),
        "without age": inputs.exclude_age(schema, history),
    }
    names = {**input_schema.name_derived_numbers(), **name_features(history)}
    return Source(applications, schema, inputs.select_inputs(schema, history), synthetic, other, names)


def read_flat_table(table: Path, protected: tuple[str, ...], proxy: tuple[str, ...], **columns: Any) -> Source:
    """Read another lender's table; ``columns`` as ``ColumnOptions`` takes them."""
    from scoring.tables.flat import flat_table
    from scoring.tables.flat.column_options import ColumnOptions

    if both := sorted({*protected} & {*proxy}):
        raise click.UsageError(f"{', '.join(both)}: is named by --protected and by --proxy. Leave one of them out.")
    tiers: Any = {**dict.fromkeys(protected, "protected"), **dict.fromkeys(proxy, "proxy")}
    schema, frame, kinds, warnings = flat_table.read_flat(table, ColumnOptions(tiers=tiers, **columns))
    click.echo(kinds.as_text(), err=True)
    for warning in warnings:
        warn(warning)
    justified = [field.model_copy(update={"tier": "justified"}) for field in schema.fields]
    everything = schema.model_copy(update={"fields": tuple(justified)})
    other = {"with protected and proxy fields": flat_table.inputs(everything, frame)} if tiers else {}
    return Source(frame, schema, flat_table.inputs(schema, frame), synthetic=False, other_inputs=other, readable={})


def read_rejected(path: Path, source: Source, decimal: Any) -> "pd.DataFrame":
    """Read rejected applicants: the columns of the training table without outcomes.

    Raises
    ------
    DataError
        When columns or cells are wrong, or a client of the training is among the applicants.
    """
    import pandas as pd

    from scoring.model.plan import CategoryColumn, NumberColumn, Plan
    from scoring.tables.files import table_files
    from scoring.tables.raw_applications import read_raw

    inputs = source.inputs
    columns = [NumberColumn(name=name, source=name, fill=0.0) for name in inputs.numbers]
    texts = [CategoryColumn(name=name, source=name, value=None) for name in inputs.categories]
    plan = Plan(missing_values={}, derived=tuple(inputs.derived), columns=(*columns, *texts))
    raw = read_raw(table_files(path), source.schema, plan, decimal=decimal)
    errors = [f"row {row}: {'; '.join(found)}" for row, (_, found) in raw.errors.items()]
    both = set(raw.ids.tolist()) & set(source.applications[source.schema.identity.name].tolist())
    if both and not source.schema.identity.numbered:
        errors.append(f"{len(both)} applicants are clients of --table too; expected other people: leave them out")
    if errors:
        more = [f"and {len(errors) - _ERRORS_SHOWN} more"] if len(errors) > _ERRORS_SHOWN else []
        raise DataError.listing(f"--rejects {path}", [*errors[:_ERRORS_SHOWN], *more], "Nothing was trained.")
    return pd.DataFrame(raw.columns)


def _with_history(
    applications: "pd.DataFrame", data: Path, features: Path | None, coverage: Path | None, identity: str
) -> "tuple[pd.DataFrame, list[str]]":
    """Join history features to the applications, where there are any."""
    from scoring.home_credit.history import attach

    if features:
        return attach.attach_history(applications, features, identity)
    if not attach.has_history(data):
        click.echo(f"{data} holds no history table: training uses the applications alone", err=True)
        return applications, []
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "features.parquet"
        click.echo(show_features(data, made, "duckdb", coverage, None), err=True)
        return attach.attach_history(applications, made, identity)
