"""Artefacts without a manifest (table, scaler, model) made elsewhere: the only unverified load."""

import json
import logging
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn

from scoring.errors import ArtefactError, ClientTableError, SettingError, hide_password, list_some, refusing
from scoring.model.calibration import Floats
from scoring.model.manifest import GoldenRecord, name_version
from scoring.model.schema import Identity
from scoring.model.scorer import FusedLogistic, Policy, ProbabilityOfDefault, Scorer, ThroughObjects, add_names, fuse
from scoring.storage.bundle import MANIFEST, MODEL, SCALER, WITHOUT_MANIFEST, Bundle
from scoring.storage.checksums import read_bytes, sha256
from scoring.storage.clients.client_table import (
    ClientTable,
    leave_out_index,
    model_ready_clients,
    read_client_file,
)
from scoring.storage.clients.in_memory_clients import InMemoryClients
from scoring.storage.clients.open_clients import is_client_file
from scoring.storage.pickles import check_classifier, feature_names, fitted_on, name_errors, spell, unpickle
from scoring.tables.columns import as_numbers
from scoring.tables.table_reader import is_unnamed

# Names of the two columns that are not features.
IDENTITY = "SK_ID_CURR"
TARGET = "TARGET"
DEFAULT_DIGITS = 6

_REMEDY = "Install the version that made them, or fit them again."
_AGREEMENT = 1e-12  # largest difference of the fused form's probabilities
_log = logging.getLogger("scoring")


def load_unverified(
    folder: Path, table: Path | str, threshold: float | None, digits: int | None, others: Collection[str] = ()
) -> Bundle:
    """Load artefacts without a manifest; ``threshold`` (0-1) is required. Raises as ``artefacts.load_bundle``."""
    content = {name: read_bytes(folder / name) for name in (MODEL, SCALER)}  # a folder without them is told first
    if threshold is None:
        raise SettingError(
            f"SCORING_THRESHOLD is not set, and {folder} has no {MANIFEST} with a threshold\n"
            "Set it to the probability (0 to 1) from which a credit is refused."
        )
    if isinstance(table, str) or is_client_file(table):
        raise SettingError(
            f"SCORING_CLIENTS={hide_password(str(table))}: a client file and a database need a model with a manifest\n"
            f"Name a table of clients, or publish the model in {folder} with its {MANIFEST}."
        )
    _log.warning(
        "%s has no %s: its files are loaded unverified. Calibrated probability and review are null.", folder, MANIFEST
    )
    scaler, model = (unpickle(name, content[name], log_version=True) for name in (SCALER, MODEL))
    frame = _name_identity(read_client_file(table, made_elsewhere=True), table.name, scaler, model)
    name = IDENTITY if IDENTITY in frame else str(frame.columns[0])
    identity = _identity(frame[name], digits)
    with refusing(f"{MODEL} and {SCALER}: scikit-learn {sklearn.__version__} cannot use them", _REMEDY):
        check_classifier(scaler, model)
        known = {name, *feature_names(scaler)}
        kept = [other for other in others if other in frame and other not in known]
        header = [str(column) for column in frame if column not in kept]
        features = _features(header, table.name, scaler, model, name)
        nullable = _find_nullable(ThroughObjects(scaler, model), frame[features])
        clients = model_ready_clients(frame, table.name, identity, features, nullable, TARGET, kept)
        probability = _probability(scaler, model, clients)
        described = {"threshold": threshold, "features": features, "fused": isinstance(probability, FusedLogistic)}
        means = _means(clients.rows)
        golden = GoldenRecord(row=tuple(means), probability=float(probability(means[None, :])[0]))
    return Bundle(
        scorer=Scorer(probability, features, Policy(threshold)),
        clients=InMemoryClients(identity, clients),
        manifest=None,
        identity=identity,
        version=name_version({name: sha256(data) for name, data in content.items()}, {"threshold": threshold}),
        golden=(golden,),
        synthetic_clients=False,
        files={**content, WITHOUT_MANIFEST: json.dumps(described).encode()},
        nullable=nullable,
    )


