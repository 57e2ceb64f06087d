"""Commands of the generator; ``python -m scoring`` has them in a source checkout."""

from pathlib import Path
from typing import Literal

import click

from scoring.cli.shared import EXISTING_FOLDER, FOLDER, NEW_FILE, Command


@click.command(cls=Command)
@click.option("--clients", type=int, required=True, help="Number of clients.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the tables.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same clients.")
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Format of the tables.",
)
@click.option("--applications-only", is_flag=True, help="Leave out the six history tables.")
def synthesize(
    clients: int, out: Path, seed: int, table_format: Literal["parquet", "csv"], applications_only: bool
) -> None:
    """Generate synthetic clients with the schema and the statistics of the real ones: seven tables."""
    from tools.synthetic.history.write import write

    for path in write(out, clients, seed, table_format, histories=not applications_only):
        click.echo(f"written: {path}")


@click.command(cls=Command)
@click.option("--real", type=EXISTING_FOLDER, required=True, help="Folder with the real table application_train.")
@click.option("--synthetic", type=EXISTING_FOLDER, required=True, help="Folder made by synthesize.")
@click.option("--out", type=NEW_FILE, required=True, help="Markdown file.")
def compare(real: Path, synthetic: Path, out: Path) -> None:
    """Report how synthetic applications differ from real ones, column by column."""
    from scoring.home_credit import input_schema
    from scoring.home_credit.applications import read_applications
    from tools.synthetic.compare import write_report

    schema = input_schema.load_schema()
    applications = [read_applications(folder, schema, keep_markers=True) for folder in (real, synthetic)]
    write_report(applications[0], applications[1], out)
    click.echo(f"written: {out}")


@click.command(cls=Command)
@click.option("--data", type=EXISTING_FOLDER, required=True, help="Folder with the real table application_train.")
@click.option(
    "--out", type=NEW_FILE, required=True, help="JSON file; the bundled one is tools/synthetic/applications.json."
)
def measure(data: Path, out: Path) -> None:
    """Measure the figures that synthesize uses: aggregates of a real table, never its rows."""
    from scoring.home_credit import input_schema
    from scoring.home_credit.applications import read_applications
    from scoring.storage.whole_files import write_whole
    from tools.synthetic.measure import measure as run

    measured = run(read_applications(data, input_schema.load_schema(), keep_markers=True))
    write_whole(out, (measured.model_dump_json() + "\n").encode())
    click.echo(f"written: {out}")
