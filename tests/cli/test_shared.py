"""What all commands share: an option is not given twice."""

import click
import pytest
from click.testing import CliRunner

from scoring.cli import commands


def options(command, path=()):
    """List the command line and every option of each command."""
    if isinstance(command, click.Group):
        return [found for name, part in command.commands.items() for found in options(part, (*path, name))]
    return [(path, option) for option in command.params if isinstance(option, click.Option)]


ALL = options(commands)


@pytest.mark.parametrize(("path", "option"), ALL, ids=[" ".join([*path, option.name]) for path, option in ALL])
def test_an_option_that_is_given_twice_is_refused_unless_it_may_be_repeated(path, option):
    given = [option.opts[0], *([] if option.is_flag else ["1"] * option.nargs)] * 2
    said = CliRunner().invoke(commands, [*path, *given, "--help"])
    may_be_repeated = option.multiple or option.is_flag
    assert said.exit_code == (0 if may_be_repeated else 2)
    assert (f"{option.opts[0]} is given 2 times; it takes one value" in said.output) is not may_be_repeated


def test_all_repeated_options_are_named_at_once():
    given = [
        "train",
        "--candidates",
        "scorecard",
        "--seed",
        "1",
        "--candidates",
        "shaped",
        "--seed",
        "2",
        "--seed",
        "3",
    ]
    said = CliRunner().invoke(commands, given)
    assert said.exit_code == 2
    assert "--candidates is given 2 times" in said.output
    assert "--seed is given 3 times" in said.output
