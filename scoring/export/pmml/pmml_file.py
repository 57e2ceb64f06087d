"""A model as a PMML 4.4 Scorecard whose score is the log-odds of default, with the reasons of the decision record."""

from typing import Literal
from xml.etree.ElementTree import Element, indent, tostring

from scoring.explanation.reasons import LEAST, MOST, NOTHING
from scoring.export.linear_model import Factor, LinearModel
from scoring.export.pieces import Piece, list_pieces
from scoring.export.pmml import expressions as xml
from scoring.export.pmml.pmml_fields import Fields

NAMESPACE = "http://www.dmg.org/PMML-4_4"
_LARGEST_VALUE = 1e30  # as the service limits the values of a row
_LARGEST_LOG_ODDS = 36.0  # as the calibration limits them
_NO_REASON = "not a reason"
_NEVER_REACHED = 1e6  # log-odds


def write_pmml(model: LinearModel, form: Literal["applications", "rows"]) -> bytes:
    """Write a model; raises ExportError where a name has characters that XML cannot hold."""
    root = _Scorecard(model, form).make()
    indent(root, " ")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


class _Scorecard:
    def __init__(self, model: LinearModel, form: Literal["applications", "rows"]) -> None:
        self._model, self._form = model, form
        self._fields = Fields(model, form)
        self._concepts = model.concepts()
        own_name = self._fields.own_name
        self._excess = {factor.name: own_name(f"weight of {factor.name}") for factor in model.factors}
        self._heaviest = {concept: own_name(f"heaviest of {concept}") for concept in self._concepts}
        self._outputs: dict[str, str] = {}

    def make(self) -> Element:
        model, fields = self._model, self._fields
        header = xml.make(
            "Header",
            xml.make("Application", name="scoring"),
            description="Log-odds and probability of default.",
            modelVersion=model.version,
        )
        local = xml.make("LocalTransformations", *fields.derived, *self._weigh_factors(), *self._weigh_concepts())
        scorecard = xml.make(
            "Scorecard",
            fields.make_mining_schema(),
            self._make_output(),
            local,
            self._make_characteristics(),
            modelName="scoring",
            functionName="regression",
            initialScore=repr(model.intercept),
            useReasonCodes="true",
            reasonCodeAlgorithm="pointsAbove",
            baselineMethod="other",
        )
        root = xml.make("PMML", header, fields.make_dictionary(), scorecard, version="4.4")
        root.set("xmlns", NAMESPACE)
        return root

    # Points

    def _pieces(self, place: int) -> tuple[str, tuple[Piece, ...]]:
        column = self._model.plan.columns[place]
        if self._form == "rows":
            return self._fields.sources[column.name], (Piece("else", None, None),)
        return self._fields.sources[column.source], list_pieces(column)

    def _make_characteristics(self) -> Element:
        model = self._model
        name_of = {place: factor.name for factor in model.factors for place in factor.columns}
        made = xml.make("Characteristics")
        for place, column in enumerate(model.plan.columns):
            # What must not be a reason never rises above its baseline.
            code = name_of.get(place, _NO_REASON)
            typical = model.weights[place] * model.typical[place] if place in name_of else _NEVER_REACHED
            source, pieces = self._pieces(place)
            attributes = [self._make_attribute(source, piece, model.weights[place]) for piece in pieces]
            xml.add(
                made,
                "Characteristic",
                *attributes,
                name=column.name,
                reasonCode=code,
                baselineScore=repr(typical + 0.0),
            )
        return made

    def _make_attribute(self, source: str, piece: Piece, weight: float) -> Element:
        test = xml.predicate(source, piece)
        if piece.value is not None:
            return xml.make("Attribute", test, partialScore=repr(weight * piece.value + 0.0))
        return xml.make("Attribute", test, xml.make("ComplexPartialScore", _weigh(source, weight)))

    def _weigh_factors(self) -> list[Element]:
        """Write the points of each factor, minus those of the typical client."""
        return [xml.derive(self._excess[factor.name], self._compare(factor)) for factor in self._model.factors]

    def _compare(self, factor: Factor) -> Element:
        points = []
        for place in factor.columns:
            (source, pieces), weight = self._pieces(place), self._model.weights[place]
            values = [
                _weigh(source, weight) if piece.value is None else xml.number(weight * piece.value) for piece in pieces
            ]
            points.append(xml.choose_by_pieces(source, list(zip(pieces, values, strict=True))))
        return xml.apply("-", xml.chain("+", points), xml.number(self._model.typical_part(factor)))

    def _weigh_concepts(self) -> list[Element]:
        """Write the weight of the heaviest factor of each concept; 0 if its factors lower the risk together."""
        made = []
        for concept, factors in self._concepts.items():
            weights = [self._excess[factor.name] for factor in factors]
            total = xml.chain("+", [xml.field(weight) for weight in weights])
            rises = xml.apply("greaterOrEqual", total, xml.number(NOTHING))
            heaviest = xml.chain("max", [xml.field(weight) for weight in weights])
            made.append(xml.derive(self._heaviest[concept], xml.apply("if", rises, heaviest, xml.number(0.0))))
        return made

    # Answers

    def _make_output(self) -> Element:
        policy, made = self._model.policy, xml.make("Output")
        self._answer(made, "log_odds", None, feature="predictedValue", final=False)
        self._answer(made, "probability", xml.logistic(self._outputs["log_odds"]))
        if policy.calibration:
            limits = xml.number(_LARGEST_LOG_ODDS), xml.number(-_LARGEST_LOG_ODDS)
            limited = xml.apply("max", xml.apply("min", xml.field(self._outputs["log_odds"]), limits[0]), limits[1])
            scaled = xml.apply("*", xml.number(policy.calibration.slope), limited)
            odds = xml.apply("+", xml.number(policy.calibration.intercept), scaled)
            self._answer(made, "calibrated_log_odds", odds, final=False)
            self._answer(made, "calibrated_probability", xml.logistic(self._outputs["calibrated_log_odds"]))
        decision = xml.apply("if", self._is_refused(), xml.text("REFUSED"), xml.text("ACCEPTED"))
        self._answer(made, "decision", decision, kind="string")
        if policy.review_band:
            calibrated = self._outputs["calibrated_probability"]
            above = xml.apply("greaterOrEqual", xml.field(calibrated), xml.number(policy.review_band.low))
            below = xml.apply("lessOrEqual", xml.field(calibrated), xml.number(policy.review_band.high))
            self._answer(made, "review", xml.apply("and", above, below), kind="boolean")
        for rank in range(1, MOST + 1):
            self._answer_reason(made, rank)
        return made

    def _answer(
        self,
        output: Element,
        name: str,
        expression: Element | None,
        kind: str = "double",
        feature: str = "transformedValue",
        final: bool = True,
        **more: str,
    ) -> None:
        self._outputs[name] = self._fields.own_name(name)
        xml.add(
            output,
            "OutputField",
            *([] if expression is None else [expression]),
            name=self._outputs[name],
            optype="continuous" if kind == "double" else "categorical",
            dataType=kind,
            feature=feature,
            **more,
            **({} if final else {"isFinalResult": "false"}),
        )

    def _is_refused(self) -> Element:
        return xml.apply(
            "greaterOrEqual", xml.field(self._outputs["probability"]), xml.number(self._model.policy.threshold)
        )

    def _answer_reason(self, output: Element, rank: int) -> None:
        """Answer concept, term and weight of one reason of a refused client."""
        weight, concept = f"weight_{rank}", f"concept_{rank}"
        self._answer(output, weight, xml.chain("max", [self._left(one, rank) for one in self._concepts]), final=False)
        named, term = xml.text(_NO_REASON), xml.text(_NO_REASON)
        for one, factors in reversed([*self._concepts.items()]):
            is_it = xml.apply("equal", self._left(one, rank), xml.field(self._outputs[weight]))
            named = xml.apply("if", is_it, xml.text(one), named)
            own = xml.text(factors[-1].name)
            for factor in reversed(factors[:-1]):
                is_own = xml.apply("equal", xml.field(self._excess[factor.name]), xml.field(self._outputs[weight]))
                own = xml.apply("if", is_own, xml.text(factor.name), own)
            term = xml.apply("if", is_it, own, term)
        known = [self._outputs["log_odds"]]
        self._answer(output, concept, xml.where_known(known, named), kind="string", final=False)
        self._answer(output, f"term_{rank}", xml.where_known(known, term), kind="string", final=False)
        heaviest = xml.apply("*", xml.number(LEAST), xml.field(self._outputs["weight_1"]))
        least = xml.apply("max", heaviest, xml.number(NOTHING))
        is_heavy = xml.apply("greaterOrEqual", xml.field(self._outputs[weight]), least)
        for answer, value, kind in (
            (f"reason_{rank}", concept, "string"),
            (f"reason_{rank}_term", f"term_{rank}", "string"),
            (f"reason_{rank}_contribution", weight, "double"),
        ):
            given = xml.apply("if", xml.chain("and", [self._is_refused(), is_heavy]), xml.field(self._outputs[value]))
            self._answer(output, answer, xml.where_known(known, given), kind=kind)

    def _left(self, concept: str, rank: int) -> Element:
        """Return the weight of a concept, or -1 where a reason of a lower rank is about it."""
        weight = xml.field(self._heaviest[concept])
        for before in range(1, rank):
            taken = xml.apply("equal", xml.field(self._outputs[f"concept_{before}"]), xml.text(concept))
            weight = xml.apply("if", taken, xml.number(-1.0), weight)
        return weight


def _weigh(source: str, weight: float) -> Element:
    limits = xml.number(-_LARGEST_VALUE), xml.number(_LARGEST_VALUE)
    limited = xml.apply("min", xml.apply("max", xml.field(source), limits[0]), limits[1])
    return xml.apply("*", xml.number(weight), limited)
