"""Options that several commands about recorded decisions share: the record, a period, and the files of a report."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from scoring.cli import written_files
from scoring.cli.record_opening import DAY, midnight
from scoring.cli.shared import NEW_FILE, PLACE, SettingOption
from scoring.settings import DECISIONS
from scoring.storage.whole_files import real_path, write_whole

if TYPE_CHECKING:
    from scoring.monitoring.report.reported import Reported
    from scoring.readable.numbers import Language

Command = Callable[..., Any]
RECORD = click.option(
    "--record",
    "url",
    type=PLACE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS",
    default=DECISIONS,
    help="Decision record: a SQLite file or a PostgreSQL URL; by default SCORING_DECISIONS, or decisions.db.",
)

CURRENT = click.option(
    "--current",
    type=PLACE,
    required=True,
    help="Table of clients, or a decision record: a SQLite file or a PostgreSQL URL.",
)


def period_options(command: Command) -> Command:
    """Add ``--from`` and ``--to``; the command gets ``since`` and ``until`` as the record writes times, or None."""

    @click.option("--from", "since", type=DAY, help="Only decisions from this day on (UTC), such as 2026-11-01.")
    @click.option("--to", "until", type=DAY, help="Only decisions before this day (UTC).")
    @functools.wraps(command)
    def checked(*args: Any, since: datetime | None, until: datetime | None, **given: Any) -> Any:
        if since is not None and until is not None and since >= until:
            raise click.UsageError(f"--from {since.date()} is not before --to {until.date()}; expected an earlier day")
        return command(*args, since=midnight(since), until=midnight(until), **given)

    return checked


@dataclass(frozen=True)
class ReportFiles:
    """The files into which a command writes its result; None for what nobody asked for."""

    json_file: Path | None
    page: Path | None
    language: "Language"

    def check(self, result: "type[Reported]", *read: Path | str | None, model: Path | None = None) -> None:
        """Raise DataError, before the command has worked, where it could not write them or would destroy a file.

        Parameters
        ----------
        result : class of what is written; by its first key, and by how its page begins, earlier files are known.
        read : files, folders and addresses that the command reads.
        model : folder of a model that it reads.
        """
        files = [Path(one) for one in read if one is not None and "://" not in str(one)]
        first = next(iter(result.model_fields))
        results = f'{{\n "{first}"', f'{{"{first}"'  # estimates of earlier releases are on one line
        for option, out, beginnings, what in (
            ("--json", self.json_file, results, "an earlier result of this command"),
            ("--report", self.page, (result.page_beginning,), "an earlier report of this command"),
        ):
            if out is not None:
                written_files.refuse_overwriting(out, model, *files, option=option)
                written_files.refuse_foreign(out, written_files.begins_with(*beginnings), what, option)
        if self.page is not None and self.json_file is not None and real_path(self.page) == real_path(self.json_file):
            raise click.UsageError(f"--json and --report: both are {self.page}; expected two files")

    def has(self, out: Path) -> bool:
        """Whether the result is written into this file, under whatever name."""
        return real_path(out) in {real_path(one) for one in (self.json_file, self.page) if one is not None}

    def write(self, result: BaseModel, write_page: "Callable[[Language], str]") -> None:
        """Write what was asked for."""
        if self.json_file is not None:
            write_whole(self.json_file, (result.model_dump_json(indent=1) + "\n").encode(), "--json")
        if self.page is not None:
            write_whole(self.page, write_page(self.language).encode(), "--report")


def report_options(command: Command) -> Command:
    """Add ``--json``, ``--report`` and ``--language``; the command gets them as ``written``."""

    @click.option(
        "--json",
        "json_file",
        type=NEW_FILE,
        help="Write the result here as JSON; an earlier result is replaced, no other file.",
    )
    @click.option(
        "--report",
        "page",
        type=NEW_FILE,
        help="Write a report to read here: one HTML file; an earlier report is replaced, no other file.",
    )
    @click.option(
        "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Language of the report."
    )
    @functools.wraps(command)
    def gathered(*args: Any, json_file: Path | None, page: Path | None, language: "Language", **given: Any) -> Any:
        return command(*args, written=ReportFiles(json_file, page, language), **given)

    return gathered


def refuse_options_of_table(is_read: bool, given: Mapping[str, Any]) -> None:
    """Raise UsageError for options that say how a table is read, where none is."""
    named = {"--table": "table", "--features": "features", "--decimal": "decimal", "--model-ready": "rows"}
    useless = [option for option, name in named.items() if given.get(name)]
    if useless and not is_read:
        raise click.UsageError(f"{', '.join(useless)}: for tables, and no table is read here. Leave it out.")


def refuse_period_of_table(recorded: bool, since: str | None, until: str | None, by: str | None = None) -> None:
    """Raise UsageError for a period of a table, which does not say when it was."""
    if not recorded and (by or since or until):
        raise click.UsageError("--by, --from, --to: need a decision record, since a table does not say when it was")
