"""What ``/model`` tells: fields, scale, threshold, review band. Nothing is assumed of the lender."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Label = Mapping[str, str]  # by language: fr, en


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an application, as the API's schema describes it."""

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

    @property
    def counts_back(self) -> bool:
        """Whether it is a time before the application, written as negative days."""
        ends = [end for end in (self.minimum, self.maximum, *(self.usual or ())) if end is not None]
        return self.unit == "days" and bool(ends) and min(ends) < 0

    def text_of(self, category: str, language: str) -> str:
        """Say a category in words."""
        return (self.texts or {}).get(category, {}).get(language, category)


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale on which risks are shown, with what lies on it.

    Attributes
    ----------
    calibrated : it is the chance of default; else the model's own probability, for a model without a calibration.
    threshold : refused from here on, 0-1.
    review : low and high end of the band in which a person looks at the case; none where it is not known.
    """

    calibrated: bool
    threshold: float
    review: tuple[float, float] | None

    def risk_of(self, decision: Mapping[str, Any]) -> float:
        """Risk of a decision on this scale, 0-1."""
        risk: float = decision["calibrated_probability" if self.calibrated else "probability"]
        return risk


@dataclass(frozen=True, slots=True)
class Model:
    """The public part of the model.

    Attributes
    ----------
    version : which one.
    threshold : on the model's own scale, 0-1.
    scale : for risks.
    fields : of a raw application, by name; empty where the model takes none.
    identity : name of the column that names the client; none where the model does not tell.
    digits : of a client's number; none where lengths differ, or ids are texts.
    text_ids : ids are texts, not numbers.
    importances : by term, the most important first.
    readable : labels of terms that are no fields.
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
    made_up: tuple[str, ...]

    def made(self, decision: Mapping[str, Any]) -> bool:
        """Whether a decision is this model's, at this threshold."""
        return (decision["model_version"], decision["threshold"]) == (self.version, self.threshold)

    @property
    def takes_applications(self) -> bool:
        """Whether raw applications can be scored."""
        return bool(self.fields)

    def label_of(self, name: str, language: str) -> str:
        """Readable name of a field or a term."""
        label = self.fields[name].label if name in self.fields else self.readable.get(name, {})
        return label.get(language) or name

    def of_role(self, role: str) -> Field | None:
        """Return the field that plays a part in the credit asked for; none where no field does."""
        return next((field for field in self.fields.values() if field.role == role), None)


def read_model(answer: Mapping[str, Any]) -> Model:
    """Read the answer of ``/model``, of a model with a manifest or without."""
    schema = answer.get("input_schema") or {}
    identity = schema.get("identity") or {}
    importances = sorted((answer.get("importances") or {}).items(), key=lambda item: -item[1])
    return Model(
        version=answer["model_version"],
        threshold=answer["threshold"],
        scale=_scale(answer),
        fields={told["name"]: _field(told) for told in schema.get("fields", [])},
        identity=identity.get("name"),
        digits=identity.get("digits"),
        text_ids=identity.get("kind") == "text",
        importances=dict(importances),
        readable={name: told["label"] for name, told in (answer.get("readable") or {}).items()},
        columns=tuple(answer["features"]),
        made_up=_made_up(answer),
    )


def _made_up(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of clients and model are made up, or learnt from made-up clients."""
    told = {"clients": answer.get("synthetic_clients"), "model": (answer.get("training") or {}).get("synthetic")}
    return tuple(name for name, so in told.items() if so)


def _scale(answer: Mapping[str, Any]) -> Scale:
    choice, band = answer.get("threshold_choice"), answer.get("review_band")
    if answer.get("calibration") is None or choice is None:
        return Scale(calibrated=False, threshold=answer["threshold"], review=None)
    return Scale(True, choice["calibrated"], (band["low"], band["high"]) if band else None)


def _field(told: Mapping[str, Any]) -> Field:
    kept: dict[str, Any] = {name: told[name] for name in Field.__slots__ if told.get(name) is not None}
    listed: dict[str, Any] = {name: tuple(kept[name]) for name in ("usual", "categories", "missing") if name in kept}
    kept.update(listed)
    return Field(**kept)
