"""``python -m scoring keys``: add, list, revoke and rotate API keys."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from scoring.access.api_key import ApiKey
from scoring.access.caller import SCOPES, Scope
from scoring.access.key_file import KeyFile, change_key_file, new_key, now, read_key_file, rotate
from scoring.cli.shared import NEW_FILE
from scoring.errors import KeyFileError

_FILE = click.option(
    "--file",
    "path",
    type=NEW_FILE,
    envvar="SCORING_API_KEYS",
    required=True,
    help="By default, SCORING_API_KEYS.",
)
_DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def keys() -> None:
    """Make, list, revoke and rotate API keys."""


@keys.command()
@_FILE
@click.option("--name", required=True, help="Who or what uses the key.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
@click.option("--portfolio", metavar="COLUMN=VALUE", help="The only clients that the key can see.")
@click.option("--expires", type=_DATE, help="Day or time (UTC) when the key ends; by default it has no end.")
@click.option("--bulk", is_flag=True, help="For a program that looks up many clients in a row: no alarm.")
def add(
    path: Path, name: str, scopes: tuple[Scope, ...], portfolio: str | None, expires: datetime | None, bulk: bool
) -> None:
    """Add a key; its secret is shown once."""
    end = expires and expires.replace(tzinfo=now().tzinfo)
    if end and end <= now():
        raise KeyFileError(f"--expires {end:%Y-%m-%dT%H:%M:%S}: is over\nExpected a time to come (UTC).")
    key, stored = new_key(name, scopes, portfolio, end, bulk=bulk)
    change_key_file(path, lambda file: file.replacing(None, stored))
    _show(key, f"{path}: key {key.key_id} added for {stored.name}.")


@keys.command("list")
@_FILE
def list_keys(path: Path) -> None:
    """List the keys, without their secrets."""
    file = read_key_file(path)
    for key in file.keys:
        end = f"{key.expires:%Y-%m-%dT%H:%M:%SZ}" if key.expires else "-"
        old = max((one.until for one in key.former if one.until > now()), default=None)
        notes = [
            *(["bulk"] if key.bulk else []),
            *([f"former secret until {old:%Y-%m-%dT%H:%M:%SZ}"] if old else []),
        ]
        columns = (key.id, key.state(now()), ",".join(key.scopes), key.portfolio or "-", end, key.name, *notes)
        click.echo("  ".join(columns))
    click.echo(f"{len(file.keys)} keys", err=True)


@keys.command()
@_FILE
@click.argument("key")
def revoke(path: Path, key: str) -> None:
    """Remove a key by its ID or name; a running service refuses it within a second."""

    def remove(file: KeyFile) -> KeyFile:
        return file.replacing(file.find(key), None)

    change_key_file(path, remove)
    click.echo(f"{path}: key {key} was revoked.")


@keys.command("rotate")
@_FILE
@click.option("--keep-hours", type=click.FloatRange(0, 24 * 366), default=24.0, show_default=True)
@click.argument("key")
def rotate_key(path: Path, key: str, keep_hours: float) -> None:
    """Give a key a new secret; the old one is accepted for some hours more."""
    until = now() + timedelta(hours=keep_hours)
    made: list[ApiKey] = []

    def replace(file: KeyFile) -> KeyFile:
        old = file.find(key)
        secret, new = rotate(old, until)
        made.append(secret)
        return file.replacing(old, new)

    change_key_file(path, replace)
    _show(made[0], f"{path}: key {made[0].key_id} has a new secret; the old one ends at {until:%Y-%m-%dT%H:%M:%SZ}.")


def _show(key: ApiKey, message: str) -> None:
    """Write the key alone to the output, so that a program can read it; everything else to the error output."""
    click.echo(f"{message} Keep the key safe: it is not shown again.", err=True)
    click.echo(key.reveal())
