"""A folder of artefacts, verified against its manifest, then loaded into one immutable bundle."""

import logging
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from scoring.errors import ArtefactError, ClientTableError, SettingError, refusing, shorten
from scoring.model.manifest import Manifest
from scoring.model.plan import PossibleValues
from scoring.model.schema import Identity
from scoring.model.scorer import ProbabilityOfDefault, Scorer, ThroughObjects, fuse
from scoring.storage.bundle import APPLICATIONS, CLIENTS, MANIFEST, MODEL, SCALER, Bundle, golden_difference
from scoring.storage.checksums import read_bytes, verified_files
from scoring.storage.clients.client_store import ClientStore
from scoring.storage.clients.client_table import (
    MADE_FOR_MODEL,
    ClientFacts,
    ClientTable,
    column_errors,
    leave_out_index,
    model_ready_clients,
    read_client_file,
)
from scoring.storage.clients.in_memory_clients import InMemoryClients
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.open_clients import open_clients
from scoring.storage.packages import other_versions, require_packages
from scoring.storage.pickles import check_classifier, fitted_on, name_errors, unpickle
from scoring.storage.trust import ANYBODY, Trust
from scoring.storage.unverified import load_unverified
from scoring.tables.letter_case import list_missing

GOLDEN_AGREEMENT = 1e-9
_log = logging.getLogger("scoring")
_REMEDY = "Fit the model again, and publish it."


def load_bundle(
    folder: Path,
    clients: Path | str | None = None,
    threshold: float | None = None,
    digits: int | None = None,
    currency: str = "",
    others: Collection[str] = (),
    trust: Trust = ANYBODY,
    *,
    known: bool = True,
) -> Bundle:
    """Load the artefacts in a folder: verified by a manifest, or unverified where there is none.

    Parameters
    ----------
    folder : holds the artefacts.
    clients : table of clients, client file or database, as SCORING_CLIENTS names it; by default the table in the
        folder.
    threshold : 0-1, required without a manifest, refused with one.
    digits : length of client numbers; by default the manifest's, or six. Refused where a manifest has text ids.
    currency : of all amounts whose currency the manifest does not know. Without a manifest no amounts are known.
    others : columns that the table of clients may have besides, such as those of portfolios.
    trust : what the manifest has to agree with.
    known : load the clients; otherwise, with a manifest, no client is known, and no table of clients is needed.

    Raises
    ------
    ArtefactError, ClientTableError, SettingError
    """
    if not os.path.isdir(folder):  # noqa: PTH112  (pathlib raises where a path is too long for the operating system)
        raise SettingError(
            f"SCORING_ARTEFACTS={shorten(str(folder), 200)}: not a folder\n"
            f"Expected a folder with {MODEL} and {SCALER}, or "
            "an address such as hf://ORG/REPO@REVISION (docs/remote_artefacts.md)."
        )
    if isinstance(clients, Path) and not os.path.exists(clients):  # noqa: PTH110  (as above)
        raise ClientTableError(
            f"SCORING_CLIENTS={shorten(str(clients), 200)}: not found\n"
            "Expected a table of model-ready rows, a client file, or the address of a database (docs/clients.md)."
        )
    if (folder / MANIFEST).exists():
        if threshold is not None:
            raise SettingError(
                f"SCORING_THRESHOLD={threshold}: {MANIFEST} has the threshold already\n"
                "Unset SCORING_THRESHOLD; it is for artefacts without a manifest."
            )
        return _load_verified(folder, clients or folder / CLIENTS, digits, currency, others, trust, known=known)
    trust.check(folder, None)
    return load_unverified(folder, clients or folder / CLIENTS, threshold, digits, others)


def _load_verified(
    folder: Path,
    place: Path | str,
    digits: int | None,
    currency: str,
    others: Collection[str],
    trust: Trust,
    *,
    known: bool,
) -> Bundle:
    described = read_bytes(folder / MANIFEST)
    trust.check(folder, described)
    manifest = parse_manifest(MANIFEST, described)
    with_currency = manifest.in_currency(currency) if currency else manifest
    content = verified_files(folder, manifest)
    identity = _identity(manifest, digits)
    if (
        known and place == folder / CLIENTS and not (folder / CLIENTS).exists()
    ):  # a registered model comes without real people
        raise ClientTableError(
            f"{folder / CLIENTS}: not found, and SCORING_CLIENTS names no other table of clients\n"
            "Expected SCORING_CLIENTS with a table of model-ready rows, a client file or a database (docs/clients.md)."
        )
    published = None if isinstance(place, str) else _published_clients(place, folder, content)
    clients: ClientStore | None
    if known:
        clients = open_clients(place, StoredSchema.from_manifest(manifest, identity), others)
    else:
        nobody = ClientTable(np.empty(0, np.int64), np.empty((0, len(manifest.features))), manifest.features)
        clients = InMemoryClients(identity, nobody)
    if clients is None:
        clients = _read_clients(Path(place), manifest, identity, published, others, folder, content)
    return Bundle(
        scorer=load_scorer(manifest, content),
        clients=clients,
        manifest=with_currency,
        identity=identity,
        version=manifest.version(),
        golden=manifest.golden,
        synthetic_clients=manifest.training.synthetic and published is not None,
        files={MANIFEST: described, MODEL: content[MODEL], SCALER: content[SCALER]},
    )


