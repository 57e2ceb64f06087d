"""The use cases: decide, explain, inspect, look up. Web routes, pages, commands and benchmarks call them.

Nothing here knows HTTP. Arguments are parsed JSON, results are typed objects, and an input that cannot be used
raises a ``RequestError`` that lists its errors.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np

from scoring import errors
from scoring.application.model_rows import ModelRowReader
from scoring.application.preparation import Inspection, Preparer
from scoring.application.reader import Application
from scoring.application.uploaded import Upload
from scoring.application.uploads import read_upload
from scoring.errors import MOST_ERRORS, InputError, InvalidApplication, input_error
from scoring.explanation.answer import Explanation
from scoring.explanation.counterfactual import MOST_INSTALMENT
from scoring.explanation.explainer import Explainer
from scoring.explanation.heaviest import Weight
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.decision import Decision, InputWarning, decide
from scoring.model.plan import PossibleValues
from scoring.model.schema import ClientId
from scoring.model.scorer import Score
from scoring.storage.bundle import Bundle
from scoring.storage.clients.known_clients import Fact, KnownClients

if TYPE_CHECKING:
    from scoring.policy.evaluate import Policy
    from scoring.policy.judge import Judge

TARGET = "TARGET"  # name of the outcome for a model without a manifest
MOST_EXPLAINED = 100  # the most records in one request: each takes about 0.5 ms, or 40 ms for a model with interactions
MOST_SAMPLED = 20  # the same, where contributions have to be sampled: up to a second each
MOST_PORTFOLIOS = 64  # whose clients are cached
History = Literal["imputed", "stored", "known"]
_Read = TypeVar("_Read")


def today() -> date:
    """Return the day, UTC."""
    return datetime.now(UTC).date()


class PreparedRecords(NamedTuple):
    """n records, ready to be scored.

    Attributes
    ----------
    rows : model-ready, shape (n, features).
    client_ids, warnings : one entry for each record.
    records : the raw applications; None where only the model-ready row is given.
    missing : for each record, a dict with the value None for each field and, unless stored history is used, for each
        history feature. If one of these names is absent from the record, its explanation treats the value as missing.
    history : where the history of raw applications comes from; None for model-ready rows.
    """

    rows: Floats
    client_ids: Sequence[ClientId | None]
    warnings: Sequence[tuple[InputWarning, ...]]
    records: Sequence[RawRecord | None]
    missing: Sequence[RawRecord]
    history: History | None = None


class Case(NamedTuple):
    """A decision with what was scored.

    Attributes
    ----------
    row : model-ready, shape (features,).
    record : the raw application; None where only the model-ready row is given.
    history : where the application's history comes from; None for a known client and for a model-ready row.
    """

    decision: Decision
    row: Sequence[float]
    record: RawRecord | None
    history: History | None = None


class Service:
    """The use cases on one model and its clients.

    A raw application is a JSON object; a model-ready row is an object whose keys are the names of the columns, or a
    list in the order of the columns. Where several records are given, one invalid record fails the whole call, and
    every error names
    the record. If the model has no manifest, a method that takes an application raises RowsOnly.

    ``history`` says where an application's history comes from. ``imputed``: the model's values for missing history.
    ``stored``: that of the known client that the application names; raises NoStoredHistory if it names no client, and
    UnknownClient if no client has that number. ``known``: stored for known clients, imputed for all others.

    Attributes
    ----------
    clients : the known clients. None is scored before a decision on it is asked for.
    preparer : of raw applications; None where the model has no manifest.
    row_reader : of model-ready rows.
    own_names : of the fields of a raw application and of the identity column.
    widest : the largest number of values that a record may have.
    most_instalment : the largest instalment to which a counterfactual may lead, as a share of the income.
    policy : the lender's own rules; None without any.
    find_day : the function that returns the day of a decision, UTC.
    """

    def __init__(
        self,
        bundle: Bundle,
        most_instalment: float = MOST_INSTALMENT,
        policy: "Policy | None" = None,
        find_day: Callable[[], date] = today,
    ) -> None:
        manifest = bundle.manifest
        # The settings may give another form of client numbers than the manifest.
        schema = manifest.input_schema.model_copy(update={"identity": bundle.identity}) if manifest else None
        self.bundle, self.most_instalment = bundle, most_instalment
        self.policy, self.find_day = policy, find_day
        self.clients = KnownClients(bundle.clients, schema.fields if schema else ())
        # Made now rather than at the first request: Pydantic types made by several threads at once crash Python 3.11.
        self.preparer = Preparer(schema, manifest.plan) if schema and manifest else None
        fields = schema.fields if schema else ()
        self.own_names = {bundle.identity.name, *(field.name for field in fields)}
        self.widest = max(len(self.own_names), len(bundle.scorer.features)) + len(schema.left_out if schema else ()) + 2
        target = schema.target if schema else TARGET
        self._within = lru_cache(MOST_PORTFOLIOS)(self._select)
        # Where model-ready columns have the names of fields, only the values tell a row from a raw application.
        alike = manifest is not None and self.own_names.issuperset(bundle.scorer.features)
        possible = PossibleValues.of(manifest.plan) if manifest and alike else None
        self.row_reader = ModelRowReader(bundle.scorer.features, bundle.identity, target, bundle.nullable, possible)

    # Portfolios

    def within(self, column: str, value: str) -> "Service":
        """Return the same service with the clients whose column has the value; the last ones are cached.

        For this service all other clients are unknown, so that no answer can tell a client of another portfolio from
        one that does not exist. Raises ClientTableError if there is no such column.
        """
        return self._within(column, value)

    def _select(self, column: str, value: str) -> "Service":
        store = self.bundle.clients.within(column, value)
        self._explainer  # noqa: B018  (made once, and shared)
        part = copy.copy(self)
        part.bundle = replace(self.bundle, clients=store)
        part.clients = KnownClients(store, self.preparer.schema.fields if self.preparer else ())
        return part

    # Known clients

    def decide_client(self, client_id: str) -> Decision:
        """Decide on a known client; raises InvalidClientNumber or UnknownClient."""
        if self.policy is not None and self.policy.reads_application:
            return self.score_client(client_id).decision
        known, row = self.clients.find_row(client_id)
        return self._decide(self.bundle.scorer.score_one(row.tolist()), known)

    def score_client(self, client_id: str) -> Case:
        """Decide on a known client, with what is scored; raises as ``decide_client``."""
        known = self.clients.find(client_id)
        row: list[float] = known.row.tolist()
        decision = self._decide(self.bundle.scorer.score_one(row), known.client_id, record=known.record)
        return Case(decision, row, known.record)

    def explain_client(self, client_id: str) -> Explanation:
        """Explain the decision on a known client; raises as ``decide_client``."""
        return self.explain_case(self.score_client(client_id))

    def explain_case(self, case: Case) -> Explanation:
        """Explain a decision on a known client."""
        return self._explainer.explain(np.array([case.row]), [case.record], [case.decision], self._judge())[0]

    def client_facts(self, client_id: str) -> tuple[ClientId, list[Fact]]:
        """Return a known client's id and raw fields; raises as ``decide_client``, and FactsUnavailable."""
        known = self.clients.find(client_id)
        return known.client_id, self.clients.facts(known)

    # New applications

    def read_application(self, given: Mapping[str, Any]) -> Application:
        """Read one application, as parsed from JSON."""
        return self.require_preparer().reader.parse(given)

    def read_usual_application(self, content: bytes) -> Application | None:
        """Read one application directly from JSON, which is faster; None if ``read_application`` has to read it."""
        return self.preparer.reader.parse_json(content) if self.preparer else None

    def decide_application(self, application: Application, history: History = "imputed") -> Decision:
        """Decide on one application."""
        return self.score_application(application, history).decision

    def score_application(self, application: Application, history: History = "imputed") -> Case:
        """Decide on one application, with what is scored."""
        preparer = self.require_preparer()
        (stored,) = self._stored_rows([application], history)
        row = preparer.make_row(application, stored)
        warnings = preparer.warnings_about(application, stored is not None)
        score = self.bundle.scorer.score_one(row)
        decision = self._decide(score, application.client_id, warnings, application.record)
        return Case(decision, row, application.record, history)

    def explain_application(self, application: Application, history: History = "imputed") -> Explanation:
        """Explain the decision on one application."""
        return self.explain(self.prepare([application], history))[0]

    def inspect_application(self, given: Any, hints: bool = True) -> Inspection:
        """Report how an application is read, valid or not, without scoring it; with hints at similar names."""
        return self.require_preparer().inspect(given, hints)

    def read_upload(self, content: bytes, decimal: str | None = None) -> Upload:
        """Read a file of applications, without scoring it; raises UnreadableTable or InvalidParameter."""
        return read_upload(content, self.require_preparer().schema, decimal)

    # Several records

    def prepare_applications(self, given: Sequence[Any], history: History = "imputed") -> PreparedRecords:
        """Read several applications and make their model-ready rows."""
        return self.prepare(_read_each(given, self.require_preparer().reader.parse, dict), history)

    def prepare(self, applications: Sequence[Application], history: History = "imputed") -> PreparedRecords:
        """Make the model-ready rows of applications that are read already."""
        preparer = self.require_preparer()
        histories = self._stored_rows(applications, history)
        names = [field.name for field in preparer.schema.fields]
        fields: RawRecord = dict.fromkeys(names)
        fields_and_history: RawRecord = dict.fromkeys([*names, *preparer.used])
        return PreparedRecords(
            np.array([*map(preparer.make_row, applications, histories)], dtype=np.float64),
            [application.client_id for application in applications],
            [
                preparer.warnings_about(application, stored is not None)
                for application, stored in zip(applications, histories, strict=True)
            ],
            [application.record for application in applications],
            [fields_and_history if stored is None else fields for stored in histories],
            history,
        )

    def prepare_rows(self, given: Sequence[Any]) -> PreparedRecords:
        """Read model-ready rows; the first says whether all are given by name or by position."""
        read = _read_each(given, lambda row, _: self.row_reader.parse(row), row_form(given))
        rows, client_ids, warnings = zip(*read, strict=True)
        return PreparedRecords(
            np.array(rows, dtype=np.float64), client_ids, warnings, [None] * len(read), [{}] * len(read)
        )

    def decide(self, prepared: PreparedRecords) -> list[Decision]:
        """Decide on several records."""
        scores = self.bundle.scorer.score(prepared.rows)
        each = zip(prepared.client_ids, prepared.warnings, prepared.records, strict=True)
        return [self._decide(scores.pick(i), *one) for i, one in enumerate(each)]

    def probabilities(self, prepared: PreparedRecords) -> list[float]:
        """Return the probabilities of default of several records."""
        probabilities: list[float] = self.bundle.scorer.score(prepared.rows).probability.tolist()
        return probabilities

    @property
    def most_explained(self) -> int:
        """Number of records that one request may ask to explain, since that takes long."""
        return MOST_EXPLAINED if self._explainer.method.exact else MOST_SAMPLED

    def explain(self, prepared: PreparedRecords, decisions: Sequence[Decision] | None = None) -> list[Explanation]:
        """Explain decisions on several records, by default made now."""
        pairs = zip(prepared.missing, prepared.records, strict=True)
        records = [None if record is None else {**missing, **record} for missing, record in pairs]
        return self._explainer.explain(prepared.rows, records, decisions or self.decide(prepared), self._judge())

    def weigh_concepts(self, rows: Floats) -> list[tuple[Weight, ...]] | None:
        """Find what speaks most against clients, as ``Explainer.weigh_concepts``."""
        return self._explainer.weigh_concepts(rows)

    def inspect_applications(self, given: Sequence[Any]) -> list[Inspection]:
        """Report how applications are read; only the first invalid one has hints at similar names."""
        reports: list[Inspection] = []
        hints = True
        for application in given:
            reports.append(self.inspect_application(application, hints))
            hints = hints and reports[-1]["valid"]
        return reports

    def inspect_rows(self, given: Sequence[Any]) -> list[Inspection]:
        """Report how model-ready rows are read, valid or not, without scoring them."""
        form = row_form(given)
        return [self.row_reader.inspect(row, form) for row in given]

    # Steps

    def require_preparer(self) -> Preparer:
        """Return the preparer of raw applications; raises RowsOnly where the model has no manifest."""
        if self.preparer is None:
            raise errors.RowsOnly(
                "This model has no manifest, so that raw applications cannot be read. "
                'Send model-ready rows: {"data": [...]}, with the columns of /features.'
            )
        return self.preparer

    def _stored_rows(self, applications: Sequence[Application], history: History) -> list[Floats | None]:
        """Return the model-ready rows of the known clients that applications name; None where history is imputed."""
        if history == "imputed":
            return [None] * len(applications)
        name, noun = self.clients.identity.name, self.clients.identity.noun()
        client_ids = [application.client_id for application in applications]
        named = [one for one in client_ids if one is not None]
        found = iter(self.clients.store.find_rows(named) if named else [])
        rows = [None if client_id is None else next(found) for client_id in client_ids]
        unnamed: list[InputError] = []
        unknown: list[InputError] = []
        for i, (client_id, row) in enumerate(zip(client_ids, rows, strict=True)):
            if row is None and history == "stored":
                faulty = unnamed if client_id is None else unknown
                faulty.append(input_error(name, client_id, f"the {noun} of a known client", i))
        if unnamed:
            message = f"history=stored needs the client {noun} ({name}) in each application."
            raise errors.NoStoredHistory(message, *unnamed)
        if unknown:
            raise errors.UnknownClient(f"No stored history: no client has this {noun}. See errors.", *unknown)
        return rows

    def _decide(
        self,
        score: Score,
        client_id: ClientId | None,
        warnings: tuple[InputWarning, ...] = (),
        record: RawRecord | None = None,
    ) -> Decision:
        threshold, version = self.bundle.scorer.policy.threshold, self.bundle.version
        decision = decide(score, client_id=client_id, threshold=threshold, version=version, warnings=warnings)
        if self.policy is None:
            return decision
        result = self.policy.apply(score, record, self.find_day(), client_id)
        return {**decision, "decision": result.decision, "review": result.review, "policy": result.told}

    def period(self) -> date | None:
        """Return the day if decisions may differ from day to day, because rules begin and end; None if they do not."""
        return None if self.policy is None else self.find_day()

    def _judge(self) -> "Judge | None":
        if self.policy is None:
            return None
        from scoring.policy.judge import Judge  # not needed without a policy

        return Judge(self.policy, self.find_day())

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.bundle.scorer, self.bundle.manifest, self.most_instalment)


def row_form(rows: Sequence[Any]) -> type[dict[str, Any]] | type[list[Any]]:
    """Return the form that all model-ready rows must have, that of the first: ``list`` (by position) or ``dict``."""
    return list if isinstance(rows[0], list) else dict


def _read_each(given: Sequence[Any], parse: Callable[[Any, bool], _Read], form: type[Any]) -> list[_Read]:
    """Read every record; raises InvalidApplication with the errors of all of them, by record.

    Parameters
    ----------
    parse : reads a record, with or without hints at similar names; only the first invalid record has them.
    """
    parsed: list[_Read] = []
    errors: list[InputError] = []
    for i, record in enumerate(given):
        if len(errors) >= MOST_ERRORS:
            raise InvalidApplication.listing(errors, stopped=True)
        if not isinstance(record, form):
            errors.append(input_error("(record)", record, "an object" if form is dict else "a list", i))
            continue
        try:
            parsed.append(parse(record, not errors))
        except InvalidApplication as error:
            errors += [{**one, "record": i} for one in error.errors]
    if errors:
        raise InvalidApplication.listing(errors)
    return parsed
