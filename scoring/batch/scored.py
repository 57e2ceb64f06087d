"""The one place that turns many model-ready rows into columns of results, for every engine."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scoring.errors import ArtefactError
from scoring.explanation.bulk_reasons import NO_REASON, BulkReasons
from scoring.explanation.explainer import Explainer
from scoring.explanation.reasons import MOST
from scoring.model.calibration import Floats
from scoring.model.manifest import Manifest
from scoring.model.schema import ClientId, Identity
from scoring.model.scorer import Scorer
from scoring.policy.evaluate import Policy
from scoring.policy.rule_columns import apply_to_rows
from scoring.storage.bundle import Bundle

CLIENT = "client_id"
_WORDS = pa.dictionary(pa.int8(), pa.string())
_TEXTS = pa.dictionary(pa.int32(), pa.string())
_OUTCOMES = pa.array(["ACCEPTED", "REFUSED"])


class RowScorer:
    """Scores model-ready rows; it can be pickled, and sent to other processes.

    Parameters
    ----------
    identity : the column that names a client.
    version : the model's version.
    reasons : also write the reasons of each refused client.
    policy, day : the lender's own rules, applied as on that day; without a policy, the model alone decides.

    Raises
    ------
    ArtefactError
        If reasons are asked for and the model has no manifest, or if its contributions can only be estimated.
    """

    def __init__(
        self,
        scorer: Scorer,
        manifest: Manifest | None,
        identity: Identity,
        version: str,
        *,
        reasons: bool = False,
        policy: Policy | None = None,
        day: date | None = None,
    ) -> None:
        self.policy, self.day = policy, day
        self.scorer, self.manifest, self.identity, self.version = scorer, manifest, identity, version
        self.reasons = reasons
        if reasons:
            self._bulk  # noqa: B018  (made once; raises here rather than in a worker)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the results, in Arrow's types."""
        fields = [
            pa.field(CLIENT, pa.string() if self.identity.kind == "text" else pa.int64(), nullable=False),
            pa.field("probability", pa.float64(), nullable=False),
            pa.field("calibrated_probability", pa.float64()),
            pa.field("decision", _WORDS, nullable=False),
            pa.field("review", pa.bool_()),
        ]
        if self.reasons:
            for rank in range(1, MOST + 1):
                fields += [pa.field(f"reason_{rank}{what}", _TEXTS) for what in ("", "_text_en", "_text_fr")]
        if self.policy is not None:
            fields.append(pa.field("policy_rules", pa.string(), nullable=False))
        return pa.schema([*fields, pa.field("model_version", _WORDS, nullable=False)])

    @property
    def plain_schema(self) -> pa.Schema:
        """The same columns with plain texts, for engines that know no dictionaries; ``batch.cast`` converts."""
        plain = [one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one for one in self.schema]
        return pa.schema(plain)

    def score_rows(
        self,
        client_ids: Sequence[ClientId] | NDArray[Any] | pa.Array,
        rows: Floats,
        facts: pa.Table | None = None,
    ) -> pa.RecordBatch:
        """Score model-ready rows.

        Parameters
        ----------
        client_ids : n ids, in the type of the identity column.
        rows : shape (n, features), finite, or NaN where a feature may be missing; fastest in column-major order.
        facts : the fields that the policy reads, n rows; None where they are not known.

        Returns
        -------
        The columns of ``schema``, n rows in the same order. ``probability`` and ``calibrated_probability`` (0-1) are
        what a lookup answers. The reasons are those of refused clients, null for all others: the name of the term, and
        a sentence in English and in French.
        """
        scores, n = self.scorer.score(rows), len(rows)
        calibrated, review, refused = scores.calibrated_probability, scores.review, scores.refused
        schema = self.schema
        rules: list[pa.Array] = []
        if self.policy is not None and self.day is not None:
            records = None if facts is None else facts.to_pylist()
            refused, review, codes = apply_to_rows(self.policy, scores, records, self.day)
            rules = [pa.array(codes, pa.string())]
        columns = [
            client_ids if isinstance(client_ids, pa.Array) else pa.array(client_ids, schema.field(CLIENT).type),
            pa.array(scores.probability),
            pa.nulls(n, pa.float64()) if calibrated is None else pa.array(calibrated),
            pa.DictionaryArray.from_arrays(pa.array(refused.view(np.int8)), _OUTCOMES),
            pa.nulls(n, pa.bool_()) if review is None else pa.array(review),
            *(self._find_reasons(rows, scores.refused) if self.reasons else ()),
            *rules,
            pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int8)), pa.array([self.version])),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _find_reasons(self, rows: Floats, refused: NDArray[np.bool_]) -> list[pa.Array]:
        found = np.full((len(rows), MOST), NO_REASON, dtype=np.int32)
        found[refused] = self._bulk.find(rows.T.compress(refused, axis=1).T)
        columns = []
        for places in found.T:
            absent = places == NO_REASON
            made: dict[int, pa.Array] = {}  # columns often have the same numbers
            for numbers, texts in self._texts:
                if id(numbers) not in made:
                    made[id(numbers)] = pa.array(numbers.take(places), mask=absent)
                columns.append(pa.DictionaryArray.from_arrays(made[id(numbers)], texts))
        return columns

    @cached_property
    def _texts(self) -> list[tuple[NDArray[np.int32], pa.Array]]:
        """Codes and sentences of the known reasons: for each reason the number of its text, and the distinct texts.

        A Parquet file holds a dictionary only if no text is there twice.
        """
        known = self._bulk.known
        columns = [
            [one.code for one in known], [one.text.en for one in known], [one.text.fr for one in known]
        ]  # fmt: skip
        made = []
        seen: dict[bytes, NDArray[np.int32]] = {}
        for texts in columns:
            distinct = [*dict.fromkeys(texts)]
            place = {text: i for i, text in enumerate(distinct)}
            numbers = np.array([place[text] for text in texts], dtype=np.int32)
            made.append((seen.setdefault(numbers.tobytes(), numbers), pa.array(distinct, pa.string())))
        return made

    @cached_property
    def _bulk(self) -> BulkReasons:
        bulk = Explainer(self.scorer, self.manifest).make_bulk_reasons() if self.manifest else None
        if bulk is None:
            why = "its contributions can only be estimated, which takes up to a second a client"
            raise ArtefactError(
                f"reasons: not possible with this model: {why if self.manifest else 'it has no manifest'}\n"
                "Score without reasons, or ask for the reasons of single clients (/explain)."
            )
        return bulk

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made when it is needed: functions cannot be pickled."""
        return {name: value for name, value in vars(self).items() if name not in {"_bulk", "_texts"}}


def make_row_scorer(
    bundle: Bundle, *, reasons: bool = False, policy: Policy | None = None, day: date | None = None
) -> RowScorer:
    """Make the scorer of a published model; parameters and errors as of ``RowScorer``."""
    return RowScorer(
        bundle.scorer, bundle.manifest, bundle.identity, bundle.version, reasons=reasons, policy=policy, day=day
    )
