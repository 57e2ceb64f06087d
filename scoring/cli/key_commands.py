"""``python -m scoring keys``: add, list, revoke and rotate API keys."""

import errno
import sys
from datetime import datetime, timedelta
from pathlib import Path

import click

from scoring.access.api_key import ApiKey
from scoring.access.caller import SCOPES, Scope
from scoring.access.key_file import (
    KeyFile,
    StoredKey,
    change_key_file,
    new_key,
    now,
    parse_portfolio,
    read_key_file,
    remove_key,
    rotate,
)
from scoring.cli.shared import MODEL_FOLDER, NEW_FILE, PLACE, Finite, Group, SettingOption, warn
from scoring.errors import ClientsUnavailable, KeyFileError, StartError, show_value
from scoring.settings import PROJECT, parse_clients

_FILE = click.option(
    "--file",
    "path",
    type=NEW_FILE,
    cls=SettingOption,
    envvar="SCORING_API_KEYS",
    required=True,
    help="File of keys; by default SCORING_API_KEYS.",
)
_DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


def _read_place(context: click.Context, option: click.Parameter, given: str | None) -> object:
    try:
        return parse_clients(given)
    except ValueError as error:
        raise click.BadParameter(f"{show_value(given or '')}: {error}", context, option) from None


@click.group(cls=Group)
def keys() -> None:
    """Make, list, revoke and rotate API keys."""


@keys.command()
@_FILE
@click.option("--name", required=True, help="Who or what uses the key.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="What the key allows; may be repeated.",
)
@click.option("--portfolio", metavar="COLUMN=VALUE", help="COLUMN=VALUE: the only clients that the key can see.")
@click.option(
    "--expires", type=_DATE, help="Day or time (UTC) when the key ends, such as 2027-06-30; by default it has no end."
)
@click.option(
    "--bulk",
    is_flag=True,
    help="For a program that looks up many clients: only unknown numbers raise the alarm "
    "(docs/keys.md#walking-through-client-numbers).",
)
@click.option(
    "--clients",
    type=PLACE,
    cls=SettingOption,
    envvar="SCORING_CLIENTS",
    callback=_read_place,
    help="Table, client file or database that the portfolio is compared with; by default SCORING_CLIENTS.",
)
@click.option(
    "--artefacts",
    type=MODEL_FOLDER,
    cls=SettingOption,
    envvar="SCORING_ARTEFACTS",
    help="Folder of the model that is served; by default SCORING_ARTEFACTS.",
)
def add(
    path: Path,
    name: str,
    scopes: tuple[Scope, ...],
    portfolio: str | None,
    expires: datetime | None,
    bulk: bool,
    clients: Path | str | None,
    artefacts: Path | None,
) -> None:
    """Add a key; its secret is shown once."""
    end = expires and expires.replace(tzinfo=now().tzinfo)
    if end and end <= now():
        raise KeyFileError(f"--expires {end:%Y-%m-%dT%H:%M:%S}: is over\nExpected a time to come (UTC).")
    key, stored = new_key(name, scopes, portfolio, end, bulk=bulk)
    if portfolio is not None:
        _check_portfolio(portfolio, artefacts, clients)
    change_key_file(path, lambda file: file.replacing(None, stored))
    _show(key, f"{path}: key {key.key_id} added for {stored.name}.")


@keys.command("list")
@_FILE
def list_keys(path: Path) -> None:
    """List the keys, without their secrets."""
    file = read_key_file(path)
    for key in file.keys:
        end = _write_time(key.expires) if key.expires else "-"
        notes = ["bulk"] * key.bulk + [f"former secret until {_write_time(one.until)}" for one in key.still_accepted()]
        columns = (key.id, key.state(now()), ",".join(key.scopes), key.portfolio or "-", end, key.name, *notes)
        click.echo("  ".join(columns))
    click.echo(f"{len(file.keys)} keys", err=True)


@keys.command()
@_FILE
@click.argument("key")
def revoke(path: Path, key: str) -> None:
    """Remove a key by its ID or name; a running service refuses it within a second."""
    remove_key(path, key)
    click.echo(f"{path}: key {key} was revoked.")


@keys.command("rotate")
@_FILE
@click.option(
    "--keep-hours",
    type=Finite(0, 24 * 366),
    default=24.0,
    show_default=True,
    help="How long the old secret is accepted; 0 ends all former secrets at once.",
)
@click.argument("key")
def rotate_key(path: Path, key: str, keep_hours: float) -> None:
    """Give a key a new secret; the former one is accepted for some hours more. With 0 hours, all former secrets end."""
    until = now() + timedelta(hours=keep_hours)
    made: list[tuple[ApiKey, StoredKey]] = []

    def replace(file: KeyFile) -> KeyFile:
        old = file.find(key)
        secret, new = rotate(old, until)
        made.append((secret, new))
        return file.replacing(old, new)

    change_key_file(path, replace)
    ((secret, new),) = made
    ends = [f"until {_write_time(one.until)}" for one in new.still_accepted()]
    former = (
        f"former secrets still accepted, the oldest first: {', '.join(ends)}" if ends else "all former secrets ended"
    )
    _show(secret, f"{path}: key {secret.key_id} has a new secret; {former}.")


def _check_portfolio(text: str, artefacts: Path | None, clients: Path | str | None) -> None:
    """Compare a portfolio with the clients of the service, as far as they are known here.

    Raises
    ------
    KeyFileError
        If these clients do not have the column. Where none are named, the service may have others than the sample.
    """
    from scoring.storage.artefacts import load_bundle
    from scoring.storage.clients.client_table import read_client_file
    from scoring.storage.clients.open_clients import is_client_file

    portfolio = parse_portfolio(text)
    column, given = portfolio.column, f"--portfolio {portfolio}"
    try:
        others = [column]
        if isinstance(clients, Path) and not is_client_file(clients):
            others = [str(name) for name in read_client_file(clients)]
        known = load_bundle(artefacts or PROJECT, clients, others=others).clients
        found = known.within(column, portfolio.value).count() if known.has_column(column) else None
    except (StartError, ClientsUnavailable) as error:
        warn(f"{given}: was not compared with the clients, since they cannot be loaded here. {error}")
        return
    if found is not None:
        if not found:
            warn(f"{given}: no client has this value now.")
    elif artefacts or clients:
        raise KeyFileError(f"{given}: the clients do not have this column\nCorrect it, or add it to the table first.")
    else:
        warn(
            f"{given}: the published sample does not have this column; set SCORING_CLIENTS as for the service to "
            "compare it with its clients. The service refuses the key if they do not have it."
        )


def _write_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _show(key: ApiKey, message: str) -> None:
    """Write the key alone to the output, so that a program can read it; everything else to the error output.

    Raises
    ------
    KeyFileError
        If the output takes nothing; then nobody knows the key, which is in the file already.
    """
    click.echo(f"{message} Keep the key safe: it is not shown again.", err=True)
    try:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "the output is closed")
        click.echo(key.reveal())
    except OSError as error:
        raise KeyFileError(
            f"key {key.key_id}: is in the file, but could not be shown ({error.strerror})\n"
            f"Nobody knows it. Give it a new secret with 'keys rotate {key.key_id}', or remove it with "
            f"'keys revoke {key.key_id}'."
        ) from None
