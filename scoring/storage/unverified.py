"""Three files made elsewhere, without a manifest: table, scaler, model. The only unverified load."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn

from scoring.errors import ArtefactError, ClientTableError, SettingError, list_some
from scoring.model.manifest import GoldenRecord
from scoring.model.schema import Identity
from scoring.model.scorer import Floats, Policy, ProbabilityOfDefault, Scorer, fuse, through_objects
from scoring.storage.bundle import MANIFEST, MODEL, SCALER, Bundle
from scoring.storage.client_table import ClientTable, column_faults, read_clients, read_header, read_ids
from scoring.storage.pickles import check_classifier, fitted_on, read_bytes, unpickle, version_of

# What such a trio calls its two columns that are not features.
IDENTITY = "SK_ID_CURR"
TARGET = "TARGET"
DEFAULT_DIGITS = 6

_AGREEMENT = 1e-12  # two ways to the same probability
_log = logging.getLogger("scoring")


def load_trio(folder: Path, table: Path, threshold: float | None, digits: int | None) -> Bundle:
    """Load a trio; ``threshold`` (0-1) is required. Raises as ``artefacts.load_bundle``."""
    if threshold is None:
        raise SettingError(
            f"SCORING_THRESHOLD is not set, and {folder} has no {MANIFEST} that would say it\n"
            "Set it to the probability (0 to 1) from which a credit is refused."
        )
    _log.warning(
        "%s has no %s: its files are loaded unverified. Calibrated probability and review are null.",
        folder,
        MANIFEST,
    )
    content = {name: read_bytes(folder / name) for name in (MODEL, SCALER)}
    scaler, model = unpickle(SCALER, content[SCALER]), unpickle(MODEL, content[MODEL])
    identity = _form(table, _identity(table, scaler), digits)
    features = _features(table, scaler, model, identity)
    clients = read_clients(table, identity, features)
    probability = _probability(scaler, model, clients)
    means = clients.rows.mean(axis=0)
    golden = GoldenRecord(row=tuple(means), probability=float(probability(means.reshape(1, -1))[0]))
    return Bundle(
        scorer=Scorer(probability, features, Policy(threshold)),
        clients=clients,
        facts=None,
        manifest=None,
        identity=identity,
        version=version_of(content),
        golden=(golden,),
        synthetic_clients=False,
    )


def _identity(table: Path, scaler: Any) -> str:
    header = read_header(table)
    if IDENTITY in header:
        return IDENTITY
    if header[0] in list(getattr(scaler, "feature_names_in_", [])):
        raise ClientTableError(
            f"{table.name}: no column names the client; the first one, {header[0]}, is a feature of {SCALER}\n"
            f"Expected a column {IDENTITY}, or the client's number in the first column."
        )
    return header[0]


def _form(table: Path, name: str, digits: int | None) -> Identity:
    """Text where no cell is a number; else numbers, of six digits where no setting says otherwise."""
    texts = Identity(name=name, kind="text")
    if digits is None and not pd.to_numeric(read_ids(table, texts), errors="coerce").notna().any():
        return texts
    return Identity(name=name, digits=digits or DEFAULT_DIGITS)


def _features(table: Path, scaler: Any, model: Any, identity: Identity) -> list[str]:
    """Feature columns of the table, in order, after checking that scaler and model expect just these."""
    named = [str(name) for name in getattr(scaler, "feature_names_in_", [])]
    beside = {identity.name, TARGET} - set(named)
    features = [name for name in read_header(table) if name not in beside]
    faults = column_faults(named, features, "the scaler") if named else []
    counts = [("the scaler", SCALER, scaler), ("the model", MODEL, model)]
    for whose, file, fitted in counts:
        expected = fitted_on(fitted)
        if expected not in {None, len(features)} and not faults:
            faults.append(
                f"{table.name} has {len(features)} columns beside {list_some(sorted(beside), most=20)}, "
                f"{whose} ({file}) was fitted on {expected}: {list_some(features, most=20)}"
            )
    if not faults:
        faults = _model_names(model, features, scaler)
    if faults:
        raise ArtefactError.listing(
            f"{table.name}, {SCALER} and {MODEL}", faults, "Take three files that were made together."
        )
    return features


def _model_names(model: Any, features: Sequence[str], scaler: Any) -> list[str]:
    names = [str(name) for name in getattr(model, "feature_names_in_", [])]
    scaled = [str(name) for name in getattr(scaler, "feature_names_in_", [])] or features
    return column_faults(names, scaled, "the model") if names else []


def _probability(scaler: Any, model: Any, clients: ClientTable) -> ProbabilityOfDefault:
    """Take the fused form where it gives what the objects give, else the objects."""
    check_classifier(scaler, model)
    objects, fused = through_objects(scaler, model, clients.features), fuse(scaler, model)
    probe: Floats = clients.rows[:100]
    try:
        expected = objects(probe)
    except (AttributeError, TypeError, ValueError) as error:
        raise ArtefactError(
            f"{MODEL}: scikit-learn {sklearn.__version__} cannot use it ({error})\n"
            "Install the version that made it, or fit it again."
        ) from None
    if fused is not None and np.max(np.abs(fused(probe) - expected)) <= _AGREEMENT:
        return fused
    _log.warning("%s: scored through scikit-learn's own objects, slower than a fused logistic regression", MODEL)
    return objects
