"""A record of every training run in MLflow, and the registry of champions. Nothing else imports mlflow."""

from scoring.training.tracking.champion import register
from scoring.training.tracking.opening import open_tracking
from scoring.training.tracking.pull import pull
from scoring.training.tracking.records import ALIAS, REGISTERED, Record
from scoring.training.tracking.runs import Run, Tracking
from scoring.training.tracking.store import default_uri

__all__ = ["ALIAS", "REGISTERED", "Record", "Run", "Tracking", "default_uri", "open_tracking", "pull", "register"]
