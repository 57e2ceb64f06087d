"""The decision about one client, as it is served and recorded."""

from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, with_config

# Before Python 3.12, Pydantic accepts only this TypedDict, not that of the standard library.
from typing_extensions import TypedDict

from scoring.model.schema import ClientId, Frozen, Text
from scoring.model.scorer import Score

WarningCode = Literal[
    "unknown_category", "out_of_usual_range", "unusual_combination", "history_imputed", "ignored_field"
]
_NOTES = frozenset({"history_imputed", "ignored_field"})  # with these codes, no value of the application may be wrong


class WarningDetail(Frozen):
    """A warning, with a code for programs and a text for people.

    Attributes
    ----------
    field : the field that is unusual; ``history`` where a client's history is imputed.
    code : what is unusual about it.
    text : the warning with readable names, for people.
    """

    field: str
    code: WarningCode
    text: Text

    @property
    def is_doubt(self) -> bool:
        """Whether a value may be wrong, so that it should be checked before the decision is used."""
        return self.code not in _NOTES


class AppliedRule(Frozen):
    """A rule of the lender's policy that applies to an application, or that could not be checked.

    Attributes
    ----------
    code : names the rule.
    effect : what the rule does where it applies.
    checked : false if a value that the rule needs is missing; what then happens is a choice of the policy.
    outcome : what the rule did to this decision; null if it did nothing, such as a limit above the amount asked for.
    limit : the largest amount that the rule grants; null for other effects, and if it is not known.
    text : the rule in words.
    """

    code: str
    effect: Literal["refuse", "review", "limit"]
    checked: bool
    outcome: Literal["refused", "review"] | None
    limit: float | None
    text: Text


class PolicyOutcome(Frozen):
    """What the lender's policy said about an application.

    Attributes
    ----------
    version : identifies the policy.
    day : on which it was applied, UTC; rules may begin and end.
    rules : the rules that apply or could not be checked, in the policy's order, up to the first that refuses.
    limit : the largest amount that the rules grant; null without a limit.
    exploration : the model refused, and the application was accepted at random to learn how such credits end.
    propensity : the probability with which an application like this one is accepted at random; null if it never is.
    """

    version: str
    day: date
    rules: tuple[AppliedRule, ...]
    limit: float | None
    exploration: bool
    propensity: float | None


class InputWarning(NamedTuple):
    """Something unusual that does not prevent a decision, as a sentence in English and as ``WarningDetail``."""

    message: str
    detail: WarningDetail


@with_config(ConfigDict(extra="forbid"))
class Decision(TypedDict):
    """Decision object: every key is always present; a value that does not apply is null.

    Attributes
    ----------
    client_id : the client's number or text id, in the type of the table's identity column.
    probability : the model's own probability of default, 0-1, on the threshold's scale.
    threshold : the probability from which a credit is refused.
    prediction : 1 means default.
    decision : REFUSED exactly where ``probability >= threshold``, unless ``policy`` says otherwise.
    calibrated_probability : risk of default to show to a person, 0-1.
    review : the case is so close to the threshold, or so unusual for the policy, that a person should look at it.
    model_version : identifies everything on which decisions depend: fitted objects, preprocessing, threshold.
    decision_id : identifies the recorded decision.
    warnings : one sentence for each thing that is unusual about the input.
    warning_details : the same warnings, in the same order, with field, code and text in two languages.
    policy : what the lender's own rules said; null without a policy.
    """

    client_id: ClientId | None
    probability: Annotated[float, Field(ge=0, le=1)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    prediction: Literal[0, 1]
    decision: Literal["ACCEPTED", "REFUSED"]
    calibrated_probability: float | None
    review: bool | None
    model_version: str
    decision_id: str | None
    warnings: tuple[str, ...]
    warning_details: tuple[WarningDetail, ...]
    policy: PolicyOutcome | None


def decide(
    score: Score, *, client_id: ClientId | None, threshold: float, version: str, warnings: tuple[InputWarning, ...] = ()
) -> Decision:
    """Make the decision object of one client from the score."""
    messages, details = zip(*warnings, strict=True) if warnings else ((), ())
    return {
        "client_id": client_id,
        "probability": score.probability,
        "threshold": threshold,
        "prediction": 1 if score.refused else 0,
        "decision": "REFUSED" if score.refused else "ACCEPTED",
        "calibrated_probability": score.calibrated_probability,
        "review": score.review,
        "model_version": version,
        "decision_id": None,
        "warnings": messages,
        "warning_details": details,
        "policy": None,
    }
