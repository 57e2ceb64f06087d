"""What is tried on recorded decisions: another threshold, another policy, another model, or several of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scoring.application.other_rows import OtherRows
from scoring.errors import ArtefactError
from scoring.model.calibration import Bools, Floats
from scoring.model.manifest import Manifest
from scoring.model.scorer import Scores
from scoring.replay.policy_effects import TriedPolicy, apply_recorded, apply_tried
from scoring.replay.recorded_scores import ScoredPage, score_where_possible
from scoring.storage.published_model import PublishedModel


class Decided(NamedTuple):
    """Decisions made again.

    Attributes
    ----------
    kept : which of the page's n decisions could be made again, shape (n,).
    refused, review : of these m, shape (m,).
    calibrated : their probability of default by the model that decides, shape (m,); NaN without a calibration.
    obstacles : why each of the others could not be made again.
    """

    kept: Bools
    refused: Bools
    review: Bools
    calibrated: Floats
    obstacles: Sequence[str]


class Change:
    """What is tried; the rest stays as it was recorded.

    Parameters
    ----------
    threshold : the probability from which a credit is refused, 0-1, on the own scale of the model that decides; None:
        the model's own threshold.
    model : decides in place of the recorded version; None: each decision's own version decides.
    policy : its rules are applied in place of the recorded ones; None: the recorded rules hold.
    """

    def __init__(
        self, threshold: float | None = None, model: PublishedModel | None = None, policy: TriedPolicy | None = None
    ) -> None:
        self.threshold, self.model, self.policy = threshold, model, policy
        self._made: dict[str, OtherRows | None] = {}

    def decide(self, page: ScoredPage) -> Decided:
        """Make the decisions of a page again."""
        scores, kept, obstacles = self._score(page)
        if self.threshold is not None:
            scores = replace(scores, refused=scores.probability >= self.threshold)
        refused = scores.refused
        review = np.zeros(len(refused), dtype=bool) if scores.review is None else scores.review
        calibrated = scores.calibrated_probability
        if calibrated is None:
            calibrated = np.full(len(refused), np.nan)
        decisions = [one for one, was in zip(page.decisions, kept.tolist(), strict=True) if was]
        if self.policy is None:
            refused, review = apply_recorded(decisions, refused, review)
        else:
            refused, review = apply_tried(self.policy, decisions, scores, review)
        return Decided(kept, refused, review, calibrated, obstacles)

    def _score(self, page: ScoredPage) -> tuple[Scores, Bools, list[str]]:
        model = self.model
        if model is None:
            return page.scores, np.ones(len(page.decisions), dtype=bool), []
        other = self._other_rows(page.model.manifest, model.manifest)
        if other is None:
            rows = np.empty((0, len(model.manifest.features)))
            found: Sequence[str | None] = ["other_application"] * len(page.decisions)
        else:
            rows, found = other.make_rows(page.rows, page.records(), page.imputed())
        ready = np.array([one is None for one in found], dtype=bool)
        scores, scored = score_where_possible(model.scorer, rows[ready] if other else rows)
        kept = ready.copy()
        kept[ready] = scored
        obstacles = [one for one in found if one is not None] + ["failed"] * int((~scored).sum())
        return scores, kept, obstacles

    def _other_rows(self, recorded: Manifest | None, other: Manifest) -> OtherRows | None:
        """Return what makes the other model's rows; None if it reads other applications than the recorded version."""
        if recorded is None:
            return None
        version = recorded.version()
        if version not in self._made:
            try:
                self._made[version] = OtherRows(recorded, other)
            except ArtefactError:
                self._made[version] = None
        return self._made[version]
