"""A run in the decision record: one entry of kind ``batch``, and, when asked for, an entry for each decision."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scoring.decisions.content import SERVICE_VERSION, RequestFacts, describe_case, make_entry
from scoring.explanation.explainer import Explainer
from scoring.explanation.heaviest import Weight
from scoring.model.calibration import Floats
from scoring.model.decision import decide
from scoring.model.scorer import Score
from scoring.record.entries import NewEntry, Record
from scoring.service import Case
from scoring.storage.bundle import Bundle

What = Literal["decisions", "summary", "off"]
ROUTE = "batch"
_GROUP = 1000  # decisions that are recorded together
_ROW_BITS = 40  # of an id


class BatchRecorder:
    """Records a run.

    Every method raises RecordUnavailable where something cannot be recorded.

    Parameters
    ----------
    record : None where nothing is recorded.

    Attributes
    ----------
    what : ``decisions``: every decision and the summary; ``summary``; or ``off``.
    """

    def __init__(self, record: Record | None, what: What, bundle: Bundle) -> None:
        self.what: What = "off" if record is None else what
        self._record = None if self.what == "off" else record
        self._bundle = bundle
        self._explainer = Explainer(bundle.scorer, bundle.manifest) if self.what == "decisions" else None

    def refuse_unusable(self) -> None:
        """Find out before a run whether the record can be opened."""
        if self._record is not None:
            self._record.find(ROUTE)

    def record_decisions(self, run: str, places: NDArray[np.int64], results: pa.RecordBatch, rows: Floats) -> None:
        """Record the decisions of n rows; those that were recorded before the run was killed are left out.

        Parameters
        ----------
        run : id of the run.
        places : of the rows in the whole input, shape (n,).
        rows : model-ready, shape (n, features).
        """
        if self._record is None or self._explainer is None:
            return
        for start in range(0, len(places), _GROUP):
            if self._record.find(make_decision_id(run, int(places[start]))) is None:
                group = slice(start, start + _GROUP)
                part = results.slice(start, _GROUP)
                self._record.append([*self._make_entries(run, places[group], part, rows[group])])

    def record_run(self, run: str, summary: Mapping[str, Any]) -> None:
        """Record a run with its summary, unless it was recorded before it was killed."""
        if self._record is None or self._record.find(run) is not None:
            return
        if self._record.model_files(self._bundle.version) is None:
            self._record.keep_model(self._bundle.version, self._bundle.files)
        parts = "\n".join(part["sha256"] for part in summary["parts"])
        content = {name: value for name, value in summary.items() if name not in {"run", "parts"}}
        content["scores_sha256"] = hashlib.sha256(parts.encode()).hexdigest()
        self._record.append([NewEntry(run, "batch", {**content, "service_version": SERVICE_VERSION})])

    def _make_entries(
        self, run: str, places: NDArray[np.int64], results: pa.RecordBatch, rows: Floats
    ) -> Iterator[NewEntry]:
        policy, version = self._bundle.scorer.policy, self._bundle.version
        facts = RequestFacts(key_id=None, request_id=run, traceparent=None, route=ROUTE)
        reasons = self._weigh(results, rows)
        columns = (results.column(name).to_pylist() for name in _READ)
        for place, row, (client, probability, calibrated, decision, review) in zip(
            places.tolist(), rows.tolist(), zip(*columns, strict=True), strict=True
        ):
            refused = decision == "REFUSED"
            score = Score(probability, refused, calibrated, review)
            made = decide(score, client_id=client, threshold=policy.threshold, version=version)
            described = describe_case(Case(made, row, None), next(reasons) if refused else ())
            yield make_entry(make_decision_id(run, place), described, facts)

    def _weigh(self, results: pa.RecordBatch, rows: Floats) -> "Iterator[Sequence[Weight] | None]":
        refused = results.column("decision").indices.to_numpy() == 1
        found = self._explainer.weigh_concepts(rows[refused]) if self._explainer and refused.any() else []
        return repeat(None) if found is None else iter(found)


_READ = ("client_id", "probability", "calibrated_probability", "decision", "review")


def make_decision_id(run: str, place: int) -> str:
    """Make the id of a run's decision: the same one whenever the run is resumed, and sorted as the rows are.

    It is a UUID of version 7 with the time of the run's own id.

    >>> run = "019aa0f4-8c00-7000-8000-000000000000"
    >>> first, second = make_decision_id(run, 0), make_decision_id(run, 1)
    >>> first < second, first[:15] == run[:15], first[14]
    (True, True, '7')
    """
    time = uuid.UUID(run).int >> 80
    drawn = int.from_bytes(hashlib.sha256(run.encode()).digest()[:5], "big") >> 6  # 34 bits
    counter, last = drawn >> 22, drawn & (1 << 22) - 1
    return str(uuid.UUID(int=time << 80 | 7 << 76 | counter << 64 | 2 << 62 | last << _ROW_BITS | place))
