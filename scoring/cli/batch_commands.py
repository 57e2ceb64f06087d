"""``python -m scoring batch``: score many clients in one run."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scoring.cli import shared, written_files
from scoring.cli.shared import EXISTING_FILE, EXISTING_PATH, FOLDER, MODEL_FOLDER, NEW_FILE, Command
from scoring.errors import DataError
from scoring.settings import DECISIONS
from scoring.storage.whole_files import real_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scoring.batch.batch_entry import What
    from scoring.batch.run import Engine

INTERRUPTED = 130  # exit code, as of a program that ends by SIGINT


@click.command(cls=Command)
@click.option(
    "--input",
    "data",
    type=EXISTING_PATH,
    required=True,
    help="A folder of Home Credit's tables; or model-ready rows: a Parquet file, a folder of such files, "
    "or a CSV file that fits in memory.",
)
@click.option("--artefacts", type=MODEL_FOLDER, required=True, help="Folder with a published model.")
@click.option(
    "--out",
    type=FOLDER,
    required=True,
    help="Folder for scores/, errors.csv and summary.json, which is written last; an interrupted run is "
    "resumed from it.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="This machine, or a cluster (docs/batch.md#on-spark).",
)
@click.option(
    "--spark-remote",
    type=shared.PLACE,
    help="Address of a Spark Connect server; by default SPARK_REMOTE, or this machine.",
)
@click.option(
    "--applications",
    is_flag=True,
    help="The table has raw applications instead of model-ready rows; their history counts as missing.",
)
@shared.COVERAGE
@shared.DECIMAL
@click.option(
    "--reasons",
    is_flag=True,
    help="Write up to four reasons of each refused client, with a sentence in English and in French.",
)
@click.option(
    "--policy",
    type=EXISTING_FILE,
    help="File with the lender's own rules, applied as they are today (docs/policy.md#many-clients).",
)
@click.option(
    "--errors",
    type=NEW_FILE,
    help="CSV file for the rows that cannot be scored; by default errors.csv in the folder of --out.",
)
@click.option(
    "--record",
    "what",
    type=click.Choice(["decisions", "summary", "off"]),
    default="summary",
    show_default=True,
    help="What is written into the decision record: each decision and the summary, only the summary, or nothing.",
)
@click.option(
    "--decisions",
    "url",
    type=shared.PLACE,
    cls=shared.SettingOption,
    envvar="SCORING_DECISIONS",
    default=DECISIONS,
    help="Decision record: SQLite file or PostgreSQL URL; by default SCORING_DECISIONS, or else decisions.db.",
)
@shared.DIGITS
@click.option(
    "--threshold",
    cls=shared.SettingOption,
    envvar="SCORING_THRESHOLD",
    type=shared.Finite(0, 1),
    help="Refuse from this probability on: only for artefacts without a manifest; by default SCORING_THRESHOLD.",
)
@click.option(
    "--part-rows",
    type=click.IntRange(1000),
    default=1_000_000,
    show_default=True,
    help="Largest number of rows in one part, unless one row group of model-ready rows has more; Spark "
    "chooses the parts itself.",
)
@click.pass_context
def batch(
    context: click.Context, /, data: Path, artefacts: Path, out: Path, what: "What", url: str, **given: Any
) -> None:
    """Score all clients of a table, in parts; a killed run goes on where it stopped."""
    from tqdm import tqdm

    from scoring.batch.batch_entry import BatchRecorder
    from scoring.batch.batch_input import open_source
    from scoring.batch.out_folder import OutFolder
    from scoring.batch.run import Options, ThisMachine, run_batch
    from scoring.batch.scored import make_row_scorer
    from scoring.decisions.served_model import open_decision_record
    from scoring.home_credit.applications import is_synthetic
    from scoring.policy.open_policy import open_policy
    from scoring.service import today
    from scoring.storage.artefacts import load_bundle
    from scoring.tables.files import refuse_other_than_utf8

    if given["spark_remote"] and given["engine"] != "spark":
        raise DataError(f"--spark-remote {given['spark_remote']}: is for --engine spark\nAdd it, or leave this out.")
    refuse_other_than_utf8([out], "the name of the folder for the results")
    errors = given["errors"]
    if errors and data.is_dir() and real_path(data) in real_path(errors).parents:
        raise DataError(f"--errors {errors}: is in the folder of the input, {data}\nName a file outside of it.")
    if not (data.is_dir() and is_synthetic(data)):
        written_files.refuse_tracked(out)
        if errors:
            written_files.refuse_tracked(errors.absolute().parent, "--errors", errors.name)
    if what != "off" and url == "off" and context.get_parameter_source("what") is ParameterSource.COMMANDLINE:
        raise DataError(
            f"--record {what}: there is no decision record (SCORING_DECISIONS or --decisions is off)\n"
            "Name a SQLite file or a PostgreSQL URL with --decisions, or pass --record off."
        )
    bundle = load_bundle(artefacts, threshold=given["threshold"], known=False)
    if given["digits"]:  # of the clients to score; those that were published with the model may have others
        bundle = replace(bundle, identity=bundle.identity.model_copy(update={"digits": given["digits"]}))
    policy = None
    if given["policy"]:
        if given["engine"] == "spark" or what == "decisions":
            other = "--engine spark" if given["engine"] == "spark" else "--record decisions"
            raise DataError(
                f"--policy {given['policy']}: not possible with {other}\n"
                "Use --engine duckdb, and record the summary of the run."
            )
        policy = open_policy(given["policy"], bundle.manifest)
    scorer = make_row_scorer(bundle, reasons=given["reasons"], policy=policy, day=today() if policy else None)
    record = None if what == "off" else open_decision_record(url)
    source = open_source(
        data,
        bundle,
        given["part_rows"],
        raw=given["applications"],
        coverage=given["coverage"],
        decimal=given["decimal"],
        engine=given["engine"],
        tell=lambda line: click.echo(line, err=True),
        facts=policy.fields if policy else (),
    )
    with ExitStack() as opened:
        engine: Engine = ThisMachine()
        if given["engine"] == "spark":
            from scoring.batch.spark_engine import open_spark

            engine = opened.enter_context(open_spark(bundle, given["spark_remote"]))
        bar = opened.enter_context(tqdm(desc="scored", unit="row", unit_scale=True, disable=None))

        def show(done: int, rows: int) -> None:
            bar.total = rows
            bar.update(done - bar.n)

        options = Options(given["part_rows"], show, engine)
        folder = OutFolder(out, errors)
        try:
            summary = run_batch(source, scorer, folder, BatchRecorder(record, what, bundle), options)
        except KeyboardInterrupt:
            bar.close()
            click.echo(
                f"Interrupted. Run the same command again: it continues after the last complete part in {out}.",
                err=True,
            )
            sys.exit(INTERRUPTED)
    click.echo(_describe(summary, out))


def _describe(summary: "Mapping[str, Any]", out: Path) -> str:
    review = summary["review_share"]
    shares = f"{summary['refused_share']:.1%} refused" + ("" if review is None else f", {review:.1%} to review")
    faulty = f"; {summary['faulty']} rows set aside, with their errors" if summary["faulty"] else ""
    return f"{summary['scored']} clients scored in {summary['seconds']:.0f} s, {shares}{faulty}: {out}"
