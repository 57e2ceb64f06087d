"""What ``/model`` answers: fields, scale, threshold, review band. Nothing about the lender is assumed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Annotated, Any, Literal

from pydantic import Field as Bounds
from pydantic_core import PydanticCustomError

from officer.contract import Decision, Label, Name, Number, Share, Value, reader
from officer.plain import clean, distinguish
from officer.texts import Language

YEAR = 365.25  # days


@dataclass(frozen=True, slots=True)
class Described:
    """Values of a field in words."""

    expected: Label | None = None
    expected_typed: Label | None = None
    usual: Label | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an application, as the API's schema describes it; ``shown`` has its values in words, by name."""

    name: Name
    type: Literal["number", "integer", "category"]
    label: Label
    unit: str | None = None
    description: Label | None = None
    required: bool = False
    changeable: bool = False
    minimum: Number | None = None
    maximum: Number | None = None
    exclusive: bool = False
    usual: tuple[Number, Number] | None = None
    categories: tuple[Name, ...] | None = None
    texts: Mapping[str, Label] | None = None
    missing: tuple[Value, ...] = ()
    role: str | None = None
    open_ended: tuple[Name, ...] = ()
    tier: str = "justified"
    codes_of: Name | None = None
    shown: Described | None = None

    @property
    def counts_back(self) -> bool:
        """Whether it is a time before the application, written as negative days."""
        ends = [end for end in (self.minimum, self.maximum, *(self.usual or ())) if end is not None]
        return self.unit == "days" and bool(ends) and min(ends) < 0

    @property
    def currency(self) -> str | None:
        """Currency of an amount: empty where it is not known; None for what is no amount."""
        kind, _, currency = (self.unit or "").partition(" ")
        return currency if kind == "currency" else None

    def name_categories(self, categories: Iterable[str], language: Language) -> dict[str, str]:
        """Name categories as people read them, each differently."""
        texts = self.texts or {}
        return distinguish({one: (one in texts and texts[one][language]) or clean(one) for one in categories})

    def describe(self, what: Literal["expected", "expected_typed", "usual"], language: Language) -> str:
        """Describe the ``expected``, ``expected_typed`` or ``usual`` values in words; empty where nothing is known."""
        label: Label | None = getattr(self.shown, what, None)
        return label[language] if label else ""

    def takes(self, value: object) -> bool:
        """Whether a value has the field's type."""
        if value is None:
            return True
        return isinstance(value, str) if self.type == "category" else isinstance(value, int | float)


