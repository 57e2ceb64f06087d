"""The last steps of a query: the concepts that speak most against a refused client, as the service records them.

The largest of some columns is found by ``greatest``, four times over, each time without those found before.
"""

from scoring.explanation.reasons import LEAST, MOST, NOTHING
from scoring.export.linear_model import Factor, LinearModel
from scoring.export.sql_dialect import Dialect
from scoring.export.sql_layers import Column, Layer, Names, keep


class ReasonLayers:
    """Makes the columns of reasons.

    Parameters
    ----------
    points : names of the columns that hold the points of each model-ready column.
    """

    def __init__(self, model: LinearModel, dialect: Dialect, points: Names) -> None:
        self._model, self._dialect, self._points = model, dialect, points
        self._concepts = model.concepts()
        self._factors = {factor.name: f"factor_{i}" for i, factor in enumerate(model.factors, 1)}
        self._sums = {concept: f"concept_{i}" for i, concept in enumerate(self._concepts, 1)}
        self._strongest = {concept: f"strongest_{i}" for i, concept in enumerate(self._concepts, 1)}

    def list_factors(self) -> list[Column]:
        """Return the points of each factor, minus those of the typical client."""
        return [Column(self._excess(factor), self._factors[factor.name]) for factor in self._model.factors]

    def _excess(self, factor: Factor) -> str:
        names = [self._points.of(self._model.plan.columns[place].name) for place in factor.columns]
        return f"{' + '.join(names)} - {self._dialect.number(self._model.typical_part(factor))}"

    def list_concepts(self) -> list[Column]:
        """Return the sum of each concept's factors, and the name of the factor that weighs most in it."""
        found = []
        for concept, factors in self._concepts.items():
            names = [self._factors[factor.name] for factor in factors]
            found.append(Column(" + ".join(names), self._sums[concept]))
            found.append(Column(self._find_strongest(factors), self._strongest[concept]))
        return found

    def _find_strongest(self, factors: tuple[Factor, ...]) -> str:
        text, names = self._dialect.text, [self._factors[factor.name] for factor in factors]
        if len(factors) == 1:
            return text(factors[0].name)
        pairs = zip(factors, names, strict=True)
        cases = " ".join(f"WHEN {name} THEN {text(factor.name)}" for factor, name in pairs)
        return f"CASE greatest({', '.join(names)}) {cases} END"

    def concept_names(self) -> list[str]:
        """Return the names of the columns of ``list_concepts``."""
        return [*self._sums.values(), *self._strongest.values()]

    def make(self, *kept: str) -> list[Layer]:
        """Make the layers that find the heaviest concepts one by one; they hand on the columns named."""
        layers, found = [], list[str]()
        for rank in range(1, MOST + 1):
            columns = keep(*kept, *self.concept_names(), *found)
            layers.append(Layer(f"weight_{rank}", [*columns, Column(self._find_largest(rank), f"weight_{rank}")]))
            columns = [*columns, *keep(f"weight_{rank}")]
            layers.append(Layer(f"place_{rank}", [*columns, Column(self._find_place(rank), f"place_{rank}")]))
            found += [f"weight_{rank}", f"place_{rank}"]
        return layers

    def _find_largest(self, rank: int) -> str:
        left = []
        for place, name in enumerate(self._sums.values(), 1):
            taken = " OR ".join(f"place_{before} = {place}" for before in range(1, rank))
            left.append(f"CASE WHEN {taken} THEN NULL ELSE {name} END" if taken else name)
        return f"greatest({', '.join(left)})" if len(left) > 1 else left[0]

    def _find_place(self, rank: int) -> str:
        cases = []
        for place, name in enumerate(self._sums.values(), 1):
            free = "".join(f"place_{before} <> {place} AND " for before in range(1, rank))
            cases.append(f"WHEN {free}{name} = weight_{rank} THEN {place}")
        return f"CASE {' '.join(cases)} END"

    def list_answers(self, refused: str) -> list[Column]:
        """Return code, factor and contribution of each reason; NULL where it weighs too little, or is none."""
        number, answers = self._dialect.number, list[Column]()
        for rank in range(1, MOST + 1):
            heavy = f"weight_{rank} >= greatest({number(LEAST)} * weight_1, {number(NOTHING)})"
            given = f"CASE WHEN {refused} AND {heavy} THEN"
            codes = self._choose(rank, {concept: self._dialect.text(concept) for concept in self._sums})
            factors = self._choose(rank, self._strongest)
            answers += [
                Column(f"{given} {codes} END", f"reason_{rank}"),
                Column(f"{given} {factors} END", f"reason_{rank}_factor"),
                Column(f"{given} weight_{rank} END", f"reason_{rank}_contribution"),
            ]
        return answers

    def _choose(self, rank: int, values: dict[str, str]) -> str:
        cases = " ".join(f"WHEN {place} THEN {values[concept]}" for place, concept in enumerate(self._sums, 1))
        return f"CASE place_{rank} {cases} END"
