"""``python -m scoring``: commands that make data and models."""

import sys

import click

from scoring.cli import data_commands, model_commands
from scoring.errors import StartError

models = (model_commands.train, model_commands.evaluate, model_commands.pull, model_commands.card)
data = (data_commands.features, data_commands.synthesize, data_commands.compare, data_commands.measure)
commands = click.Group(commands=[*models, *data], help="Credit scoring: make data, train a model, measure it.")


def main() -> None:
    """Run a command; an expected error ends it with exit code 1 and one message."""
    try:
        commands()
    except StartError as error:
        sys.exit(f"Error: {error}")
