"""What the model's manifest lets expect of decisions on clients like those of its training."""

from typing import NamedTuple

from scoring.model.manifest import Manifest


class Expectation(NamedTuple):
    """Figures of the training clients, out of fold.

    Attributes
    ----------
    refusal_rate : share refused at the threshold in use, 0-1.
    calibrated_mean : mean calibrated probability, 0-1.
    clients : how many were measured.
    """

    refusal_rate: float
    calibrated_mean: float
    clients: int


def expect(manifest: Manifest | None) -> Expectation | None:
    """Read what is to be expected; None for a model without a manifest, or with one that lacks the figures.

    The mean is that of observed defaults, multiplied by predicted divided by observed (``calibration_mean``).
    """
    measured = manifest.metrics.get("out_of_fold", {}) if manifest else {}
    if manifest is None or not {"refusal_rate", "calibration_mean"} <= measured.keys():
        return None
    mean = manifest.training.default_rate * measured["calibration_mean"].value
    return Expectation(measured["refusal_rate"].value, mean, manifest.training.rows)
