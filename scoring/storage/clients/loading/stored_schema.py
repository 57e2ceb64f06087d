"""What a store of clients must have for a model: the columns, the fields of applications, and a fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scoring.model.manifest import Manifest
from scoring.model.plan import PossibleValues
from scoring.model.schema import Identity, SchemaField


@dataclass(frozen=True)
class StoredSchema:
    """Columns of a store of clients.

    Attributes
    ----------
    identity : the column that names a client, and its form.
    features : names of the model-ready columns, in order.
    target : name of the column with outcomes; a table may be without it.
    fields : of a raw application.
    fingerprint : of all that decides what a model-ready row means. A model that was fitted again has the same names of
        columns, but other bins and values; its rows have another fingerprint.
    possible : the values that the model-ready columns can have.
    """

    identity: Identity
    features: tuple[str, ...]
    target: str
    fields: tuple[SchemaField, ...]
    fingerprint: str
    possible: PossibleValues = field(default=PossibleValues(()), compare=False)

    @classmethod
    def from_manifest(cls, manifest: Manifest, identity: Identity | None = None) -> "StoredSchema":
        """Take the columns of a model; ``identity`` as the settings give it, else that of the manifest."""
        schema = manifest.input_schema
        own = identity or schema.identity
        deciding = {
            "identity": [own.name, own.kind],
            # a key that a later release adds does not change the fingerprint of an older model
            **manifest.model_dump(mode="json", include={"plan"}, exclude_unset=True),
        }
        possible = PossibleValues.of(manifest.plan)
        return cls(own, manifest.features, schema.target, schema.fields, _hash(deciding), possible)


def _hash(deciding: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(deciding, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
