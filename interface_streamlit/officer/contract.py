"""What the pages need of each answer of the API: keys, types and bounds. An answer that differs is not used.

Answers become immutable objects, so that all sessions can share them. Other keys are ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from officer.plain import LONGEST, clean

T = TypeVar("T")
_LARGEST = 1e100  # no figure of a lender is beyond, and no computation of a page overflows below


def _check_value(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        fits = abs(value) <= _LARGEST
    else:
        fits = value is None or (isinstance(value, str) and len(value) <= LONGEST)
    if not fits:
        raise PydanticCustomError("value", "a text or a number")
    return value


Text = Annotated[str, AfterValidator(clean)]  # only shown
Name = Annotated[str, Field(min_length=1, max_length=500)]  # of a column or a category; the API gets it back unchanged
Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10**15)]
Value = Annotated[Any, AfterValidator(_check_value)]  # of a field: a text, a finite number, or None
Cell = str | bool | int | Annotated[float, Field(allow_inf_nan=False)]  # of a file; the API gets it back unchanged
DecisionId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
DecimalMark = Literal["point", "comma"]
Outcome = Literal["ACCEPTED", "REFUSED"]
Happened = Literal["REPAID", "DEFAULTED"]


class Label(TypedDict):
    """A text in both languages."""

    fr: Text
    en: Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid value that the API found; ``record`` is its place where several records were sent.

    ``readings`` are the numbers that people mean by a text that was sent in place of a number, by decimal mark.
    """

    field: Text = ""
    received: object = None
    expected: Text = ""
    truncated: bool = False
    record: int | None = None
    readings: Mapping[DecimalMark, Annotated[float, Field(allow_inf_nan=False)]] | None = None


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """Why the API refuses a request (RFC 9457)."""

    type: str = ""
    title: Text = ""
    detail: Text = ""
    errors: tuple[FieldError, ...] = ()
    text: Label | None = None  # of a table that cannot be read
    readings: Mapping[DecimalMark, Number] | None = None  # of a number that can mean two


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about an application."""

    text: Label
    code: str = ""

    @property
    def is_doubt(self) -> bool:
        """Whether a value may be wrong, so that it should be checked before the decision is used."""
        return self.code not in {"history_imputed", "ignored_field"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the lender that applies, or that could not be checked; ``limit`` is the largest amount it grants."""

    code: Text
    text: Label
    outcome: Literal["refused", "review"] | None = None
    checked: bool = True
    limit: Number | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the lender's own rules said; ``exploration``: the model refused, and the client was accepted at random."""

    rules: tuple[Rule, ...] = ()
    exploration: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; probabilities are 0-1, ``calibrated_probability`` is None for a model without a calibration.

    ``decision_id`` names the recorded decision; None where nothing is recorded.
    """

    probability: Share
    threshold: Share
    decision: Outcome
    calibrated_probability: Share | None
    review: bool | None
    model_version: str
    warning_details: tuple[Warned, ...]
    policy: Policy | None = field(default=None, kw_only=True)
    decision_id: DecisionId | None = field(default=None, kw_only=True)

    @property
    def by(self) -> Literal["", "rule", "chance"]:
        """What decided in the model's place; empty if the model's decision is valid."""
        if self.policy is not None and self.policy.exploration:
            return "chance"
        return "rule" if any(one.outcome == "refused" for one in self.rules) else ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The lender's rules that apply, or that could not be checked."""
        return self.policy.rules if self.policy else ()

    @property
    def refused(self) -> bool:
        """Whether the credit is refused."""
        return self.decision == "REFUSED"


@dataclass(frozen=True, slots=True)
class Level:
    """The risk of the mean client, to which contributions are added."""

    log_odds: Number
    calibrated_probability: Share | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """A term of the model with the client's value."""

    name: Name
    label: Label
    value: Value
    shown: Label


@dataclass(frozen=True, slots=True)
class ConceptContribution:
    """How much all terms of a concept move the risk together; ``percentage_points`` is None without a calibration."""

    concept: Label
    names: tuple[Name, ...]
    contribution: Number
    percentage_points: Number | None


@dataclass(frozen=True, slots=True)
class Change:
    """The value of a field after a change."""

    name: Name
    after: Number


@dataclass(frozen=True, slots=True)
class Terms:
    """The parts of a credit, which add up; None where a part is not known. ``yearly_rate`` is 0.2 for 20 %."""

    price: Number | None
    deposit: Number | None
    fees: Number | None
    credit: Annotated[float, Field(ge=0.01, le=_LARGEST, allow_inf_nan=False)]
    instalment: Number | None
    months: Annotated[int, Field(ge=1, le=1200)] | None
    yearly_rate: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The smallest change with which the application would be accepted; ``contract`` is the credit after it."""

    changes: tuple[Change, ...]
    text: Label
    contract: Terms | None = None
    outcome: Literal["accepted", "review"] = "accepted"


@dataclass(frozen=True, slots=True)
class Waiting:
    """When the application would be accepted because time passes."""

    text: Label


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a refusal; ``remedy`` says how a missing value could be supplied."""

    text: Label
    detail: Label
    remedy: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Decision):
    """A decision with everything that explains it.

    Attributes
    ----------
    error : of the contributions, in log-odds.
    base_value : the risk of the client with whom contributions and reasons compare.
    compared_with : the clients for whom this client is typical; None for a model without a manifest.
    """

    exact: bool
    error: Number
    base_value: Level
    contributions: tuple[Contribution, ...]
    concepts: tuple[ConceptContribution, ...]
    reasons: tuple[Reason, ...]
    counterfactual: Counterfactual | None
    notes: tuple[Label, ...]
    contract: Terms | None = None
    waiting: Waiting | None = None
    compared_with: Literal["accepted clients", "all clients"] | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit: contributions in points exactly where the base value is, and one for every name."""
        calibrated = self.base_value.calibrated_probability is not None
        if any((one.percentage_points is not None) != calibrated for one in self.concepts):
            raise PydanticCustomError("points", "percentage_points of every contribution, or of none")
        if not {name for one in self.concepts for name in one.names} <= {one.name for one in self.contributions}:
            raise PydanticCustomError("names", "a contribution for every name of a concept")


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of a client's application, and the same in words."""

    name: Name
    value: Value
    shown: Label