def load_scorer(manifest: Manifest, content: Mapping[str, bytes]) -> Scorer:
    """Make the scoring path from verified files; raises ArtefactError where the golden records score otherwise."""
    scorer = Scorer(load_probability(manifest, content), manifest.features, manifest.policy())
    others = other_versions(manifest.versions)
    with refusing(f"{MODEL} and {SCALER}: cannot score the golden records", _REMEDY):
        difference = golden_difference(scorer, manifest.golden)
    if not difference <= GOLDEN_AGREEMENT:  # also where it is not a number
        remedy = f"Published with {others}: install those versions, or publish" if others else "Publish"
        raise ArtefactError(
            f"{MODEL}: gives other probabilities than when it was published (by {difference:.1e})\n"
            f"{remedy} the model again."
        )
    if others:
        _log.warning("%s: published with %s. The golden records have the same probabilities.", MANIFEST, others)
    return scorer


def _read_clients(
    table: Path,
    manifest: Manifest,
    identity: Identity,
    published: bytes | None,
    others: Collection[str],
    folder: Path,
    content: Mapping[str, bytes],
) -> InMemoryClients:
    """Read a table of clients whole, and the raw applications that were published with the model."""
    frame = read_client_file(table, identity, others, content=published)
    own = {*manifest.features, identity.name, manifest.input_schema.target}
    kept = [name for name in others if name in frame and name not in own]
    frame = leave_out_index(frame, table.name, {*own, *kept})
    _check_columns(frame.drop(columns=kept), table.name, manifest)
    target = manifest.input_schema.target
    # the table that was published with the model is known to be made for it
    possible = PossibleValues.of(manifest.plan) if published is None else None
    ready = model_ready_clients(
        frame, table.name, identity, manifest.features, target=target, others=kept, possible=possible
    )
    return InMemoryClients(identity, ready, _facts(folder, manifest, content))


def _published_clients(table: Path, folder: Path, content: Mapping[str, bytes]) -> bytes | None:
    """Return the verified table of clients if it is the one to serve; what was verified is what is read."""
    published = content.get(CLIENTS)
    if published is None or table == folder / CLIENTS:
        return published
    # pathlib raises where a path is too long for the operating system
    is_as_long = os.path.isfile(table) and os.path.getsize(table) == len(published)  # noqa: PTH113, PTH202
    return published if is_as_long and read_bytes(table) == published else None


def _facts(folder: Path, manifest: Manifest, content: Mapping[str, bytes]) -> ClientFacts | None:
    if APPLICATIONS not in content:
        return None
    return ClientFacts(folder / APPLICATIONS, manifest.input_schema, content[APPLICATIONS])


def _identity(manifest: Manifest, digits: int | None) -> Identity:
    identity = manifest.input_schema.identity
    if digits and identity.kind == "text":
        raise SettingError(
            f"SCORING_CLIENT_ID_DIGITS={digits}: {MANIFEST} has text ids ({identity.name})\n"
            "Unset it; it is for client numbers."
        )
    return identity.model_copy(update={"digits": digits}) if digits else identity


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises ArtefactError listing all its errors."""
    return parse_manifest(path.name, read_bytes(path))


def parse_manifest(name: str, content: bytes) -> Manifest:
    """Read a manifest from the content of a file; raises as ``read_manifest``."""
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        errors = [f"{_place(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise ArtefactError.listing(name, errors[:20], "Publish the model again.") from None


def _place(keys: Sequence[int | str]) -> str:
    """Name a place in a manifest; an invalid key may be long, or hold characters that no log should get."""
    return shorten(".".join(map(str, keys)).encode("unicode_escape").decode(), 100) or "file"


def load_probability(manifest: Manifest, content: Mapping[str, bytes]) -> ProbabilityOfDefault:
    """Unpickle the fitted objects among verified files; raises ArtefactError where they do not fit the manifest."""
    require_packages(MANIFEST, manifest.versions)
    scaler, model = (unpickle(name, content[name]) for name in (SCALER, MODEL))
    with refusing(f"{MODEL} and {SCALER}: cannot be used", _REMEDY):
        _check_objects(scaler, model, manifest.features)
        return fuse(scaler, model) or ThroughObjects(scaler, model)


def _check_objects(scaler: Any, model: Any, features: Sequence[str]) -> None:
    check_classifier(scaler, model)
    errors = []
    for file, fitted in ((SCALER, scaler), (MODEL, model)):
        count = fitted_on(fitted)
        if wrong := name_errors(fitted, features, f"{file}"):
            errors += wrong
        elif count not in {None, len(features)}:
            errors.append(f"{file}: fitted on {count} columns, the manifest lists {len(features)}")
    if errors:
        raise ArtefactError.listing(MANIFEST, errors, "Publish the model again.")


def _check_columns(frame: pd.DataFrame, file: str, manifest: Manifest) -> None:
    identity, target = manifest.input_schema.identity.name, manifest.input_schema.target
    received = [str(name) for name in frame if name not in {identity, target}]
    errors = list_missing([identity], frame, manifest.features)
    errors += column_errors(manifest.features, received, "the manifest")
    if errors:
        raise ClientTableError.listing(file, errors, MADE_FOR_MODEL)
