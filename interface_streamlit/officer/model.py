"""What ``/model`` answers: fields, scale, threshold, review band. Nothing about the lender is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Label = Mapping[str, str]  # by language: fr, en
YEAR = 365.25  # days


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an application, as the API's schema describes it; ``shown`` has its values in words, by name."""

    name: str
    type: Literal["number", "integer", "category"]
    label: Label
    unit: str | None = None
    description: Label | None = None
    required: bool = False
    changeable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    exclusive: bool = False
    usual: tuple[float, float] | None = None
    categories: tuple[str, ...] = ()
    texts: Mapping[str, Label] | None = None
    missing: tuple[float | str, ...] = ()
    role: str | None = None
    tier: str = "justified"
    shown: Mapping[str, Label | None] | None = None

    @property
    def counts_back(self) -> bool:
        """Whether it is a time before the application, written as negative days."""
        ends = [end for end in (self.minimum, self.maximum, *(self.usual or ())) if end is not None]
        return self.unit == "days" and bool(ends) and min(ends) < 0

    def category_text(self, category: str, language: str) -> str:
        """Name a category as people read it."""
        return (self.texts or {}).get(category, {}).get(language, category)

    def describe(self, what: str, language: str) -> str:
        """Describe the ``expected``, ``expected_typed`` or ``usual`` values in words; empty where nothing is known."""
        return ((self.shown or {}).get(what) or {}).get(language, "")


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

    def get_risk(self, decision: Mapping[str, Any]) -> float:
        """Risk of a decision on this scale, 0-1."""
        risk: float = decision["calibrated_probability" if self.calibrated else "probability"]
        return risk


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
    digits: int | None
    text_ids: bool
    importances: Mapping[str, float]
    readable: Mapping[str, Label]
    columns: tuple[str, ...]
    synthetic: tuple[str, ...]

    def made_decision(self, decision: Mapping[str, Any]) -> bool:
        """Whether this model made a decision, with this threshold."""
        return (decision["model_version"], decision["threshold"]) == (self.version, self.threshold)

    @property
    def takes_applications(self) -> bool:
        """Whether raw applications can be scored."""
        return bool(self.fields)

    def label_of(self, name: str, language: str) -> str:
        """Readable name of a field or a term."""
        label = self.fields[name].label if name in self.fields else self.readable.get(name, {})
        return label.get(language) or name

    def field_with_role(self, role: str) -> Field | None:
        """Field with a role in the credit asked for, such as the instalment; None where no field has it."""
        return next((field for field in self.fields.values() if field.role == role), None)


def read_model(answer: Mapping[str, Any]) -> Model:
    """Read the answer of ``/model``, of a model with a manifest or without."""
    schema, shown = answer.get("input_schema") or {}, (answer.get("shown") or {}).get("fields", {})
    identity = schema.get("identity") or {}
    importances = sorted((answer.get("importances") or {}).items(), key=lambda item: -item[1])
    return Model(
        version=answer["model_version"],
        threshold=answer["threshold"],
        scale=_read_scale(answer),
        fields={one["name"]: _read_field(one, shown.get(one["name"])) for one in schema.get("fields", [])},
        identity=identity.get("name"),
        digits=identity.get("digits"),
        text_ids=identity.get("kind") == "text",
        importances=dict(importances),
        readable={name: one["label"] for name, one in (answer.get("readable") or {}).items()},
        columns=tuple(answer["features"]),
        synthetic=_list_synthetic(answer),
    )


def _list_synthetic(answer: Mapping[str, Any]) -> tuple[str, ...]:
    synthetic = {"clients": answer.get("synthetic_clients"), "model": (answer.get("training") or {}).get("synthetic")}
    return tuple(name for name, is_synthetic in synthetic.items() if is_synthetic)


def _read_scale(answer: Mapping[str, Any]) -> Scale:
    choice, band = answer.get("threshold_choice"), answer.get("review_band")
    if answer.get("calibration") is None or choice is None:
        return Scale(calibrated=False, threshold=answer["threshold"], review=None)
    return Scale(True, choice["calibrated"], (band["low"], band["high"]) if band else None)


def _read_field(answer: Mapping[str, Any], shown: Any) -> Field:
    values: dict[str, Any] = {name: answer[name] for name in Field.__slots__ if answer.get(name) is not None}
    listed: dict[str, Any] = {
        name: tuple(values[name]) for name in ("usual", "categories", "missing") if name in values
    }
    values.update(listed)
    return Field(**values, shown=shown)