@dataclass(frozen=True, slots=True)
class Facts:
    """A client's application: values by field, and the same in words."""

    values: Mapping[str, Any]
    shown: Mapping[str, Label]


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale on which risks are shown.

    Attributes
    ----------
    calibrated : it is the risk of default; else the probability of a model without a calibration.
    threshold : a credit is refused from this risk on, 0-1.
    review : low and high end of the review band; None where it is not known.
    """

    calibrated: bool
    threshold: float
    review: tuple[float, float] | None

    def get_risk(self, decision: Decision) -> float:
        """Risk of a decision on this scale, 0-1."""
        risk = decision.calibrated_probability
        return risk if self.calibrated and risk is not None else decision.probability


@dataclass(frozen=True, slots=True)
class Model:
    """The public part of the model.

    Attributes
    ----------
    version : of the model.
    threshold : on the model's own scale, 0-1.
    scale : for risks.
    fields : of a raw application, by name; empty where the model takes none.
    identity : name of the column with the client number; None for a model without a schema.
    ignored : columns of the training table that are not fields: the outcome, and those that training left out.
    digits : of a client number; None where lengths differ, or IDs are texts.
    text_ids : client IDs are texts, not numbers.
    importances : by term, the largest first.
    readable : labels of terms that are not fields.
    columns : model-ready columns.
    synthetic : what is synthetic: ``clients``, ``model`` (trained on synthetic clients).
    """

    version: str
    threshold: float
    scale: Scale
    fields: Mapping[str, Field]
    identity: str | None
    ignored: frozenset[str]
    digits: int | None
    text_ids: bool
    importances: Mapping[str, float]
    readable: Mapping[str, Label]
    columns: tuple[str, ...]
    synthetic: tuple[str, ...]

    def made_decision(self, decision: Decision) -> bool:
        """Whether this model made a decision, with this threshold."""
        return (decision.model_version, decision.threshold) == (self.version, self.threshold)

    @property
    def takes_applications(self) -> bool:
        """Whether raw applications can be scored."""
        return bool(self.fields)

    def label_of(self, name: str, language: Language) -> str:
        """Readable name of a field or a term."""
        label = self.fields[name].label if name in self.fields else self.readable.get(name)
        return (label and label[language]) or clean(name)

    def name_fields(self, language: Language) -> dict[str, str]:
        """Name all fields as people read them, each differently."""
        return distinguish({name: field.label[language] for name, field in self.fields.items()})

    @property
    def currency(self) -> str:
        """Currency of the credit; empty where it is not known."""
        credit = self.field_with_role("credit")
        return (credit and credit.currency) or ""

    def field_with_role(self, role: str) -> Field | None:
        """Field with a role in the credit asked for, such as the instalment; None where no field has it."""
        return next((field for field in self.fields.values() if field.role == role), None)


@dataclass(frozen=True, slots=True)
class _Identity:
    name: Name
    kind: Literal["number", "text"] = "number"
    digits: Annotated[int, Bounds(ge=1, le=18)] | None = None


@dataclass(frozen=True, slots=True)
class _Schema:
    fields: tuple[Field, ...]
    identity: _Identity | None = None
    target: Name | None = None
    left_out: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Shown:
    fields: Mapping[str, Described]


@dataclass(frozen=True, slots=True)
class _Choice:
    calibrated: Share


@dataclass(frozen=True, slots=True)
class _Band:
    low: Share
    high: Share

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise PydanticCustomError("order", "low at most as large as high")


@dataclass(frozen=True, slots=True)
class _Readable:
    label: Label


@dataclass(frozen=True, slots=True)
class _Training:
    synthetic: bool | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer of ``/model``, of a model with a manifest or without."""

    model_version: str
    threshold: Share
    features: tuple[Name, ...]
    input_schema: _Schema | None = None
    shown: _Shown | None = None
    importances: Mapping[str, Number] | None = None
    readable: Mapping[str, _Readable] | None = None
    calibration: Mapping[str, Any] | None = None
    threshold_choice: _Choice | None = None
    review_band: _Band | None = None
    synthetic_clients: bool | None = None
    training: _Training | None = None


_read_answer = reader(_Answer)


def read_model(content: bytes) -> Model:
    """Read the answer of ``/model``; raises ValidationError."""
    answer = _read_answer(content)
    shown = answer.shown.fields if answer.shown else {}
    identity = answer.input_schema.identity if answer.input_schema else None
    fields = answer.input_schema.fields if answer.input_schema else ()
    ignored = {answer.input_schema.target or "", *answer.input_schema.left_out} if answer.input_schema else {""}
    return Model(
        version=answer.model_version,
        threshold=answer.threshold,
        scale=_read_scale(answer),
        fields={one.name: replace(one, label=_name(one), shown=shown.get(one.name)) for one in fields},
        identity=identity.name if identity else None,
        ignored=frozenset(ignored - {""}),
        digits=identity.digits if identity else None,
        text_ids=identity is not None and identity.kind == "text",
        importances=dict(sorted((answer.importances or {}).items(), key=lambda item: -item[1])),
        readable={name: one.label for name, one in (answer.readable or {}).items()},
        columns=answer.features,
        synthetic=_list_synthetic(answer),
    )


def _name(field: Field) -> Label:
    """Label of a field; its name where a label is empty, since every input needs one."""
    return {"fr": field.label["fr"] or clean(field.name), "en": field.label["en"] or clean(field.name)}


def _list_synthetic(answer: _Answer) -> tuple[str, ...]:
    synthetic = {"clients": answer.synthetic_clients, "model": answer.training and answer.training.synthetic}
    return tuple(name for name, is_synthetic in synthetic.items() if is_synthetic)


def _read_scale(answer: _Answer) -> Scale:
    choice, band = answer.threshold_choice, answer.review_band
    if answer.calibration is None or choice is None:
        return Scale(calibrated=False, threshold=answer.threshold, review=None)
    return Scale(True, choice.calibrated, (band.low, band.high) if band else None)
