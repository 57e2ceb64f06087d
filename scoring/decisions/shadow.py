"""A shadow model: it scores what the served model scores and is recorded, but it never answers and never fails one."""

import logging
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from scoring.application.other_rows import Obstacle, OtherRows
from scoring.errors import ArtefactError, SettingError, refusing
from scoring.model.manifest import Manifest
from scoring.model.scorer import Score
from scoring.service import Case
from scoring.storage.published_model import PublishedModel

ShadowError = Literal[Obstacle, "failed"]
_log = logging.getLogger("scoring")


class ShadowScore(NamedTuple):
    """What the shadow model says of one case, as the entry of the decision has it.

    Attributes
    ----------
    error : why it says nothing, so that the others but the version are None. ``application_unknown``: only the
        model-ready row is known, and it lacks columns of the shadow model. ``history_unknown``: the shadow model reads
        past records that are not in the row. ``failed``: the model failed, or gave no probability. None if it scored.
    """

    model_version: str
    probability: float | None
    calibrated_probability: float | None
    decision: Literal["ACCEPTED", "REFUSED"] | None
    review: bool | None
    error: ShadowError | None


class Shadow:
    """Scores cases with a second model.

    Parameters
    ----------
    model : the second model.
    served : manifest of the model that answers; None if it has none.

    Raises
    ------
    SettingError
        If the served model has no manifest.
    ArtefactError
        If the second model reads other applications.

    Attributes
    ----------
    failures : how many cases of this process the model could not score although their row was known.
    """

    def __init__(self, model: PublishedModel, served: Manifest | None) -> None:
        if served is None:
            raise SettingError(
                "SCORING_SHADOW: is set, and the served model has no manifest, so that nobody knows which columns both "
                "models share\nServe a model with a manifest, or unset SCORING_SHADOW."
            )
        self.model, self.failures = model, 0
        self._rows = OtherRows(served, model.manifest)

    def describe_limits(self, has_applications: bool) -> str | None:
        """Describe which decisions the model cannot score; None if it can score all.

        Parameters
        ----------
        has_applications : the applications of known clients are known.
        """
        rows, lacking = self._rows, len(self._rows.lacking_history)
        if not rows.needs_application:
            return None
        cannot = ["model-ready rows"]
        if not has_applications:
            cannot.append("known clients, since their applications are not known")
        elif lacking:
            cannot.append("known clients")
        if lacking:
            cannot.append("applications with stored history")
        because = (
            f"; {lacking} of its columns come from past records and are none of the served model's" if lacking else ""
        )
        return (
            f"Shadow model {self.model.version} cannot score {', '.join(cannot)}: its columns differ from those of the "
            f"served model{because}. Such decisions are recorded without its score."
        )

    def score(self, cases: Sequence[Case]) -> list[ShadowScore]:
        """Score cases in their order; never raises because of the model."""
        if len(cases) == 1:
            return [self._score_one(cases[0])]
        try:
            with refusing("shadow model", ""), np.errstate(all="ignore"):
                made = [self._make_row(case) for case in cases]
                ready = [row for row in made if not isinstance(row, str)]
                scored = map(self.model.scorer.score(np.array(ready)).pick, range(len(ready))) if ready else iter(())
        except ArtefactError:  # one row may be to blame
            return [self._score_one(case) for case in cases]
        return [self._nothing(row) if isinstance(row, str) else self._describe(next(scored)) for row in made]

    def _make_row(self, case: Case) -> "list[float] | ShadowError":
        imputed = case.history == "imputed" or any(
            one.code == "history_imputed" for one in case.decision["warning_details"]
        )
        return self._rows.make_row(case.row, case.record, imputed)

    def _score_one(self, case: Case) -> ShadowScore:
        try:
            with refusing("shadow model", ""), np.errstate(all="ignore"):
                row = self._make_row(case)
                return self._nothing(row) if isinstance(row, str) else self._describe(self.model.scorer.score_one(row))
        except ArtefactError as error:
            self._note(error)
            return self._nothing("failed")

    def _note(self, error: ArtefactError) -> None:
        if self.failures == 0:
            _log.error(  # without the error's text, which may have values of a client
                "Shadow model %s could not score a case (%s). Answers do not depend on it; later failures are recorded "
                "without a message.",
                self.model.version,
                type(error.__cause__ or error).__name__,
            )
        self.failures += 1

    def _describe(self, score: Score) -> ShadowScore:
        decided: Literal["ACCEPTED", "REFUSED"] = "REFUSED" if score.refused else "ACCEPTED"
        return ShadowScore(
            self.model.version, score.probability, score.calibrated_probability, decided, score.review, None
        )

    def _nothing(self, error: ShadowError) -> ShadowScore:
        return ShadowScore(self.model.version, None, None, None, None, error)
