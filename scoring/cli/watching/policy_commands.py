"""``python -m scoring policy``: check a policy file before it is served."""

from collections.abc import Sized
from pathlib import Path

import click

from scoring.cli.shared import EXISTING_FILE, MODEL_FOLDER, Group

_MOST_CLIENTS = 10_000  # of the model's clients, those with the lowest numbers


@click.group(cls=Group, help="The lender's own rules (docs/policy.md).")
def policy() -> None:
    """Group the commands about policies."""


@policy.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--model", type=MODEL_FOLDER, required=True, help="Folder of the model that would be served.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day on which the rules are applied; by default today.")
def check(file: Path, model: Path, day: object) -> None:
    """Check a policy file, and print each rule in words and how many sample clients it applies to."""
    from datetime import datetime

    from scoring.policy.count import count_clients
    from scoring.policy.open_policy import open_policy
    from scoring.policy.rule_words import describe_rule
    from scoring.service import today
    from scoring.storage.artefacts import load_bundle

    bundle = load_bundle(model)
    opened = open_policy(file, bundle.manifest)
    chosen = day.date() if isinstance(day, datetime) else today()
    store = bundle.clients
    ids = store.page(None, _MOST_CLIENTS).client_ids
    known = [one for one in (store.find(client_id) for client_id in ids) if one is not None]
    scores = [bundle.scorer.score_one([float(value) for value in one.row]) for one in known]
    counted = count_clients(opened, scores, [one.record for one in known], chosen)
    counts = f"{_count(opened.file.rules, 'rule')}; {_count(known, 'sample client')}"
    click.echo(f"{file}: valid; version {opened.version}; {counts}")
    for rule in opened.file.rules:
        click.echo(f"\n{rule.code}: {describe_rule(rule)}")
        click.echo(f"  {rule.text.en}")
        touched = counted.rules[rule.code]
        dated = "" if rule.is_valid_on(chosen) else f" (not valid on {chosen})"
        click.echo(f"  applies to {touched.applies}, cannot be checked for {touched.unchecked}{dated}")
    if exploration := opened.file.exploration:
        click.echo(
            f"\nexploration: {100 * exploration.share:g} % of the clients whom the model alone refuses, for at most "
            f"{exploration.most_amount:.15g} and at most {100 * exploration.most_probability:g} % risk, are accepted "
            f"at random; sample clients whom this can concern: {counted.eligible}"
        )
    click.echo(
        f"\nThe model alone refuses {counted.refused_by_model}; with these rules {counted.refused} are refused, and "
        f"{counted.review} of the accepted are reviewed."
    )


def _count(things: Sized, name: str) -> str:
    """Say how many things there are.

    >>> _count(["one"], "rule"), _count([], "rule")
    ('1 rule', '0 rules')
    """
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