@dataclass(frozen=True, slots=True)
class FactList:
    """A client's application."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ClientPage:
    """The first client numbers, and how many there are."""

    clients: tuple[Value, ...]
    total: Count


@dataclass(frozen=True, slots=True)
class Missing:
    """How many clients have no value."""

    accepted: Count
    refused: Count


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many clients there are in each bin (between two ``edges``) or category, by decision and by outcome."""

    name: Name
    kind: Literal["number", "category"]
    edges: tuple[Number, ...] | None
    categories: tuple[Name, ...] | None
    accepted: tuple[Count, ...]
    refused: tuple[Count, ...]
    missing: Missing
    repaid: tuple[Count, ...] | None = None
    defaulted: tuple[Count, ...] | None = None

    def __post_init__(self) -> None:
        """Check that there is one count for each bin or category."""
        bins = len(self.edges or ()) - 1 if self.kind == "number" else len(self.categories or ())
        counted = [one for one in (self.accepted, self.refused, self.repaid, self.defaulted) if one is not None]
        if any(len(one) != max(bins, 0) for one in counted):
            raise PydanticCustomError("lengths", "one count for each bin or category")


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of some clients by feature, the decision on each, and what happened; None where it is not known."""

    features: Mapping[str, tuple[Value, ...]]
    decision: tuple[Outcome, ...]
    outcome: tuple[Happened | None, ...] | None = None

    def __post_init__(self) -> None:
        """Check that there is one value for each decision."""
        lists = [*self.features.values(), self.decision if self.outcome is None else self.outcome]
        if any(len(values) != len(self.decision) for values in lists):
            raise PydanticCustomError("lengths", "one value for each decision")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many clients an answer describes; they are drawn at random if these are fewer than are known."""

    described: Count
    known: Count


@dataclass(frozen=True, slots=True)
class Population:
    """The clients to compare one with."""

    total: Count
    clients: Count
    accepted: Count
    refused: Count
    features: tuple[Histogram, ...]
    sample: Sample
    repaid: Count | None = None
    defaulted: Count | None = None
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """How the API reads an application."""

    not_used: tuple[str, ...]
    errors: tuple[FieldError, ...]
    imputed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspections:
    """How the API reads several applications."""

    records: tuple[Inspection, ...]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Decisions on several applications, in their order."""

    predictions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class UploadedRow:
    """An application of a file, and the line that it begins in."""

    line: Count
    application: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class UploadedColumn:
    """A column of a file: its header, the field that it is read as, and the unit of times that become days."""

    column: str
    field: Name
    unit: Literal["years", "months", "days"] | None = None


@dataclass(frozen=True, slots=True)
class SimilarColumn:
    """A column that is no field, and the field that it may be, misspelled."""

    column: str
    field: Name


@dataclass(frozen=True, slots=True)
class Upload:
    """How the API reads a file.

    Attributes
    ----------
    notes : what was unusual.
    columns : those that are read.
    unknown_columns : those that are no field.
    similar : those of them that may be misspelled.
    """

    form: Label
    notes: tuple[Label, ...]
    columns: tuple[UploadedColumn, ...]
    unknown_columns: tuple[Text, ...]
    rows: tuple[UploadedRow, ...]
    similar: tuple[SimilarColumn, ...] = ()


class Fault(NamedTuple):
    """Why an answer cannot be used.

    Attributes
    ----------
    where : keys and places that lead to the value, joined by dots.
    received : the value; None where the key is missing.
    expected : key of the text that says what was expected, without ``expected.``.
    bound : to fill in.
    """

    where: str
    received: object
    expected: str
    bound: object = ""


_EXPECTED = {  # Pydantic's error types
    "missing": "given",
    "json_invalid": "json",
    "string_type": "text",
    "string_too_short": "length",
    "string_too_long": "length",
    "float_type": "number",
    "finite_number": "number",
    "int_type": "integer",
    "int_from_float": "integer",
    "int_parsing_size": "integer",
    "bool_type": "boolean",
    "tuple_type": "list",
    "mapping_type": "object",
    "dict_type": "object",
    "dataclass_type": "object",
    "literal_error": "one_of",
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
    "value": "value",
    "lengths": "lengths",
    "points": "points",
    "order": "order",
}


def list_faults(error: ValidationError) -> list[Fault]:
    """List why an answer does not have the form that was expected."""
    faults = []
    for one in error.errors(include_url=False):
        bounds = one.get("ctx", {})
        bound = next((bounds[name] for name in ("expected", "ge", "le") if name in bounds), "")
        received = None if one["type"] in {"missing", "json_invalid"} else one["input"]
        where = ".".join(map(str, one["loc"]))
        faults.append(Fault(where, received, _EXPECTED.get(one["type"], "other"), bound))
    return faults


def reader(kind: type[T]) -> Callable[[bytes], T]:
    """Make the function that reads an answer of a kind; it raises ValidationError."""
    adapter = TypeAdapter(kind)

    def read(content: bytes) -> T:
        return adapter.validate_json(content, strict=True)

    return read
