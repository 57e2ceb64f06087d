"""``python -m scoring load-clients``: put a lender's clients into a store that the service looks them up in."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from scoring.cli import written_files
from scoring.cli.shared import (
    COVERAGE,
    DECIMAL,
    DIGITS,
    EXISTING_FILE,
    EXISTING_PATH,
    MODEL_FOLDER,
    PLACE,
    Command,
    SettingOption,
    warn,
)
from scoring.errors import ClientTableError, DataError, LacksColumns, hide_password
from scoring.settings import PROJECT

if TYPE_CHECKING:
    from scoring.storage.clients.loading.client_source import ClientSource
    from scoring.storage.clients.loading.stored_schema import StoredSchema
    from scoring.tables.text.number_texts import DecimalMark


@click.command("load-clients", cls=Command)
@click.argument("features", type=EXISTING_PATH, required=False)
@click.option(
    "--applications",
    "raw",
    is_flag=True,
    help="FEATURES has raw applications, and no model-ready rows: the rows are made of them, with history as missing, "
    "and the applications are stored too.",
)
@click.option("--to", "target", type=PLACE, help="Client file, or a database: postgresql://USER@HOST/DATABASE")
@click.option(
    "--facts",
    "applications",
    type=EXISTING_PATH,
    help="Raw applications of the same clients, for /clients, /population and the decision record; those "
    "of other clients are left out.",
)
@click.option(
    "--portfolio",
    "portfolios",
    multiple=True,
    metavar="COLUMN",
    help="A further column to keep, because keys name it in portfolios (docs/keys.md); may be repeated.",
)
@click.option(
    "--api-keys",
    "keys",
    type=EXISTING_FILE,
    cls=SettingOption,
    envvar="SCORING_API_KEYS",
    help="File of keys: the columns of their portfolios are kept, as far as the table has them; by "
    "default SCORING_API_KEYS.",
)
@click.option(
    "--artefacts",
    type=MODEL_FOLDER,
    cls=SettingOption,
    envvar="SCORING_ARTEFACTS",
    help="Folder of the model for which the rows were made; by default SCORING_ARTEFACTS, or the bundled model.",
)
@DIGITS
@DECIMAL
@COVERAGE
@click.option(
    "--verify", type=EXISTING_FILE, metavar="FILE", help="Check every byte of a client file, and load nothing."
)
def load_clients(
    features: Path | None,
    target: str | None,
    raw: bool,
    applications: Path | None,
    decimal: "DecimalMark | None",
    coverage: Path | None,
    portfolios: tuple[str, ...],
    keys: Path | None,
    artefacts: Path | None,
    digits: int | None,
    verify: Path | None,
) -> None:
    """Put the clients of FEATURES into a store: all of them, or none.

    FEATURES has one model-ready row for each client, or is a folder of Home Credit's tables, of which rows are made.
    The store that is there is served until the new one is complete, and then replaced in one step.
    """
    if verify is not None and not (features or target):
        _verify(verify)
        return
    if verify is not None or features is None or target is None:
        raise click.UsageError("FEATURES and --to are needed; or --verify FILE alone.")
    from tqdm import tqdm

    from scoring.batch.batch_input import find_applications, open_source, write_model_ready
    from scoring.batch.run import PART_ROWS
    from scoring.storage.artefacts import load_bundle
    from scoring.storage.clients.loading.client_source import ClientSource
    from scoring.storage.clients.open_clients import POSTGRES

    schema, of_keys = _read_schema(artefacts or PROJECT, digits), _columns_of_keys(keys)
    named = [*portfolios, *of_keys]
    _require_target(target)
    with ExitStack() as opened:
        if raw or find_applications(features):
            if applications:
                raise click.UsageError("--facts is for model-ready rows; with applications, these are stored.")
            scratch = opened.enter_context(written_files.scratch_folder("load-clients-"))
            fields = [field.name for field in schema.fields]
            further = [name for name in portfolios if name not in {*fields, *schema.features, schema.identity.name}]
            if others := [name for name in of_keys if name not in {*fields, *schema.features, *further}]:
                warn(f"{', '.join(others)}: portfolios of keys name these columns; --portfolio COLUMN keeps one")
            made_from = open_source(
                features,
                load_bundle(artefacts or PROJECT, digits=digits, known=False),
                PART_ROWS,
                raw=raw,
                coverage=coverage,
                decimal=decimal,
                tell=partial(click.echo, err=True),
                facts=[*fields, schema.target, *further],
            )
            with _telling_options(artefacts, further):
                features, applications = write_model_ready(made_from, scratch, schema)
        elif decimal or coverage:
            raise click.UsageError("--decimal and --coverage are for applications, and FEATURES has model-ready rows.")
        source = ClientSource(schema, features, applications, named)
        _check_portfolios(portfolios, source)
        bar = opened.enter_context(tqdm(total=source.total, desc="clients", unit="", unit_scale=True, disable=None))
        if target.startswith(POSTGRES):
            from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
            from scoring.storage.postgres import show_url

            said, place = f"{load_into_postgres(target, source, named, bar.update)} clients", show_url(target)
        else:
            said, place = _write_file(Path(target), source, bar.update), target
    click.echo(f"{said} loaded; to serve them: SCORING_CLIENTS={quote(place)}")


@contextmanager
def _telling_options(artefacts: Path | None, portfolios: Sequence[str]) -> Iterator[None]:
    """Name the option that is probably wrong where a table of applications lacks columns."""
    try:
        yield
    except LacksColumns as error:
        if {*error.columns} <= {*portfolios}:
            errors = str(error).rpartition("\n")[0]
            raise DataError(f"{errors}\n--portfolio COLUMN takes the name of a column as the table has it.") from None
        used = f"The model of {artefacts}" if artefacts else "The bundled model"
        raise DataError(
            f"{error}\n{used} was used. If this is another model's table, pass --artefacts, or set SCORING_ARTEFACTS."
        ) from None


def _require_target(target: str) -> None:
    """Raise StartError where nothing can be loaded into a place; so it is told before the work."""
    from scoring.storage.clients.file.client_file_builder import refuse_other_files
    from scoring.storage.clients.open_clients import POSTGRES

    if target.startswith(POSTGRES):
        from scoring.storage.clients.postgres.postgres_loading import require_database

        require_database(target)
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", target):
        raise DataError(
            f"--to {hide_password(target)}: is no address that is known\n"
            "Expected a file, or postgresql://USER@HOST/DATABASE."
        )
    else:
        written_files.refuse_tracked(Path(target).parent, "--to", Path(target).name)
        refuse_other_files(Path(target))


def _write_file(path: Path, source: "ClientSource", told: Callable[[int], None]) -> str:
    from scoring.storage.clients.file.client_file_builder import write_client_file

    written = write_client_file(path, source, told)
    facts = f", {written.applications} of them with an application" if source.has_facts else ""
    return f"{written.clients} clients{facts}, {written.size / 1e6:.1f} MB,"


def _read_schema(artefacts: Path, digits: int | None) -> "StoredSchema":
    from scoring.storage.artefacts import read_manifest
    from scoring.storage.bundle import MANIFEST
    from scoring.storage.clients.loading.stored_schema import StoredSchema

    schema = StoredSchema.from_manifest(read_manifest(artefacts / MANIFEST))
    if digits is None or schema.identity.kind == "text":
        return schema
    return replace(schema, identity=schema.identity.model_copy(update={"digits": digits}))


def _columns_of_keys(keys: Path | None) -> list[str]:
    if keys is None:
        return []
    from scoring.access.key_file import read_valid_keys

    return read_valid_keys(keys)[0].portfolio_columns()


def _check_portfolios(portfolios: Sequence[str], source: "ClientSource") -> None:
    fields = [field.name for field in source.schema.fields] if source.has_facts else []
    known = {*source.others, *source.schema.features, *fields}
    if unknown := [name for name in portfolios if name not in known]:
        raise ClientTableError(
            f"--portfolio {', '.join(unknown)}: neither the clients nor their applications have this column\n"
            "Correct the name, or add the column to the table of clients."
        )


def _verify(path: Path) -> None:
    from tqdm import tqdm

    from scoring.storage.clients.file.verification import verify_client_file

    with tqdm(total=path.stat().st_size, desc="verified", unit="B", unit_scale=True, disable=None) as bar:
        header = verify_client_file(path, bar.update)
    click.echo(f"{path}: {header.rows.count} clients, every checksum is right")
