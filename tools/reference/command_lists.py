"""The options of every command, for docs/commands.md, from the definitions of the command line."""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from scoring.cli import commands
from tools.reference.blocks import fill, mark_up, read_cells, table

_REPEATED = re.compile(r"; may be repeated\.$")  # the value says so
HEAD = ("Option", "Value", "Default", "Meaning")


def write_page(page: str) -> str:
    """Return docs/commands.md with its lists of options written again."""
    return fill(page, {name: _write(name, command, read_cells(page, name)) for name, command in list_commands()})


def list_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its name, such as ``keys add``."""
    for name, command in commands.commands.items():
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", one) for below, one in command.commands.items())
        else:
            yield name, command


def _write(name: str, command: click.Command, written: dict[str, list[str]]) -> str:
    rows = []
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        names = ", ".join(f"`{name}`" for name in one.opts)
        # click has no help for arguments: what the page says stays
        meaning = getattr(one, "help", None)
        said = mark_up(_REPEATED.sub(".", meaning)) if meaning else written.get(names, ["", "", ""])[-1]
        rows.append((names, describe_value(one), describe_default(one), said))
    listed = table(HEAD, rows)
    if " " not in name:
        return listed  # what the command does is prose
    return f"{mark_up(' '.join((command.help or '').split()))}\n\n{listed}"


def describe_value(one: click.Parameter) -> str:
    """Say which values an option takes.

    >>> describe_value(click.Option(["--seed"], type=click.IntRange(1, 9), multiple=True))
    'whole number from 1 to 9; repeatable'
    >>> describe_value(click.Option(["--to"], type=click.Choice(["sql", "onnx"]), required=True))
    '`sql` or `onnx`; required'
    """
    if getattr(one, "is_flag", False):
        return ""
    more = [
        word for word, holds in (("required", one.required and not one.envvar), ("repeatable", one.multiple)) if holds
    ]
    return "; ".join([_describe_type(one.type), *more])


def _describe_type(kind: click.ParamType[Any]) -> str:
    if isinstance(kind, click.Choice):
        names = [f"`{name}`" for name in kind.choices]
        return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    if isinstance(kind, click.types._NumberRangeBase):
        noun = "whole number" if isinstance(kind, click.IntRange) else "number"
        low = "" if kind.min is None else f" {'above' if kind.min_open else 'from'} {kind.min:g}"
        high = "" if kind.max is None else f" {'below' if kind.max_open else 'to'} {kind.max:g}"
        return f"{noun}{low}{high}"
    if isinstance(kind, click.Path):
        return "folder" if not kind.file_okay else "file" if not kind.dir_okay else "file or folder"
    return {"integer": "whole number", "float": "number", "datetime": "day"}.get(kind.name, "text")


def describe_default(one: click.Parameter) -> str:
    """Say what holds where an option is not given, as far as it is one value.

    >>> describe_default(click.Option(["--seed"], default=0)), describe_default(click.Option(["--out"]))
    ('0', '')
    """
    default: Any = one.default
    simple = isinstance(default, (int, float, str, Path)) and not isinstance(default, bool)
    if not simple or default == "" or isinstance(default, datetime.datetime):
        return ""
    return (
        f"{default:g}" if isinstance(default, float) else f"`{default}`" if isinstance(default, str) else str(default)
    )
