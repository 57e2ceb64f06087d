"""``python -m scoring replay``: recorded decisions made again under a change, before it goes live."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scoring.cli import shared, written_files
from scoring.cli.record_opening import DAY, opened_record, session_of
from scoring.cli.shared import EXISTING_FILE, MODEL_FOLDER, NEW_FILE, Command
from scoring.cli.watching.watch_options import RECORD, ReportFiles, period_options, report_options
from scoring.errors import DataError
from scoring.record.review_steps import Period
from scoring.storage.whole_files import write_whole

if TYPE_CHECKING:
    from scoring.model.manifest import Manifest
    from scoring.model.schema import SchemaField
    from scoring.readable.numbers import Language
    from scoring.record.stores.session import Session
    from scoring.replay.replayed import Replayed

_HEADER = "decision_id,recorded,replayed"  # of the list of decisions that would differ


@click.command(cls=Command)
@RECORD
@period_options
@click.option(
    "--threshold",
    type=shared.Finite(0, 1),
    help="Refuse from this probability on. It is on the deciding model's own scale, as in GET /best_threshold.",
)
@click.option(
    "--model", "folder", type=MODEL_FOLDER, help="Folder of a model that decides in place of the recorded versions."
)
@click.option(
    "--shadow",
    is_flag=True,
    help="Instead of a change: compare with the recorded answers of the last shadow model of the period.",
)
@click.option("--policy", "policy_file", type=EXISTING_FILE, help="Policy file whose rules replace the recorded ones.")
@click.option("--on", "on", type=DAY, help="Day (UTC) on which the rules of --policy are checked; today by default.")
@click.option(
    "--group",
    "names",
    multiple=True,
    metavar="FIELD",
    help="Group decisions by this field of applications; by default the product, the age and protected "
    "fields; may be repeated.",
)
@report_options
@click.option(
    "--out",
    type=NEW_FILE,
    help="CSV file with the ID of each decision that would differ, the recorded decision, and the new one; "
    "no personal data.",
)
def replay(
    url: str,
    since: str | None,
    until: str | None,
    threshold: float | None,
    folder: Path | None,
    shadow: bool,
    policy_file: Path | None,
    on: datetime | None,
    names: Sequence[str],
    written: ReportFiles,
    out: Path | None,
) -> None:
    """Make recorded decisions again under another threshold, policy or model; report how many would differ.

    With --shadow, compare them with the recorded answers of the shadow model.
    """
    from scoring.model.costs import Costs
    from scoring.policy.open_policy import open_policy
    from scoring.replay.change import Change
    from scoring.replay.change_effects import compare
    from scoring.replay.policy_effects import TriedPolicy
    from scoring.replay.recorded_scores import Versions
    from scoring.replay.recorded_shadow import read_shadow
    from scoring.replay.replay_figures import Comparison
    from scoring.replay.replay_text import write_text
    from scoring.replay.replayed import replay as replay_all
    from scoring.storage.published_model import load_published

    tried = threshold is not None or folder is not None or policy_file is not None
    if tried == shadow:
        raise click.UsageError(
            "Name what to try: --threshold, --policy or --model; several are tried together. Or name --shadow alone."
        )
    if on is not None and policy_file is None:
        raise click.UsageError("--on: is the day of the rules of --policy; leave it out, or name a policy")
    written.check(Comparison, url, policy_file, model=folder)
    if out is not None:
        if written.has(out):
            raise click.UsageError(f"--out {out}: is the file of --json or --report; expected another file")
        written_files.refuse_overwriting(out, folder, policy_file)
        written_files.refuse_foreign(out, written_files.begins_with(_HEADER), "an earlier list of this command")
    model = None if folder is None else load_published(folder, "--model")
    period = Period.between(since, until)
    with opened_record(url) as store, session_of(store) as session:
        manifest = Versions(session).find_latest_manifest()
        if written.page is not None and manifest is None:
            raise DataError(
                f"--report {written.page}: no version of the model in the record has a manifest, which names fields "
                "and costs\nLeave --report out; --json has the figures."
            )
        fields = _choose_fields(manifest, names)
        described = model.manifest if model else manifest
        policy = None if policy_file is None else open_policy(policy_file, described, name=f"--policy {policy_file}")
        day = (on or datetime.now(UTC)).date()
        change = Change(threshold, model, None if policy is None else TriedPolicy(policy, day))
        with click.progressbar(length=_count(session, period), label="decisions", file=sys.stderr) as bar:
            if shadow:
                replayed, version = read_shadow(session, period, fields, bar.update)
            else:
                replayed, version = replay_all(session, change, period, fields, bar.update), model and model.version
    comparison = compare(
        replayed,
        fields,
        manifest.costs if manifest else Costs(),
        has_other_model=version is not None,
        shadow=shadow,
        threshold=threshold,
        policy_version=None if policy is None else policy.version,
        model_version=version,
        since=since,
        until=until,
    )

    def write_page(language: "Language") -> str:
        from scoring.replay.replay_report import write_replay_report

        return write_replay_report(comparison, manifest.input_schema, language) if manifest else ""

    written.write(comparison, write_page)
    if out is not None:
        _write_ids(out, replayed)
    click.echo(write_text(comparison))


def _count(session: "Session", period: Period) -> int:
    rows = session.rows(
        "SELECT count(*) FROM record_entries e WHERE e.kind = 'decision' AND e.time >= ? AND e.time < ?", *period
    )
    return int(rows[0][0])


def _choose_fields(manifest: "Manifest | None", names: Sequence[str]) -> "list[SchemaField]":
    """Choose the fields by which groups are made: those named, else the product, the age and protected fields."""
    known = {field.name: field for field in manifest.input_schema.fields} if manifest else {}
    if unknown := [name for name in names if name not in known]:
        raise DataError.listing(
            "--group",
            [f"{name} is not a field of applications" for name in unknown],
            "Name fields of the model's input schema, such as NAME_CONTRACT_TYPE (GET /model lists them).",
        )
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [one for one in known.values() if one.role == "product" or one.concept == "age" or one.tier == "protected"]


def _write_ids(out: Path, replayed: "Replayed") -> None:
    """Write which decisions would differ: ids only, no personal data."""
    changed = zip(replayed.ids, replayed.refused_before.tolist(), replayed.refused.tolist(), strict=True)
    words = {False: "ACCEPTED", True: "REFUSED"}
    lines = [_HEADER]
    lines += [f"{one},{words[before]},{words[after]}" for one, before, after in changed if before != after]
    write_whole(out, ("\n".join(lines) + "\n").encode())
