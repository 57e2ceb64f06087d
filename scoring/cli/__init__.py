"""``python -m scoring``: commands that make data and models, and manage API keys."""

import signal
import sys
import threading

import click

from scoring.cli.batch_commands import batch
from scoring.cli.client_commands import load_clients
from scoring.cli.export_commands import export
from scoring.cli.key_commands import keys
from scoring.cli.model_commands import card, evaluate, features, pull, sign
from scoring.cli.record_commands import decisions
from scoring.cli.train_command import train
from scoring.cli.validation_commands import document, promote, tables
from scoring.cli.watching.drift_commands import drift
from scoring.cli.watching.estimation_commands import estimate
from scoring.cli.watching.outcome_commands import outcomes
from scoring.cli.watching.policy_commands import policy
from scoring.cli.watching.replay_commands import replay
from scoring.cli.written_files import describe_refusal
from scoring.errors import DataError, RecordUnavailable, StartError, how_to_install


class _Commands(click.Group):
    """The package's commands; those of the generator are missing where only the package is installed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; raises DataError for one that needs the source checkout."""
        command = super().get_command(ctx, cmd_name)
        if command is None and cmd_name in {"synthesize", "compare", "measure"}:
            raise DataError(
                "the generator of synthetic clients is not installed: it comes with the source checkout\n"
                "Run the command in the folder of the checkout."
            )
        return command


commands = _Commands(
    commands=[
        train,
        evaluate,
        pull,
        sign,
        card,
        tables,
        document,
        promote,
        features,
        load_clients,
        batch,
        export,
        keys,
        decisions,
        outcomes,
        estimate,
        policy,
        drift,
        replay,
    ],
    help="Credit scoring: make data, train a model.",
)
try:
    from tools.synthetic.commands import compare, measure, synthesize
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "tools":  # another missing package has its own message
        raise
else:
    for command in (synthesize, compare, measure):
        commands.add_command(command)


def main() -> None:
    """Run a command; an expected error ends it with exit code 1 and one message."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # by default a command would leave its temporary folders
        if signal.getsignal(number) is signal.SIG_DFL and threading.current_thread() is threading.main_thread():
            signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    try:
        commands()
    except StartError as error:
        sys.exit(f"Error: {error}")
    except RecordUnavailable as error:
        sys.exit(
            f"Error: {error}\nExpected a decision record that can be read and written: a SQLite file in a folder that "
            "exists, not locked by another program, or a PostgreSQL URL (SCORING_DECISIONS). If another program has "
            "locked it, or the database does not answer, try again later. Otherwise correct the cause, and run the "
            "same command again."
        )
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in {"", "scoring", "tools"}:
            raise
        extras = {"pyspark": "spark", "onnx": "onnx", "onnxruntime": "onnx", "psycopg": "postgres"}
        extra = extras.get(package, "train")
        sys.exit(f"Error: the package {package} is not installed; this command needs it\n{how_to_install(extra)}")
    except OSError as error:
        sys.exit(f"Error: {describe_refusal(error)}")
    except MemoryError:
        sys.exit(
            "Error: there is not enough memory for this command\n"
            "Use a machine with more memory, end other programs, or divide the table."
        )