def _name_identity(frame: pd.DataFrame, file: str, scaler: Any, model: Any) -> pd.DataFrame:
    """Leave out row numbers, and name the first column where it holds the clients' numbers without a name.

    The identity column is then ``IDENTITY``, or else the first one.
    """
    known = {*feature_names(scaler), *feature_names(model)}
    first = str(frame.columns[0])
    if IDENTITY not in frame and is_unnamed(first) and first not in known and not _counts_rows(frame[first]):
        frame = frame.set_axis([IDENTITY, *frame.columns[1:]], axis=1)
    frame = leave_out_index(frame, file, known)
    first = str(frame.columns[0]) if len(frame.columns) else ""
    if IDENTITY not in frame and (not first or spell(first) in set(map(spell, known))):
        raise ClientTableError(
            f"{file}: no column names the client; the first one, {first}, is a feature of {SCALER}\n"
            f"Expected a column {IDENTITY}, or the client's number in the first column."
        )
    return frame


def _counts_rows(column: "pd.Series[Any]") -> bool:
    numbers = as_numbers(column).to_numpy()
    return bool(np.array_equal(numbers - numbers[0], np.arange(len(numbers))) and numbers[0] in {0, 1})


def _identity(column: "pd.Series[Any]", digits: int | None) -> Identity:
    """Text ids where no cell is a number; else numbers, of six digits unless the setting has another length."""
    if digits is None and not pd.to_numeric(column, errors="coerce").notna().any():
        return Identity(name=str(column.name), kind="text")
    return Identity(name=str(column.name), digits=digits or DEFAULT_DIGITS)


def _features(header: list[str], file: str, scaler: Any, model: Any, identity: str) -> list[str]:
    """Feature columns of the table, in order, after checking that scaler and model expect just these."""
    others = {identity, TARGET} - set(feature_names(scaler))
    features = [name for name in header if name not in others]
    errors = name_errors(scaler, features, "the scaler")
    width = len(features)
    if not errors and fitted_on(scaler) not in {None, width}:
        errors.append(
            f"{file} has {width} columns without {list_some(sorted(others))}, "
            f"the scaler ({SCALER}) was fitted on {fitted_on(scaler)}: {list_some(features)}"
        )
    if not errors:  # a scaler may add columns, such as marks for missing values
        width = np.shape(scaler.transform(add_names(scaler, np.zeros((1, width)))))[1]
        if fitted_on(model) not in {None, width}:
            errors.append(f"{SCALER} gives {width} columns, the model ({MODEL}) was fitted on {fitted_on(model)}")
        elif width == len(features):
            errors = name_errors(model, features, "the model")
    if errors:
        raise ArtefactError.listing(
            f"{file}, {SCALER} and {MODEL}", errors, "Take three files that were made together."
        )
    return features


def _find_nullable(objects: ThroughObjects, features: pd.DataFrame) -> frozenset[str]:
    """Find the features that may be missing: all; or else those with a missing value in the table; or else none."""
    means = _means(np.column_stack([as_numbers(features[name]).to_numpy() for name in features]))
    for may_be in (np.ones(len(means), dtype=bool), features.isna().any().to_numpy()):
        with suppress(ArtefactError), refusing("missing values", ""):
            if np.isfinite(objects(np.where(may_be, np.nan, means)[None, :])).all():
                return frozenset(features.columns[may_be])
    return frozenset()


def _means(rows: Floats) -> Floats:
    """Means of columns, shape (features,), without missing values; 0 for a column without any value."""
    known = np.isfinite(rows)
    means: Floats = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return means


def _probability(scaler: Any, model: Any, clients: ClientTable) -> ProbabilityOfDefault:
    """Take the fused form where it agrees with the objects, else the objects."""
    objects, fused = ThroughObjects(scaler, model), fuse(scaler, model)
    probe: Floats = clients.rows[:100]
    expected = objects(probe)
    if fused is not None and np.max(np.abs(fused(probe) - expected)) <= _AGREEMENT:
        return fused
    _log.warning("%s: scored through scikit-learn's own objects, slower than a fused logistic regression", MODEL)
    return objects
