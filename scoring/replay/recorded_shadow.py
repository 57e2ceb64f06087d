"""What the shadow model said of recorded decisions, as it was recorded: nothing is scored again."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from scoring.model.schema import SchemaField
from scoring.record.decision_pages import RecordedDecision, decision_pages
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.replay.policy_effects import apply_recorded
from scoring.replay.recorded_scores import PAGE
from scoring.replay.replayed import DecisionColumns, Replayed, read_recorded


def read_shadow(
    session: Session,
    period: Period,
    fields: Sequence[SchemaField] = (),
    step: Callable[[int], object] = lambda _: None,
) -> tuple[Replayed, str | None]:
    """Read the decisions of a period as the shadow model would have made them, with the recorded rules of the policy.

    Of several shadow models, the last one is meant; decisions that it did not score are counted with the reason.
    Parameters as of ``replay``.

    Returns
    -------
    The decisions, and the version of the shadow model; None without one.
    """
    by_version: dict[str, DecisionColumns] = {}
    seen, alone = Counter[str](), 0
    version = None
    for page in decision_pages(session, period, PAGE):
        for name, decisions in _group(page).items():
            if name is None:
                alone += len(decisions)
                continue
            columns = by_version.setdefault(name, DecisionColumns.of(fields))
            _add(columns, decisions)
            seen[name] += len(decisions)
        version = next((name for one in reversed(page) if (name := _version(one)) is not None), version)
        step(len(page))
    columns = by_version.get(version or "", DecisionColumns.of(fields))
    others = seen.total() - seen[version or ""]
    columns.not_replayable += Counter({"no_shadow": alone, "other_shadow": others})
    return columns.close(session), version


def _version(decision: RecordedDecision) -> str | None:
    shadow = decision.content.get("shadow")
    return None if shadow is None else str(shadow["model_version"])


def _group(page: Sequence[RecordedDecision]) -> dict[str | None, list[RecordedDecision]]:
    """Group decisions by the version of the shadow model; None for those without one."""
    groups: dict[str | None, list[RecordedDecision]] = {}
    for one in page:
        groups.setdefault(_version(one), []).append(one)
    return groups


def _add(columns: DecisionColumns, decisions: Sequence[RecordedDecision]) -> None:
    scored = [one for one in decisions if one.content["shadow"]["error"] is None]
    columns.not_replayable.update(
        one.content["shadow"]["error"] for one in decisions if one.content["shadow"]["error"] is not None
    )
    second = [one.content["shadow"] for one in scored]
    refused = np.array([one["decision"] == "REFUSED" for one in second], dtype=bool)
    review = np.array([one["review"] is True for one in second], dtype=bool)
    calibrated = [read_recorded(one, "calibrated_probability") for one in second]
    before = [read_recorded(one.content, "calibrated_probability") for one in scored]
    columns.add(scored, *apply_recorded(scored, refused, review), np.array(before), np.array(calibrated))
