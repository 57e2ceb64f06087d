"""The answer about one client, as it is served and recorded."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from scoring.model.schema import ClientId
from scoring.model.scorer import Score, Scores


class Decision(BaseModel):
    """Decision object: every key is always there, what does not apply is null.

    Attributes
    ----------
    client_id : the client's number or text id, in the type of the table's identity column.
    probability : probability of default by the model itself, 0-1, on the threshold's scale.
    threshold : refused from this probability on.
    prediction : 1 means default.
    decision : REFUSED exactly where ``probability >= threshold``.
    calibrated_probability : chance of default to show to a person, 0-1.
    review : close enough to the threshold to be looked at by a person.
    model_version : names the fitted objects.
    decision_id : number of the recorded decision.
    warnings : what was unusual about the input.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    client_id: ClientId | None
    probability: float = Field(ge=0, le=1)
    threshold: float = Field(ge=0, le=1)
    prediction: Literal[0, 1]
    decision: Literal["ACCEPTED", "REFUSED"]
    calibrated_probability: float | None
    review: bool | None
    model_version: str
    decision_id: str | None = None
    warnings: tuple[str, ...] = ()


def decision_of(
    scores: Scores,
    position: int,
    *,
    client_id: ClientId | None,
    threshold: float,
    version: str,
    warnings: tuple[str, ...] = (),
) -> Decision:
    """Pick one client's decision out of vectorised scores."""
    return decide(scores.at(position), client_id=client_id, threshold=threshold, version=version, warnings=warnings)


def encoded(
    score: Score, *, client_id: ClientId | None, threshold: float, version: str, warnings: tuple[str, ...] = ()
) -> bytes:
    """Write ``decide``'s answer as JSON, byte for byte, without making the object."""
    return to_json(
        {
            "client_id": client_id,
            "probability": score.probability,
            "threshold": threshold,
            "prediction": 1 if score.refused else 0,
            "decision": "REFUSED" if score.refused else "ACCEPTED",
            "calibrated_probability": score.calibrated_probability,
            "review": score.review,
            "model_version": version,
            "decision_id": None,
            "warnings": warnings,
        }
    )


def decide(
    score: Score, *, client_id: ClientId | None, threshold: float, version: str, warnings: tuple[str, ...] = ()
) -> Decision:
    """Say what was decided on one client."""
    return Decision(
        client_id=client_id,
        probability=score.probability,
        threshold=threshold,
        prediction=1 if score.refused else 0,
        decision="REFUSED" if score.refused else "ACCEPTED",
        calibrated_probability=score.calibrated_probability,
        review=score.review,
        model_version=version,
        warnings=warnings,
    )
