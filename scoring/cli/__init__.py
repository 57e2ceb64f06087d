"""``python -m scoring``: the commands around the service."""

import sys

import click

from scoring.cli import data, model
from scoring.errors import StartError


@click.group()
def commands() -> None:
    """Credit scoring: make data, train a model, measure it."""


for command in (
    model.train,
    model.evaluate,
    model.pull,
    model.card,
    data.features,
    data.synthesize,
    data.compare,
    data.measure,
):
    commands.add_command(command)


def main() -> None:
    """Run a command; an expected error ends it with exit code 1 and one message."""
    try:
        commands()
    except StartError as error:
        sys.exit(f"Error: {error}")
