"""The settings, for docs/settings.md: names, expected values and defaults from the code, the meaning by hand."""

from pathlib import Path
from typing import Any

from scoring.settings import PREFIX, PROJECT, Settings
from tools.reference.blocks import fill, mark_up, read_cells, table

NAME = "settings"


def write_page(page: str) -> str:
    """Return docs/settings.md with the list of settings written again; the last cell of each row is kept."""
    written, defaults = read_cells(page, NAME), Settings.from_environment({})
    rows = []
    for name, field in Settings.model_fields.items():
        setting = f"`{PREFIX}{name.upper()}`"
        kept = written.get(setting, [""])[-1]
        rows.append((setting, mark_up(field.description or ""), describe_default(getattr(defaults, name)), kept))
    return fill(page, {NAME: table(("Setting", "Expected", "Default", "Meaning"), rows)})


def describe_default(value: Any) -> str:
    """Write the value that a setting has if it is not set.

    >>> describe_default(True), describe_default(0.35), describe_default("off"), describe_default(None)
    ('`1`', '`0.35`', '`off`', '')
    """
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, bool):
        return f"`{value:d}`"
    if isinstance(value, Path) and value == PROJECT:
        return "the project's own folder"
    return f"`{value}`"
