"""Schemas of the OpenAPI document, generated from the types that read bodies and write answers."""

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from scoring.application.fields import markers
from scoring.application.uploaded import Upload
from scoring.decisions.history import DecisionPage, RecordedDecision
from scoring.decisions.reviews import Override, Review, ReviewQueue, ReviewRequest
from scoring.model.schema import InputSchema
from scoring.monitoring.overview.look_parts import Look
from scoring.service import Service
from scoring.storage.clients.known_clients import Fact
from scoring.web import answers
from scoring.web.body.bodies import MOST_RECORDS
from scoring.web.letter.letter import Letter
from scoring.web.model_info import ModelInfo
from scoring.web.routes.population import MOST_CONDITIONS, MOST_FEATURES, NUMBER, Features

Json = dict[str, Any]
# The components of the document; IdPage and Facts are described within their operations.
_ANSWERS: tuple[Any, ...] = (
    *(answers.Problem, answers.Predictions, answers.Probability, answers.Probabilities, answers.Explanations),
    *(answers.Inspections, Upload, Fact, answers.PopulationSummary, answers.Index),
    *(RecordedDecision, DecisionPage, Letter, Review, ReviewQueue, Look),
    *(answers.Features, answers.Threshold, ModelInfo, answers.Live, answers.Ready),
)
_ATTRIBUTES = "\n\nAttributes\n----------\n"


def ref(name: str) -> Json:
    """Point to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def inlined(answer: type[BaseModel]) -> Json:
    """Describe an answer within its operation. If it were a component, test tools would derive wrong links."""
    schema = answer.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    plain = _with_descriptions({key: value for key, value in schema.items() if key != "$defs"})
    return _with_own_title(answer.__name__, plain)


def any_of(*names: str) -> Json:
    """Describe a body or an answer of several forms."""
    return {"anyOf": [ref(name) for name in names]}


def components(service: Service) -> Json:
    """Describe every body and answer."""
    _, schemas = models_json_schema(
        [(answer, "serialization") for answer in _ANSWERS], ref_template="#/components/schemas/{model}"
    )
    described = {name: _with_descriptions(schema) for name, schema in schemas["$defs"].items()}
    described |= {body.__name__: body.model_json_schema() for body in (ReviewRequest, Override)}
    described |= {
        "Row": service.row_reader.named_type.json_schema(),
        "Rows": _wrapped("data", ref("Row")),
        "Positional": _wrapped("data", service.row_reader.positional_type.json_schema()),
    }
    if service.preparer:
        described["Application"] = _application(service.preparer.schema, service.preparer.reader.adapter.json_schema())
        described["Applications"] = _wrapped("applications", ref("Application"))
    return {name: _with_own_title(name, schema) for name, schema in described.items()}


def _with_own_title(name: str, schema: Json) -> Json:
    """Give a component its name as the title.

    Code generators use titles as names of types. So only components have a title.
    """
    properties = {key: _without_title(key, one) for key, one in schema.get("properties", {}).items()}
    return {**schema, "title": name} | ({"properties": properties} if properties else {})


def _without_title(name: str, schema: Json) -> Json:
    """Remove a property's title; a readable name becomes the beginning of its description."""
    rest = {key: value for key, value in schema.items() if key != "title"}
    title = str(schema.get("title", ""))
    if title.casefold() == name.replace("_", " ").strip().casefold() or not title:
        return rest
    return {**rest, "description": ". ".join(filter(None, (title, rest.get("description"))))}


def _with_descriptions(schema: Json) -> Json:
    """Move the descriptions of attributes from a type's docstring to its properties."""
    summary, _, attributes = schema.get("description", "").partition(_ATTRIBUTES)
    properties = dict(schema.get("properties", {}))
    for line in re.sub(r"\n\s+", " ", attributes).splitlines():
        names, _, meaning = line.partition(" : ")
        for name in names.split(", "):
            properties[name.removesuffix("_")] |= {"description": meaning.replace("``", "`")}
    return {**schema, "description": summary} | ({"properties": properties} if properties else {})


def scorable(service: Service) -> Json:
    """Describe the bodies that can be scored."""
    return any_of(*(("Application", "Applications") if service.preparer else ()), "Rows", "Positional")


def inspectable(service: Service) -> Json:
    """Describe the bodies that ``/data`` reports on; their records may be invalid."""
    if not service.preparer:
        return _wrapped("data", {})
    keys = ("applications", "data")
    fields = service.own_names.intersection(keys)  # a lender may have such a field; its values are never lists
    plain: Json = {"type": "object", "properties": {key: {"not": {"type": "array"}} for key in fields}}
    if len(fields) < len(keys):
        plain["not"] = {"anyOf": [{"required": [key]} for key in keys if key not in fields]}
    return {"anyOf": [*(_wrapped(key, {}) for key in keys), plain]}


def _wrapped(key: str, record: Json) -> Json:
    # No maxItems: more records are answered with 413 instead of 422.
    records = {"type": "array", "items": record, "minItems": 1, "description": f"At most {MOST_RECORDS} records."}
    return {"type": "object", "properties": {key: records}, "required": [key], "additionalProperties": False}


def _application(schema: InputSchema, described: Json) -> Json:
    if described.get("required"):
        return described
    # No field is required, but one of them must have a value. Code generators cannot make a type of an object with
    # anyOf.
    missing = {field.name: {"enum": [None, *sorted(markers(field), key=str)]} for field in schema.fields}
    return {**described, "not": {"properties": missing}}


def population_parameters(features: Features) -> list[Json]:
    """Describe ``features=`` and ``where=``."""
    conditions = [f"^(?:{_alternatives(features.numbers)}):(?:{NUMBER}|(?:{NUMBER})?\\.\\.(?:{NUMBER})?)?$"]
    if features.texts:
        conditions.append(f"^(?:{_alternatives(features.texts)}):[^\\u0000-\\u001f\\u007f]*$")
    names = [*features.numbers, *features.texts]
    condition = {"anyOf": [{"type": "string", "pattern": pattern} for pattern in conditions]}
    feature = {"type": "string", "enum": names}
    compared = _list_parameter("features", "Features to compare, separated by commas.", feature, MOST_FEATURES)
    return [
        {**compared, "example": names[:1]},
        _list_parameter(
            "where",
            "Only clients that meet the condition: `feature:value`, `feature:low..high` (either end may be omitted), "
            "`feature:` for a missing value. With several conditions, clients must meet all.",
            condition,
            MOST_CONDITIONS,
        ),
    ]


def _list_parameter(name: str, description: str, items: Json, most: int) -> Json:
    schema = {"type": "array", "items": items, "maxItems": most}
    parameter = {"name": name, "in": "query", "description": description, "schema": schema}
    return {**parameter, "style": "form", "explode": True}


def _alternatives(names: list[str]) -> str:
    """Write a pattern that matches one of the names, and means the same in Python and JavaScript."""
    return "|".join(re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", name) for name in names)
