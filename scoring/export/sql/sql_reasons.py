"""The last steps of a query: the reasons for a refusal, as ``batch`` writes them.

Layer by layer: what each factor adds; the sum of each concept and its strongest factor; the four concepts with the
heaviest ones. The largest of some columns is found by ``greatest``, each time without those found before.
"""

from scoring.explanation.reasons import LEAST, MOST, NOTHING
from scoring.export.linear_model import Factor, LinearModel
from scoring.export.sql.sql_columns import ColumnWriter
from scoring.export.sql.sql_dialect import Dialect
from scoring.export.sql.sql_layers import Column, Layer, Names, keep

_NO_REASON = -1e300  # less than any weight


class ReasonLayers:
    """Makes the columns of reasons.

    Parameters
    ----------
    points : names of the columns that hold the points of each model-ready column.
    writer : of model-ready columns.
    """

    def __init__(self, model: LinearModel, dialect: Dialect, points: Names, writer: ColumnWriter) -> None:
        self._model, self._dialect, self._points, self._writer = model, dialect, points, writer
        self._concepts = model.concepts()
        self._numbers = {factor.name: i for i, factor in enumerate(model.factors, 1)}
        self._places = {concept: i for i, concept in enumerate(self._concepts, 1)}

    def list_values(self) -> list[Column]:
        """Return what the value of each factor counts as a reason, where a table of values says so."""
        found = []
        for factor in self._model.factors:
            if factor.values is not None:
                column = self._model.plan.columns[factor.columns[0]]
                keys = {value: _NO_REASON if key is None else key for value, key in factor.values.items()}
                found.append(Column(self._writer.look_up(column, keys, _NO_REASON), self._point("key", factor)))
        return found

    def _point(self, what: str, factor: Factor) -> str:
        name = f"{what}_{self._numbers[factor.name]}"
        return self._points.of(f"\0{name}", name)

    def list_factors(self) -> list[Column]:
        """Return the points of each factor, minus those of the typical client, and what they count as a reason."""
        found = []
        for factor in self._model.factors:
            number = self._numbers[factor.name]
            names = [self._points.of(self._model.plan.columns[place].name) for place in factor.columns]
            excess = f"{' + '.join(names)} - {self._dialect.number(self._model.typical_part(factor))}"
            found.append(Column(excess, f"factor_{number}"))
            found.append(Column(excess if factor.values is None else self._point("key", factor), f"key_{number}"))
        return found

    def list_concepts(self) -> list[Column]:
        """Return the sum of each concept's factors, and name, key and weight of the factor that weighs most in it."""
        found = []
        for concept, factors in self._concepts.items():
            place, numbers = self._places[concept], [self._numbers[factor.name] for factor in factors]
            keys = [f"key_{number}" for number in numbers]
            texts = {number: self._dialect.text(factor.name) for number, factor in zip(numbers, factors, strict=True)}
            weights = {number: f"factor_{number}" for number in numbers}
            largest = f"greatest({', '.join(keys)})" if len(keys) > 1 else keys[0]
            found += [
                Column(" + ".join(f"factor_{number}" for number in numbers), f"concept_{place}"),
                Column(largest, f"best_{place}"),
                Column(
                    _choose(largest, {f"key_{number}": text for number, text in texts.items()}), f"strongest_{place}"
                ),
                Column(_choose(largest, {f"key_{number}": one for number, one in weights.items()}), f"told_{place}"),
            ]
        return found

    def list_heaviest(self) -> list[Column]:
        """Return the columns of ``list_concepts``."""
        places = self._places.values()
        return keep(*(f"{what}_{place}" for place in places for what in ("concept", "strongest", "best", "told")))

    def make(self, *kept: str) -> list[Layer]:
        """Make the layers that find the heaviest concepts one by one; they hand on the columns named."""
        places = self._places.values()
        orders = [Column(self._put_in_order(place), f"order_{place}") for place in places]
        needed = [f"{what}_{place}" for place in places for what in ("strongest", "told")]
        layers, found = [Layer("ordered", [*keep(*kept, *needed), *orders])], list[str]()
        needed += [f"order_{place}" for place in places]
        for rank in range(1, MOST + 1):
            columns = keep(*kept, *needed, *found)
            layers.append(Layer(f"weight_{rank}", [*columns, Column(self._find_largest(rank), f"weight_{rank}")]))
            columns = [*columns, *keep(f"weight_{rank}")]
            layers.append(Layer(f"place_{rank}", [*columns, Column(self._find_place(rank), f"place_{rank}")]))
            found += [f"weight_{rank}", f"place_{rank}"]
        return layers

    def _put_in_order(self, place: int) -> str:
        """Return what a concept is put in order by; NULL where it is no reason."""
        least = self._dialect.number(NOTHING)
        return f"CASE WHEN best_{place} >= {least} AND concept_{place} >= {least} THEN best_{place} END"

    def _find_largest(self, rank: int) -> str:
        left = []
        for place in self._places.values():
            taken = " OR ".join(f"place_{before} = {place}" for before in range(1, rank))
            left.append(f"CASE WHEN {taken} THEN NULL ELSE order_{place} END" if taken else f"order_{place}")
        return f"greatest({', '.join(left)})" if len(left) > 1 else left[0]

    def _find_place(self, rank: int) -> str:
        cases = []
        for place in self._places.values():
            free = "".join(f"place_{before} <> {place} AND " for before in range(1, rank))
            heavy = f" AND weight_{rank} >= {self._dialect.number(LEAST)} * weight_1" if rank > 1 else ""
            cases.append(f"WHEN {free}order_{place} = weight_{rank}{heavy} THEN {place}")
        return f"CASE {' '.join(cases)} END"

    def list_answers(self, refused: str) -> list[Column]:
        """Return code, concept and contribution of each reason; NULL where there is none."""
        answers = list[Column]()
        concepts = {str(place): self._dialect.text(concept) for concept, place in self._places.items()}
        for rank in range(1, MOST + 1):
            for what, values in (
                ("", {place: f"strongest_{place}" for place in concepts}),
                ("_concept", concepts),
                ("_contribution", {place: f"told_{place}" for place in concepts}),
            ):
                chosen = _choose(f"place_{rank}", values)
                answers.append(Column(f"CASE WHEN {refused} THEN {chosen} END", f"reason_{rank}{what}"))
        return answers


def _choose(what: str, values: dict[str, str]) -> str:
    return f"CASE {what} {' '.join(f'WHEN {case} THEN {value}' for case, value in values.items())} END"
