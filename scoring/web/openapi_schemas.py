"""What the OpenAPI document says of bodies and answers; read off the same types that check and write them."""

import re
from typing import Any

from pydantic import BaseModel

from scoring.application.fields import LARGEST, id_schema, markers
from scoring.explanation.answer import Explanation
from scoring.model.decision import Decision
from scoring.model.schema import InputSchema, SchemaField
from scoring.service import Service
from scoring.web.bodies import MOST_RECORDS
from scoring.web.routes.population import MOST_CONDITIONS, MOST_FEATURES, NUMBER, Population

Json = dict[str, Any]


def ref(name: str) -> Json:
    """Point to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def exactly(**properties: Any) -> Json:
    """Describe an object with just these keys, all of them there."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def list_of(items: Json, **more: Any) -> Json:
    """Describe a list."""
    return {"type": "array", "items": items, **more}


NULL: Json = {"type": "null"}
TEXT: Json = {"type": "string"}
TEXTS = list_of(TEXT)
COUNT: Json = {"type": "integer", "minimum": 0}
SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_NUMBERS = list_of({"type": "number"})
_ANY: Json = {}


def components(service: Service) -> Json:
    """Describe every body and answer."""
    features = service.bundle.scorer.features
    row = _row(service)
    number = row["properties"][features[0]]
    width = len(features)
    positional = list_of(number, minItems=width, maxItems=width, description="In the order of /features.")
    schemas = {
        "Problem": _problem(),
        "Row": row,
        "Rows": exactly(data=_records(ref("Row"))),
        "Positional": exactly(data=_records(positional)),
        "Predictions": exactly(predictions=list_of(ref("Decision"))),
        "Probability": exactly(probability=SHARE, threshold=SHARE),
        "Probabilities": exactly(probabilities=list_of(SHARE), threshold=SHARE),
        "Reading": _reading(),
        "Readings": exactly(records=list_of(ref("Reading"))),
        "Population": _population(),
        "Explanations": exactly(explanations=list_of(ref("Explanation"))),
        **_typed(Decision),
        **_typed(Explanation),
    }
    if service.preparer:
        schemas["Application"] = _application(service.preparer.schema, service.preparer.reader.adapter.json_schema())
        schemas["Applications"] = exactly(applications=_records(ref("Application")))
    return {"schemas": schemas}


def scorable(service: Service) -> Json:
    """Describe the bodies that can be scored."""
    names = [*(("Application", "Applications") if service.preparer else ()), "Rows", "Positional"]
    return {"anyOf": [ref(name) for name in names]}


def inspectable(service: Service) -> Json:
    """Describe the bodies that ``/data`` reports on: faulty records are what it is for."""
    wrapped = [exactly(**{key: _records(_ANY)}) for key in _wrappers(service)]
    if not service.preparer:
        return wrapped[0]
    fields = service.own_names
    taken = [{"required": [key]} for key in ("applications", "data") if key not in fields]
    lists = {key: {"not": {"type": "array"}} for key in ("applications", "data") if key in fields}
    plain = {"type": "object", "properties": lists, **({"not": {"anyOf": taken}} if taken else {})}
    return {"anyOf": [*wrapped, plain]}


def _wrappers(service: Service) -> tuple[str, ...]:
    return ("applications", "data") if service.preparer else ("data",)


def _records(items: Json) -> Json:
    # No maxItems: more is not a faulty body (422), but one to be cut in pieces (413).
    return list_of(items, minItems=1, description=f"At most {MOST_RECORDS} records.")


def _application(schema: InputSchema, described: Json) -> Json:
    if described.get("required"):
        return described
    # No field is required, yet one of them has to say something.
    given = [
        {"required": [field.name], "properties": {field.name: {"not": _nothing(field)}}} for field in schema.fields
    ]
    return {**described, "anyOf": given}


