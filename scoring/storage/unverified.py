"""Artefacts without a manifest (table, scaler, model) made elsewhere: the only unverified load."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn

from scoring.errors import ArtefactError, ClientTableError, SettingError, list_some, refusing
from scoring.model.calibration import Floats
from scoring.model.manifest import GoldenRecord, name_version
from scoring.model.schema import Identity
from scoring.model.scorer import Policy, ProbabilityOfDefault, Scorer, ThroughObjects, fuse
from scoring.storage.bundle import MANIFEST, MODEL, SCALER, Bundle
from scoring.storage.client_table import ClientTable, column_errors, model_ready_clients, read_client_file
from scoring.storage.file_content import read_bytes, sha256
from scoring.storage.pickles import check_classifier, feature_names, fitted_on, unpickle

# Names of the two columns that are not features.
IDENTITY = "SK_ID_CURR"
TARGET = "TARGET"
DEFAULT_DIGITS = 6

_REMEDY = "Install the version that made them, or fit them again."
_AGREEMENT = 1e-12  # largest difference of the fused form's probabilities
_log = logging.getLogger("scoring")


def load_unverified(folder: Path, table: Path, threshold: float | None, digits: int | None) -> Bundle:
    """Load artefacts without a manifest; ``threshold`` (0-1) is required. Raises as ``artefacts.load_bundle``."""
    if threshold is None:
        raise SettingError(
            f"SCORING_THRESHOLD is not set, and {folder} has no {MANIFEST} with a threshold\n"
            "Set it to the probability (0 to 1) from which a credit is refused."
        )
    _log.warning(
        "%s has no %s: its files are loaded unverified. Calibrated probability and review are null.", folder, MANIFEST
    )
    content = {name: read_bytes(folder / name) for name in (MODEL, SCALER)}
    scaler, model = (unpickle(name, content[name], log_version=True) for name in (SCALER, MODEL))
    frame = read_client_file(table)
    header = [str(name) for name in frame]
    name = _identity_column(header, table.name, scaler)
    identity = _identity(frame[name], digits)
    features = _features(header, table.name, scaler, model, name)
    clients = model_ready_clients(frame, table.name, identity, features)
    with refusing(f"{MODEL} and {SCALER}: scikit-learn {sklearn.__version__} cannot use them", _REMEDY):
        probability = _probability(scaler, model, clients)
        means = clients.rows.mean(axis=0)
        golden = GoldenRecord(row=tuple(means), probability=float(probability(means.reshape(1, -1))[0]))
    return Bundle(
        scorer=Scorer(probability, features, Policy(threshold)),
        clients=clients,
        facts=None,
        manifest=None,
        identity=identity,
        version=name_version({name: sha256(data) for name, data in content.items()}, {"threshold": threshold}),
        golden=(golden,),
        synthetic_clients=False,
    )


def _identity_column(header: list[str], file: str, scaler: Any) -> str:
    if IDENTITY in header:
        return IDENTITY
    if header[0] in feature_names(scaler):
        raise ClientTableError(
            f"{file}: no column names the client; the first one, {header[0]}, is a feature of {SCALER}\n"
            f"Expected a column {IDENTITY}, or the client's number in the first column."
        )
    return header[0]


def _identity(column: "pd.Series[Any]", digits: int | None) -> Identity:
    """Text ids where no cell is a number; else numbers, of six digits unless the setting has another length."""
    if digits is None and not pd.to_numeric(column, errors="coerce").notna().any():
        return Identity(name=str(column.name), kind="text")
    return Identity(name=str(column.name), digits=digits or DEFAULT_DIGITS)


def _features(header: list[str], file: str, scaler: Any, model: Any, identity: str) -> list[str]:
    """Feature columns of the table, in order, after checking that scaler and model expect just these."""
    named = feature_names(scaler)
    others = {identity, TARGET} - set(named)
    features = [name for name in header if name not in others]
    errors = column_errors(named, features, "the scaler")
    for whose, pickled, fitted in (("the scaler", SCALER, scaler), ("the model", MODEL, model)):
        expected = fitted_on(fitted)
        if expected not in {None, len(features)} and not errors:
            errors.append(
                f"{file} has {len(features)} columns without {list_some(sorted(others))}, "
                f"{whose} ({pickled}) was fitted on {expected}: {list_some(features)}"
            )
    errors = errors or column_errors(feature_names(model), named or features, "the model")
    if errors:
        raise ArtefactError.listing(
            f"{file}, {SCALER} and {MODEL}", errors, "Take three files that were made together."
        )
    return features


def _probability(scaler: Any, model: Any, clients: ClientTable) -> ProbabilityOfDefault:
    """Take the fused form where it agrees with the objects, else the objects."""
    check_classifier(scaler, model)
    objects, fused = ThroughObjects(scaler, model, clients.features), fuse(scaler, model)
    probe: Floats = clients.rows[:100]
    expected = objects(probe)
    if fused is not None and np.max(np.abs(fused(probe) - expected)) <= _AGREEMENT:
        return fused
    _log.warning("%s: scored through scikit-learn's own objects, slower than a fused logistic regression", MODEL)
    return objects
