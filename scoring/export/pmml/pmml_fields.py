"""Fields of a PMML file: what it reads, and what is derived from that before the scorecard, as the service reads it."""

from collections.abc import Iterator
from typing import Literal
from xml.etree.ElementTree import Element

from scoring.application.fields import category_text, markers
from scoring.export.linear_model import LinearModel
from scoring.export.pmml import expressions as xml
from scoring.model.plan import Derived
from scoring.model.schema import LARGEST, NO_CODE, SchemaField


class Fields:
    """Reads and derives the fields of a model.

    Attributes
    ----------
    sources : the field that holds each source of the plan, or each model-ready column.
    derived : derived fields, in the order of computation.
    """

    def __init__(self, model: LinearModel, form: Literal["applications", "rows"]) -> None:
        self._model, self._form = model, form
        self._fields = {field.name: field for field in model.schema.fields}
        plan = model.plan
        self._codes = {name: of for name in plan.raw_categories() if (of := self._codes_of(name))}
        self._numbers = list(dict.fromkeys([*plan.raw_numbers(), *self._codes.values()]))
        self._texts = [name for name in plan.raw_categories() if name not in self._codes]
        if form == "rows":
            self._numbers, self._texts, self._codes = plan.feature_names(), [], {}
        self._taken = {*self._numbers, *self._texts}
        self.sources = {name: name for name in (*self._numbers, *self._texts)}
        self.derived = [] if form == "rows" else list(self._derive())

    def own_name(self, name: str) -> str:
        """Return a name that no other field has."""
        free, number = name, 1
        while free in self._taken:
            number += 1
            free = f"{name} ({number})"
        self._taken.add(free)
        return free

    def make_dictionary(self) -> Element:
        """Make the DataDictionary: types, valid values and missing-value markers."""
        described = [self._describe_number(name) for name in self._numbers]
        described += [self._describe_text(name) for name in self._texts]
        return xml.make("DataDictionary", *described, numberOfFields=str(len(described)))

    def make_mining_schema(self) -> Element:
        """Make the MiningSchema; an invalid value gives no score, nor does a required one that is missing."""
        used = []
        for name in (*self._numbers, *self._texts):
            required = self._form == "rows" or (name in self._fields and self._fields[name].required)
            missing = {"missingValueTreatment": "returnInvalid"} if required else {}
            used.append(
                xml.make("MiningField", name=name, usageType="active", invalidValueTreatment="returnInvalid", **missing)
            )
        return xml.make("MiningSchema", *used)

    def _codes_of(self, name: str) -> str | None:
        return self._fields[name].codes_of if name in self._fields else None

    def _describe_number(self, name: str) -> Element:
        described = xml.make("DataField", name=name, optype="continuous", dataType="double")
        field = self._fields.get(name) if self._form == "applications" else None
        low = -float(LARGEST) if field is None or field.minimum is None else float(field.minimum)
        high = float(LARGEST) if field is None or field.maximum is None else float(field.maximum)
        left = "open" if field and field.exclusive and field.minimum is not None else "closed"
        xml.add(described, "Interval", closure=f"{left}Closed", leftMargin=repr(low), rightMargin=repr(high))
        known = [one for one in sorted(markers(field), key=str) if not isinstance(one, str)] if field else []
        for marker in known:
            if name in self._codes.values():  # its codes are still needed
                xml.add(
                    described, "Interval", closure="closedClosed", leftMargin=repr(marker), rightMargin=repr(marker)
                )
            else:
                xml.add(described, "Value", value=repr(marker), property="missing")
        return described

    def _describe_text(self, name: str) -> Element:
        described = xml.make("DataField", name=name, optype="categorical", dataType="string")
        for marker in sorted(markers(self._fields[name]), key=str) if name in self._fields else ():
            xml.add(described, "Value", value=str(marker), property="missing")
        return described

    def _derive(self) -> Iterator[Element]:
        plan = self._model.plan
        for name, source in self._codes.items():
            self.sources[name] = self.own_name(name)
            yield xml.derive(self.sources[name], self._find_code(self._fields[source]), "string")
        for name in (*self._numbers, *self._texts, *self._codes):
            absent = {*plan.missing_values.get(name, ())}
            if name in self._codes.values():
                absent |= markers(self._fields[name])
            if absent:
                given = self.sources[name]
                self.sources[name] = self.own_name(f"{name}, if known")
                kind = "double" if name in self._numbers else "string"
                yield xml.derive(self.sources[name], _without(given, sorted(absent, key=str), kind), kind)
        for step in plan.derived:
            self.sources[step.name] = self.own_name(step.name)
            yield xml.derive(self.sources[step.name], self._operate(step))

    def _find_code(self, source: SchemaField) -> Element:
        code = xml.text(NO_CODE)
        for marker in source.missing:
            if not isinstance(marker, str):
                is_it = xml.apply("equal", xml.field(source.name), xml.number(marker))
                code = xml.apply("if", is_it, xml.text(category_text(float(marker))), code)
        return xml.where_known([source.name], code)

    def _operate(self, step: Derived) -> Element:
        inputs = [self.sources[name] for name in step.inputs]
        fields = [xml.field(name) for name in inputs]
        if step.operation == "missing_count":
            ones = [xml.apply("if", xml.apply("isMissing", one), xml.number(1.0), xml.number(0.0)) for one in fields]
            return xml.chain("+", ones)
        if step.operation in {"minimum", "maximum", "mean"}:
            function = {"minimum": "min", "maximum": "max", "mean": "avg"}[step.operation]
            return xml.apply(function, *fields)  # missing inputs are ignored
        if step.operation == "ratio":
            is_divisor = xml.apply("notEqual", xml.field(inputs[1]), xml.number(0.0))
            return xml.where_known(inputs, xml.apply("if", is_divisor, _finite(xml.apply("/", *fields))))
        if step.operation == "log":
            return xml.where_known(inputs, _log(inputs[0]))
        return xml.where_known(inputs, _finite(xml.chain("*", fields * 2 if step.operation == "square" else fields)))


def _without(name: str, absent: list[float | str], kind: str) -> Element:
    """Return the value of a field unless it is one of those listed, and nothing otherwise."""
    differs = [
        xml.apply("notEqual", xml.field(name), xml.text(one) if isinstance(one, str) else xml.number(one))
        for one in absent
        if isinstance(one, str) is (kind == "string")
    ]
    return xml.where_known([name], xml.apply("if", xml.chain("and", differs), xml.field(name)))


def _finite(expression: Element) -> Element:
    inside = xml.apply("lessOrEqual", xml.apply("abs", expression), xml.number(xml.LARGEST_DOUBLE))
    return xml.apply("if", inside, expression)


def _log(name: str) -> Element:
    """Logarithm of 1 + |x|, to the last digits also where x is next to zero (Kahan's form)."""
    size = xml.apply("abs", xml.field(name))
    more = xml.apply("+", xml.number(1.0), size)
    share = xml.apply("/", size, xml.apply("-", more, xml.number(1.0)))
    return xml.apply(
        "if", xml.apply("equal", more, xml.number(1.0)), size, xml.apply("*", xml.apply("ln", more), share)
    )