def _nothing(field: SchemaField) -> Json:
    return {"enum": [None, *markers(field)]} if markers(field) else NULL


def _row(service: Service) -> Json:
    number = {"type": "number", "minimum": -float(LARGEST), "maximum": float(LARGEST)}
    described = exactly(**dict.fromkeys(service.bundle.scorer.features, number))
    described["properties"][service.clients.identity.name] = id_schema(service.clients.identity)
    described["properties"][service.row_reader.target] = {"description": "Ignored, with a warning."}
    return described


def _typed(answer: type[BaseModel]) -> Json:
    """Describe an answer and its parts, each a component of its own."""
    whole = answer.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs"), answer.__name__: whole}


def _problem() -> Json:
    fault = {
        "type": "object",
        "properties": {
            "field": TEXT,
            "received": _ANY,
            "expected": TEXT,
            "truncated": {"const": True},
            "record": COUNT,
        },
        "required": ["field", "received", "expected"],
        "additionalProperties": False,
        "description": "One fault; record counts from 0 where several records were sent.",
    }
    status = {"type": "integer", "minimum": 400, "maximum": 599}
    return exactly(type=TEXT, title=TEXT, status=status, detail=TEXT, errors=list_of(fault))


def _reading() -> Json:
    client = {"type": ["integer", "string", "null"]}
    named = dict.fromkeys(("missing", "imputed", "unknown", "out_of_range", "not_used", "warnings"), TEXTS)
    parsed = {"type": "object", "description": "What was read, by field."}
    errors = _problem()["properties"]["errors"]
    return exactly(valid={"type": "boolean"}, client_id=client, parsed=parsed, **named, errors=errors)


def _population() -> Json:
    outcomes = exactly(accepted=COUNT, refused=COUNT)
    feature = exactly(
        name=TEXT,
        label=exactly(en=TEXT, fr=TEXT),
        unit={"type": ["string", "null"]},
        kind={"enum": ["number", "category"]},
        edges={"anyOf": [_NUMBERS, NULL]},
        categories={"anyOf": [TEXTS, NULL]},
        accepted=list_of(COUNT),
        refused=list_of(COUNT),
        missing=outcomes,
    )
    sample = exactly(
        features={"type": "object", "additionalProperties": list_of({"type": ["number", "string", "null"]})},
        probability=list_of(SHARE),
        calibrated_probability={"anyOf": [list_of(SHARE), NULL]},
        decision=list_of({"enum": ["ACCEPTED", "REFUSED"]}),
    )
    return exactly(total=COUNT, clients=COUNT, accepted=COUNT, refused=COUNT, features=list_of(feature), sample=sample)


def population_parameters(population: Population) -> list[Json]:
    """Describe ``features=`` and ``where=``."""
    names = [*population.numbers, *population.texts]
    several = list_of({"enum": names}, maxItems=MOST_FEATURES)
    conditions = [f"^(?:{_any_of(population.numbers)}):(?:{NUMBER}|(?:{NUMBER})?\\.\\.(?:{NUMBER})?)?$"]
    if population.texts:
        conditions.append(f"^(?:{_any_of(population.texts)}):[^\\u0000-\\u001f\\u007f]*$")
    condition = {"anyOf": [{"type": "string", "pattern": pattern} for pattern in conditions]}
    return [
        {
            "name": "features",
            "in": "query",
            "description": "Whose values to compare, separated by commas.",
            "schema": several,
            "style": "form",
            "explode": True,
        },
        {
            "name": "where",
            "in": "query",
            "description": "Only clients like these: `feature:value`, `feature:low..high` (either may be left out), "
            "`feature:` for missing. Several: all of them hold.",
            "schema": list_of(condition, maxItems=MOST_CONDITIONS),
            "style": "form",
            "explode": True,
        },
    ]


def _any_of(names: list[str]) -> str:
    """Write names as a pattern that Python and JavaScript read alike."""
    return "|".join(re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", name) for name in names)
