"""Home Credit's application as an input schema, read from `input_schema.csv`."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from scoring.model.schema import (
    Comparison,
    Identity,
    InputSchema,
    Readable,
    SchemaField,
    SentenceKind,
    Sentences,
    Tariff,
    Text,
)

TARIFFS = "tariffs.csv"  # written by ``python -m tools.tariffs``
_BETWEEN = "|"  # separates the items of one cell


def load_schema() -> InputSchema:
    """Return the 120 fields of an application, in the order of the publisher's table.

    >>> fields = load_schema().fields
    >>> len(fields), fields[0].name, fields[0].label.fr
    (120, 'NAME_CONTRACT_TYPE', 'Type de crédit')
    >>> load_schema().field("DAYS_EMPLOYED").missing
    (365243.0,)
    """
    texts: dict[str, dict[str, Text]] = {}
    for line in _read_lines("categories.csv"):
        texts.setdefault(line["field"], {})[line["category"]] = Text(en=line["en"], fr=line["fr"])
    fields = tuple(_parse_field(line, texts.get(line["name"], {})) for line in _read_lines("input_schema.csv"))
    tariffs = tuple(Tariff.model_validate(line) for line in _read_lines(TARIFFS))
    identity = Identity(name="SK_ID_CURR", digits=6)
    return InputSchema(
        identity=identity,
        target="TARGET",
        fields=fields,
        comparisons=tuple(_read_comparisons()),
        tariffs=tariffs,
    )


def _read_comparisons() -> Iterator[Comparison]:
    for line in _read_lines("comparisons.csv"):
        text = {language: line.pop(language) for language in ("en", "fr")}
        yield Comparison.model_validate({**line, "text": text})


def name_derived_numbers() -> dict[str, Readable]:
    """Return readable names of the derived numbers.

    >>> name_derived_numbers()["EXTERNAL_MEAN"].label.en
    'Average of the external scores (outside providers)'
    """
    return {line["name"]: _parse_readable(line) for line in _read_lines("derived_names.csv")}


def _parse_readable(line: dict[str, str]) -> Readable:
    values: dict[str, object] = {name: line[name] for name in ("unit", "concept", "riskier", "scale") if line[name]}
    label = {"en": line["label_en"], "fr": line["label_fr"]}
    coded = _read_text(line["coded_en"] or None, line["coded_fr"])
    return Readable.model_validate(
        {**values, "label": label, "coded": coded, "sentences": list_sentences(line["name"])}
    )


@cache
def _read_sentences() -> Mapping[str, Sentences]:
    found: dict[str, dict[SentenceKind, Text]] = {}
    for line in _read_lines("sentences.csv"):
        found.setdefault(line["about"], {})[line["when"]] = Text(en=line["en"], fr=line["fr"])  # type: ignore[index]
    return found


def list_sentences(about: str) -> Sentences:
    """Return the sentences about a field, a derived number, or what a history feature measures.

    >>> list_sentences("DAYS_EMPLOYED")["known"].fr
    'Le client occupe son emploi actuel depuis {value}.'
    """
    return _read_sentences().get(about, {})


def _read_lines(name: str) -> Iterator[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _parse_field(line: dict[str, str], texts: Mapping[str, Text]) -> SchemaField:
    values: dict[str, object] = {name: cell for name, cell in line.items() if cell}
    values["texts"], values["sentences"] = texts, list_sentences(line["name"])
    for name in ("label", "description", "justification"):
        values[name] = _read_text(values.pop(f"{name}_en", None), values.pop(f"{name}_fr", None))
    missing = _split(line["missing"])
    values["missing"] = missing if line["type"] == "category" else tuple(float(number) for number in missing)
    for several in ("proxy_categories", "open_ended"):
        values[several] = _split(line[several])
    return SchemaField.model_validate(values)


def _read_text(en: object, fr: object) -> Text | None:
    return None if en is None else Text(en=str(en), fr=str(fr))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(_BETWEEN)) if cell else ()
