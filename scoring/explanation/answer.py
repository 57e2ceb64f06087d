"""The whole explanation of one decision, as it is served: contributions, reasons, and what would change it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from scoring.explanation.counterfactual import Counterfactual
from scoring.explanation.reasons import Reason
from scoring.model.decision import Decision
from scoring.model.schema import Text

NO_CHANGE = Text(
    en="No realistic change to the amount, the deposit or the term would have this application accepted.",
    fr="Aucun changement réaliste du montant, de l'apport ou de la durée ne ferait accepter cette demande.",
)
NO_LEVERS = Text(
    en="This model does not look at anything that could be asked for differently.",
    fr="Ce modèle ne tient compte de rien qui puisse être demandé autrement.",
)
NO_APPLICATION = Text(
    en="The application itself is not known, only its model-ready row: what would change the decision cannot be told.",
    fr="La demande elle-même n'est pas connue, seulement sa ligne prête pour le modèle : ce qui changerait la décision "
    "ne peut être dit.",
)
NO_SCHEMA = Text(
    en="The model came without a description of its fields: which of them may be named as a reason is not known.",
    fr="Le modèle est venu sans description de ses champs : lesquels peuvent être cités comme motif n'est pas connu.",
)


class Level(BaseModel):
    """A risk on each scale; null where the model came without a calibration.

    Attributes
    ----------
    log_odds : the model's own.
    calibrated_log_odds : of the displayed risk.
    calibrated_probability : the displayed risk, 0-1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    log_odds: float
    calibrated_log_odds: float | None
    calibrated_probability: float | None


class Contribution(BaseModel):
    """What one term adds to the base value.

    Attributes
    ----------
    name : field, derived number or history feature.
    label, concept : readable names.
    value : the client's, in the field's own unit; null where it is missing, or known only as a range.
    shown : the value in words.
    contribution : on ``scale``; base value and contributions add up to the client's log-odds.
    calibrated_log_odds : the same on the calibrated log-odds; adds up there too.
    percentage_points : its part of the distance between the base value's displayed risk and the client's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    label: Text
    concept: Text
    value: int | float | str | None
    unit: str | None
    shown: Text
    contribution: float
    scale: Literal["log-odds"] = "log-odds"
    calibrated_log_odds: float | None
    percentage_points: float | None


class Explanation(Decision):
    """A decision with what it is made of.

    Attributes
    ----------
    method : how contributions were found, in words.
    exact : False where they are an estimate.
    error : largest standard error of a contribution, log-odds; 0 where exact.
    base_value : where contributions start.
    contributions : largest first.
    compared_with : whom the reasons compare the client with; null where there are no reasons.
    reasons : at most four; none for an accepted client.
    counterfactual : the smallest action that would be accepted; null for an accepted client, or where there is none.
    notes : why something is not told.
    """

    method: str
    exact: bool
    error: float
    base_value: Level
    contributions: tuple[Contribution, ...]
    compared_with: Literal["accepted clients", "all clients"] | None
    reasons: tuple[Reason, ...]
    counterfactual: Counterfactual | None
    notes: tuple[Text, ...]
