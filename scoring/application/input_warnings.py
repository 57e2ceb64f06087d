"""Warnings, in both languages, about what is unusual in an application but does not prevent a decision."""

import math
from collections.abc import Mapping

from scoring.errors import shorten
from scoring.model.decision import InputWarning, WarningCode, WarningDetail
from scoring.model.schema import LARGEST, Comparison, InputSchema, SchemaField, Text, move_outwards
from scoring.readable.terms import Range, make_field_term
from scoring.readable.wording import describe_number, describe_value

HISTORY = "history"  # reserved for raw bureau and other records
# How far a difference may lie outside its usual range without a warning, as a share of the range's width
_TOLERANCE = 0.02


def ignored_field(name: str) -> InputWarning:
    """Make the warning that the target was given and is ignored."""
    en = f"{name}: ignored, since it is what the model predicts."
    fr = f"{name}\u00a0: ignoré, puisque c'est ce que le modèle prédit."
    return _warning(name, "ignored_field", "ignored; it is what the model predicts", en, fr)


def left_out_field(name: str) -> InputWarning:
    """Make the warning that a column is ignored because training left it out."""
    en = f"{name}: ignored, since training left this column out."
    fr = f"{name}\u00a0: ignoré, puisque cette colonne a été écartée à l'entraînement."
    return _warning(name, "ignored_field", "ignored; training left this column out", en, fr)


def history_imputed(count: int, columns: int) -> InputWarning:
    """Make the warning that history is not given, so that ``count`` of the model's ``columns`` columns are imputed."""
    imputed = f"not provided; {count} of {columns} model columns come from credit history and were imputed"
    fr = (
        f"Historique de crédit\u00a0: non fourni\u202f; {count} des {columns} colonnes du modèle en proviennent et ont "
        "été remplacées par les valeurs prévues en cas d'absence."
    )
    return _warning(HISTORY, "history_imputed", imputed, f"Credit history: {imputed}.", fr)


def unknown_category(field: SchemaField, value: str) -> InputWarning:
    """Make the warning that training has not seen a category."""
    text = shorten(value)
    message = f"{text!r} is not among the categories of training; treated as unknown"
    en = f"{field.label.en}: “{text}” did not occur in training and is treated as unknown."
    unseen = f"«\u00a0{text}\u00a0» n'a jamais été vu à l'entraînement\u202f; traité comme non renseigné."
    fr = f"{field.label.fr}\u00a0: {unseen}"
    return _warning(field.name, "unknown_category", message, en, fr)


def out_of_usual_range(field: SchemaField, value: float) -> InputWarning:
    """Make the warning that a number is far from all numbers in the training data."""
    low, high = field.usual or (0.0, 0.0)
    term = make_field_term(field)
    own, usual = describe_value(term, value), describe_value(term, Range(low, high, closed=True))
    message = f"{value:.15g} is far outside the usual range of training ({_round(low)} to {_round(high)})"
    en = f"{field.label.en}: {own.en} is far outside the usual range of training ({usual.en})."
    fr = f"{field.label.fr}\u00a0: {own.fr} est très éloigné de la plage habituelle de l'entraînement ({usual.fr})."
    return _warning(field.name, "out_of_usual_range", message, en, fr)


def _round(number: float) -> str:
    """Write a number with at most six digits that are not 0, and without an exponent where that can be read.

    >>> _round(2512206.594), _round(0.0263753)
    ('2512210', '0.0263753')
    """
    return f"{float(f'{number:.6g}'):.15g}"


class Comparer:
    """Compares the fields that belong together; a value that is missing is not compared.

    Parameters
    ----------
    schema : has the comparisons; those without a usual range are left out.
    """

    def __init__(self, schema: InputSchema) -> None:
        self._fields = {field.name: field for field in schema.fields}
        self._bounds = [
            (one.first, one.second, one.kind == "ratio", *_bounds(one, *one.usual), one)
            for one in schema.comparisons
            if one.usual is not None
        ]

    def __call__(self, record: Mapping[str, float | str | None]) -> list[InputWarning]:
        """Warn about each pair of values that is far from all such pairs in the training data."""
        warnings = []
        for first, second, is_ratio, low, high, comparison in self._bounds:
            one, other = record.get(first), record.get(second)
            if one is None or other is None or (is_ratio and other == 0):
                continue
            value = one / other if is_ratio else one - other  # type: ignore[operator]
            if not low <= value <= high:
                warnings.append(self._warn(comparison, value, one, other))
        return warnings

    def _warn(self, compared: Comparison, value: float, *values: float | str | None) -> InputWarning:
        low, high = compared.usual or (0.0, 0.0)
        value = min(max(value, -float(LARGEST)), float(LARGEST))  # a divisor near zero would make it infinite
        first, second = self._fields[compared.first], self._fields[compared.second]
        words = {
            "value": describe_number(value, compared.unit),
            "usual": describe_number(Range(low, high), compared.unit),
            "first": describe_value(make_field_term(first), values[0]),
            "second": describe_value(make_field_term(second), values[1]),
        }
        en, fr = (
            getattr(compared.text, language).format(**{name: getattr(text, language) for name, text in words.items()})
            for language in ("en", "fr")
        )
        sign = "/" if compared.kind == "ratio" else "-"
        usual = f"{_round(low)} to {_round(high)}"
        message = f"{first.name} {sign} {second.name} is {_round(value)}, usually {usual} in training"
        return _warning(first.name, "unusual_combination", message, en, fr)


def _bounds(compared: Comparison, low: float, high: float) -> tuple[float, float]:
    """Return the bounds outside which a comparison gives a warning."""
    if compared.kind == "ratio":
        low, high = move_outwards(low, high)
    else:
        low, high = low - _TOLERANCE * (high - low), high + _TOLERANCE * (high - low)
    return -math.inf if compared.side == "above" else low, math.inf if compared.side == "below" else high


def _warning(field: str, code: WarningCode, message: str, en: str, fr: str) -> InputWarning:
    return InputWarning(f"{field}: {message}", WarningDetail(field=field, code=code, text=Text(en=en, fr=fr)))
