"""Scores a recorded decision again, with the files of the model version that made it, from the record alone."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from pydantic import Field

from scoring.decisions.kept_policy import POLICY, name_kept_policy
from scoring.errors import ArtefactError, PolicyError, refusing
from scoring.model.calibration import Floats
from scoring.model.schema import Frozen
from scoring.model.scorer import Score
from scoring.policy.evaluate import Policy, PolicyResult
from scoring.policy.rules import read_policy
from scoring.record.entries import Body, Record, StoredEntry
from scoring.storage.bundle import Bundle
from scoring.storage.kept_files import KeptModel, load_model

_AGREEMENT = 1e-9  # probability: scoring one row and many may differ in the last digits
_LOADED = 4  # versions that are kept in memory


class Replay(Frozen):
    """What came of scoring a decision again.

    Attributes
    ----------
    same : probability, calibrated probability, decision and review mark are those of the entry; null if it could not be
        scored again.
    difference : of the two probabilities; null if it could not be scored again.
    reason : why it could not be scored again; null otherwise.
    """

    same: bool | None
    difference: float | None = Field(ge=0)
    probability: float | None
    calibrated_probability: float | None
    decision: Literal["ACCEPTED", "REFUSED"] | None
    review: bool | None
    reason: str | None


class Replayer:
    """Scores recorded decisions again; the last versions that were loaded are kept.

    Parameters
    ----------
    served : the model that the service has loaded already.

    Attributes
    ----------
    record : where the files of versions are.
    load : returns a version of the model; raises ArtefactError.
    load_policy : returns a version of the policy, for the applications of a version of the model; raises as
        ``apply_policy``.
    """

    def __init__(self, record: Record, served: Bundle) -> None:
        self.record, self._served = record, served
        self.load = lru_cache(_LOADED)(self._load_version)
        self.load_policy = lru_cache(_LOADED)(self._load_policy)

    def replay(self, entry: StoredEntry) -> Replay:
        """Score a recorded decision again; raises RecordUnavailable."""
        if entry.body is None:
            return _impossible("The body was erased: what was scored is no longer known.")
        version = str(entry.content["model_version"])
        try:
            scorer = self.load(version).scorer
            with refusing(f"model version {version}: cannot score", ""):
                score = scorer.score(read_row(entry.body)).pick(0)
            result = self.apply_policy(entry, score)
        except (ArtefactError, PolicyError) as error:
            return _impossible(" ".join(str(error).split()))
        return _compare(entry, score, result)

    def apply_policy(self, entry: StoredEntry, score: Score) -> PolicyResult | None:
        """Apply the policy of that time to a recorded application; None without a policy.

        Whether the client was accepted at random is taken from the entry, since nothing else can tell later.

        Raises
        ------
        ArtefactError, PolicyError
            If the record does not have the policy any more, or has another one.
        """
        content, body = entry.content, entry.body
        if content.get("policy_version") is None or body is None:
            return None
        policy = self.load_policy(str(content["policy_version"]), str(content["model_version"]))
        drawn = 0.0 if content["decision"] == "ACCEPTED" else 1.0
        day, client_id = date.fromisoformat(content["policy_day"]), body.content["client_id"]
        return policy.with_draw(lambda _: drawn).apply(score, body.content["application"], day, client_id)

    def _load_policy(self, version: str, model_version: str) -> Policy:
        files = self.record.model_files(name_kept_policy(version))
        if files is None:
            raise ArtefactError(f"The record does not have the policy {version}.")
        file = read_policy(files[POLICY], f"policy {version}")
        if file.version() != version:
            raise ArtefactError(f"The record has another policy in the place of the policy {version}.")
        manifest = self.load(model_version).manifest
        return Policy(file, manifest.input_schema if manifest else None)

    def _load_version(self, version: str) -> KeptModel:
        if version == self._served.version:
            return KeptModel(self._served.scorer, self._served.manifest)
        files = self.record.model_files(version)
        if files is None:
            raise ArtefactError(f"The record does not have the files of model version {version}.")
        return load_model(version, files)


def read_row(body: Body) -> Floats:
    """Return the model-ready row that was scored, shape (1, features)."""
    numbers = body.content["row"]
    return np.array([[np.nan if number is None else number for number in numbers]], dtype=np.float64)


def _impossible(reason: str) -> Replay:
    return Replay(
        same=None,
        difference=None,
        probability=None,
        calibrated_probability=None,
        decision=None,
        review=None,
        reason=reason,
    )


def _compare(entry: StoredEntry, score: Score, result: PolicyResult | None) -> Replay:
    content, difference = entry.content, abs(score.probability - entry.content["probability"])
    decision: Literal["ACCEPTED", "REFUSED"] = "REFUSED" if score.refused else "ACCEPTED"
    review = score.review
    if result is not None:
        decision, review = result.decision, result.review
    same = (
        difference <= _AGREEMENT
        and _is_near(score.calibrated_probability, content["calibrated_probability"])
        and (decision, review) == (content["decision"], content["review"])
        and (result is None or _is_as_recorded(result, content))
    )
    return Replay(
        same=same,
        difference=difference,
        probability=score.probability,
        calibrated_probability=score.calibrated_probability,
        decision=decision,
        review=review,
        reason=None,
    )


def _is_as_recorded(result: PolicyResult, content: Mapping[str, Any]) -> bool:
    """Whether the policy says what it said: the same rules did the same, with the same probability of acceptance."""
    said = [(one.code, one.effect, one.checked, one.outcome) for one in result.told.rules]
    recorded = [(one["code"], one["effect"], one["checked"], one["outcome"]) for one in content["policy"]]
    return (said, result.told.propensity) == (recorded, content["propensity"])


def _is_near(replayed: float | None, recorded: float | None) -> bool:
    if replayed is None or recorded is None:
        return replayed is recorded
    return abs(replayed - recorded) <= _AGREEMENT
