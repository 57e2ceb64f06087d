"""The use cases that decide. Each decision is recorded before it is returned; if that fails, there is none."""

from collections.abc import Callable, Sequence
from itertools import repeat

import numpy as np

from scoring.application.reader import Application
from scoring.decisions.content import Recordable, RequestFacts, describe_case, make_entry
from scoring.decisions.shadow import Shadow
from scoring.model.decision import Decision
from scoring.record.canonical import encode_body, encode_content
from scoring.record.entries import NewEntry, Pending, Record, make_id
from scoring.service import Case, History, PreparedRecords, Service

Hold = Callable[[Pending], bool]
Observe = Callable[[Sequence[Decision]], object]


def _hold_nothing(_: Pending) -> bool:
    return False


class DecisionRecorder:
    """Decides as a service does, and records.

    Every method that decides takes the facts of the request. Without them, or without a record, nothing is recorded,
    and ``decision_id`` is None. Raises RecordUnavailable where a decision cannot be recorded.

    Parameters
    ----------
    record : None where decisions are not recorded.
    hold : function that takes entries that are being written, and tells whether it keeps the answer back until they
        are durable; where it does not, this waits.
    observe : function that is told the decisions that are returned.
    shadow : a second model that scores what is recorded; None without one.

    Attributes
    ----------
    service : the use cases without a record.
    """

    def __init__(
        self,
        service: Service,
        record: Record | None,
        hold: Hold = _hold_nothing,
        observe: Observe = lambda _: None,
        shadow: Shadow | None = None,
    ) -> None:
        self.service = service
        self.record = record
        self.observe = observe
        self.shadow = shadow
        self._hold = hold

    def of(self, service: Service) -> "DecisionRecorder":
        """Return a recorder into the same record, of another service's decisions."""
        return DecisionRecorder(service, self.record, self._hold, self.observe, self.shadow)

    def decide_client(self, client_id: str, facts: RequestFacts | None) -> Decision:
        """Decide on a known client; raises InvalidClientNumber or UnknownClient."""
        if self.record is None or facts is None:
            return self._tell([self.service.decide_client(client_id)])[0]
        return self.score_client(client_id, facts).decision

    def score_client(self, client_id: str, facts: RequestFacts | None) -> Case:
        """Decide on a known client, with what is scored; raises as ``decide_client``."""
        case = self.service.score_client(client_id)
        return case._replace(decision=self._decide([case], facts)[0])

    def decide_application(self, application: Application, history: History, facts: RequestFacts | None) -> Decision:
        """Decide on one application."""
        return self._decide([self.service.score_application(application, history)], facts)[0]

    def decide(self, prepared: PreparedRecords, facts: RequestFacts | None) -> list[Decision]:
        """Decide on several records; they are recorded together."""
        decisions = self.service.decide(prepared)
        if self.record is None or facts is None:
            return self._tell(decisions)
        cases = zip(decisions, prepared.rows.tolist(), prepared.records, strict=True)
        return self._decide([Case(*case, prepared.history) for case in cases], facts)

    def probabilities(self, prepared: PreparedRecords, facts: RequestFacts | None) -> list[float]:
        """Return the probabilities of default of several records; the decisions are recorded too."""
        if self.record is None:
            return self.service.probabilities(prepared)
        return [decision["probability"] for decision in self.decide(prepared, facts)]

    def describe_client(self, client_id: str) -> Recordable:
        """Write down what can be recorded again and again for a known client; raises as ``decide_client``."""
        (described,) = self._describe([self.service.score_client(client_id)])
        return described._replace(content=encode_content(described.content), body=encode_body(described.body))

    def append(self, decided: Sequence[Recordable], facts: RequestFacts) -> list[str]:
        """Record decisions, all or none, and return their ids."""
        if self.record is None:
            raise ValueError("There is no record; nothing can be recorded.")
        entries = [make_entry(make_id(), one, facts) for one in decided]
        self._append(self.record, entries)
        self.observe([one.decision for one in decided])
        return [entry.id for entry in entries]

    def _append(self, record: Record, entries: Sequence[NewEntry]) -> None:
        pending = record.begin_append(entries)
        if not self._hold(pending):
            pending.wait()

    def require_record(self) -> None:
        """Raise RecordUnavailable where the record cannot be reached or is locked; nothing is written.

        Only writing shows whether there is room on the disk, or whether the database takes rows at all.
        """
        if self.record is not None:
            self._append(self.record, [])

    def _decide(self, cases: Sequence[Case], facts: RequestFacts | None) -> list[Decision]:
        if self.record is None or facts is None:
            return self._tell([case.decision for case in cases])
        ids = self.append(self._describe(cases), facts)
        return [{**case.decision, "decision_id": made} for case, made in zip(cases, ids, strict=True)]

    def _tell(self, decisions: list[Decision]) -> list[Decision]:
        self.observe(decisions)
        return decisions

    def _describe(self, cases: Sequence[Case]) -> list[Recordable]:
        refused = [case.row for case in cases if _is_refused_by_model(case.decision)]
        found = self.service.weigh_concepts(np.array(refused)) if refused else []
        reasons = repeat(None) if found is None else iter(found)
        seconds = repeat(None) if self.shadow is None else self.shadow.score(cases)
        return [
            describe_case(case, next(reasons) if _is_refused_by_model(case.decision) else (), second)
            for case, second in zip(cases, seconds)  # noqa: B905  (``repeat`` has no end)
        ]


def _is_refused_by_model(decision: Decision) -> bool:
    """Whether the model has reasons to tell; a rule of the policy that refuses has a text of its own."""
    return decision["decision"] == "REFUSED" and decision["prediction"] == 1
