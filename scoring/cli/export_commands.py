"""The command that writes a model in the language of another program."""

from pathlib import Path

import click
from click.core import ParameterSource

from scoring.cli.shared import MODEL_FOLDER, NEW_FILE, Command
from scoring.cli.written_files import refuse_foreign, refuse_overwriting
from scoring.storage.whole_files import write_whole

# As in scoring/export, which would take long to import for every other command.
TARGETS = ("sql", "onnx", "pmml")
DIALECTS = ("duckdb", "postgres", "spark")
_TYPED = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
_ONLY_SQL = {
    "dialect": "--dialect",
    "table": "--table",
    "history_table": "--history-table",
    "identity": "--id",
    "lower_case": "--lower-case",
    "no_reasons": "--no-reasons",
}


@click.command(cls=Command)
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, help="What to write.")
@click.option("--dialect", type=click.Choice(DIALECTS), help="For --to sql: the database.")
@click.option("--artefacts", type=MODEL_FOLDER, required=True, help="Folder with a published model.")
@click.option(
    "--out",
    type=NEW_FILE,
    required=True,
    help="File to write; an earlier export is replaced, any other file is refused.",
)
@click.option(
    "--input",
    "form",
    type=click.Choice(["applications", "rows"]),
    help="What is scored: raw applications (the default; in ONNX model-ready rows), or model-ready rows.",
)
@click.option("--table", default="applications", show_default=True, help="SQL: table to score, as SCHEMA.NAME or NAME.")
@click.option(
    "--history-table", default="history", show_default=True, help="SQL: table of the history features; may be --table."
)
@click.option("--id", "identity", default="", help="SQL: column that names a client; by default the model's.")
@click.option("--lower-case", is_flag=True, help="SQL: the tables' columns have their names in lower case.")
@click.option("--no-reasons", is_flag=True, help="SQL: leave the reasons out, which is faster.")
@click.pass_context
def export(
    context: click.Context,
    target: str,
    dialect: str | None,
    artefacts: Path,
    out: Path,
    form: str | None,
    table: str,
    history_table: str,
    identity: str,
    lower_case: bool,
    no_reasons: bool,
) -> None:
    """Write a published model as SQL, ONNX or PMML that gives the same scores."""
    from scoring.export.sql.sql_query import Tables
    from scoring.export.targets import Options, is_export, write_export

    refuse_overwriting(out, artefacts)
    refuse_foreign(out, is_export, "an earlier export")
    given = [option for name, option in _ONLY_SQL.items() if context.get_parameter_source(name) in _TYPED]
    if target != "sql" and given:
        raise click.UsageError(f"{', '.join(given)}: only for --to sql")
    names = {"--table": table, "--history-table": history_table, "--id": identity}
    if empty := [option for option, name in names.items() if option in given and not name.strip()]:
        raise click.UsageError(f"{', '.join(empty)}: expected a name, an empty text was received")
    if target == "sql" and dialect is None:
        raise click.UsageError(f"--dialect: expected with --to sql: {', '.join(DIALECTS)}")
    chosen = form or ("rows" if target == "onnx" else "applications")
    tables = Tables(
        "rows" if chosen == "rows" else "applications", table, history_table, identity, lower_case=lower_case
    )
    content = write_export(artefacts, target, Options(dialect or "", tables, reasons=not no_reasons))
    write_whole(out, content)
    click.echo(f"written: {out}")
