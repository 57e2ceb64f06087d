"""Recorded decisions scored again many at once, each with the version of the model that made it."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from scoring.errors import ArtefactError, refusing
from scoring.model.calibration import Bools, Floats
from scoring.model.compile import RawRecord
from scoring.model.manifest import Manifest
from scoring.model.scorer import Scorer, Scores
from scoring.record import model_files
from scoring.record.decision_pages import RecordedDecision, decision_pages
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.storage.kept_files import KeptModel, load_model

PAGE = 5000
_MODELS = "SELECT content FROM record_entries WHERE kind = 'model' ORDER BY id DESC"


class Versions:
    """The versions of the model in a record, each loaded once; a version that cannot be loaded is None, with why."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loaded: dict[str, KeptModel | None] = {}
        self.reasons: dict[str, str] = {}

    def load(self, version: str) -> KeptModel | None:
        """Return a version; None if it cannot be loaded."""
        if version not in self._loaded:
            try:
                files = model_files.read(self._session, version)
                if files is None:
                    raise ArtefactError("the record does not have its files")
                self._loaded[version] = load_model(version, files)
            except ArtefactError as error:
                self._loaded[version] = None
                self.reasons[version] = " ".join(str(error).split())
        return self._loaded[version]

    def find_latest_manifest(self) -> Manifest | None:
        """Return the manifest of the version that began to serve last; None if no version with one can be loaded."""
        for (content,) in self._session.rows(_MODELS):
            kept = self.load(str(json.loads(content)["model_version"]))
            if kept is not None and kept.manifest is not None:
                return kept.manifest
        return None


class ScoredPage(NamedTuple):
    """n decisions of one version, scored again.

    Attributes
    ----------
    decisions : as they were recorded.
    model : the version that made them.
    rows : model-ready, shape (n, features).
    scores : by this version.
    """

    decisions: Sequence[RecordedDecision]
    model: KeptModel
    rows: Floats
    scores: Scores

    def records(self) -> list[RawRecord | None]:
        """Return the applications; None where only the row is known."""
        return [one.body.content["application"] if one.body else None for one in self.decisions]

    def imputed(self) -> list[bool]:
        """Tell for which of them the history was imputed."""
        return [has_imputed_history(one) for one in self.decisions]


class NotScored(NamedTuple):
    """Decisions that cannot be scored again: ``erased``, ``model_unknown`` or ``failed``."""

    reason: str
    decisions: int


def has_imputed_history(decision: RecordedDecision) -> bool:
    """Whether the history of a recorded decision was imputed."""
    body = decision.body
    return (body is not None and body.content["history"] == "imputed") or any(
        one["code"] == "history_imputed" for one in decision.content["warnings"]
    )


def score_again(session: Session, versions: Versions, period: Period) -> Iterator[ScoredPage | NotScored]:
    """Score the decisions of a period again, some thousands at a time, in the order of time within each version."""
    for page in decision_pages(session, period, PAGE):
        by_version: dict[str, list[RecordedDecision]] = {}
        for one in page:
            by_version.setdefault(str(one.content["model_version"]), []).append(one)
        for version, decisions in by_version.items():
            yield from _score_version(versions.load(version), decisions)


def _score_version(model: KeptModel | None, decisions: Sequence[RecordedDecision]) -> Iterator[ScoredPage | NotScored]:
    kept = [one for one in decisions if one.body is not None]
    if len(kept) < len(decisions):
        yield NotScored("erased", len(decisions) - len(kept))
    if not kept:
        return
    if model is None:
        yield NotScored("model_unknown", len(kept))
        return
    # None becomes NaN
    rows = np.array([one.body.content["row"] for one in kept if one.body], dtype=np.float64)
    scores, scored = score_where_possible(model.scorer, rows)
    if not scored.all():
        yield NotScored("failed", int((~scored).sum()))
        kept, rows = [one for one, was in zip(kept, scored, strict=True) if was], rows[scored]
    if kept:
        yield ScoredPage(kept, model, rows, scores)


def score_where_possible(scorer: Scorer, rows: Floats) -> tuple[Scores, Bools]:
    """Score rows, shape (n, features); if that fails, only those that can be scored by themselves.

    Returns
    -------
    The scores of m rows, and which of the n rows they are, shape (n,).
    """
    try:
        return _score(scorer, rows), np.ones(len(rows), dtype=bool)
    except ArtefactError:
        alone = [_can_score(scorer, row) for row in rows[:, None]]
    scored = np.array(alone, dtype=bool)
    return _score(scorer, rows[scored]), scored


def _score(scorer: Scorer, rows: Floats) -> Scores:
    if len(rows) == 0:
        return Scores(np.empty(0), np.empty(0, dtype=bool), None, None)
    with refusing("recorded rows", ""), np.errstate(all="ignore"):
        return scorer.score(rows)


def _can_score(scorer: Scorer, row: Floats) -> bool:
    try:
        _score(scorer, row)
    except ArtefactError:
        return False
    return True
