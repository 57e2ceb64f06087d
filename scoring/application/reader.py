"""Reads an application by the input schema: lists all its errors at once, and warns about what is unusual."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypeGuard

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field, ValidationError

from scoring.application import fields
from scoring.application.input_warnings import (
    HISTORY,
    Comparer,
    ignored_field,
    left_out_field,
    out_of_usual_range,
    unknown_category,
)
from scoring.errors import MOST_ERRORS, DuplicateKey, InputError, InvalidApplication, find_similar, input_error
from scoring.model.decision import InputWarning
from scoring.model.schema import NO_CODE, ClientId, InputSchema, SchemaField

_HINTS = 5  # for at most this many unknown fields of an application, a similar name is searched
_NOTHING = Annotated[int, Ge(1), Le(0)]  # a type without any value


class Application(NamedTuple):
    """An application after reading.

    Attributes
    ----------
    record : value of each given field, by name: a number, a text, or None if it is missing.
    client_id : None if the application names no client.
    warnings : what is unusual.
    """

    record: dict[str, float | str | None]
    client_id: ClientId | None
    warnings: tuple[InputWarning, ...]


class ApplicationReader:
    """Reads applications of one schema.

    Parameters
    ----------
    schema : fields, identity and target of a raw application.

    Attributes
    ----------
    adapter : the Pydantic type of an application.
    known_names : names of the fields, of the identity column and of the columns that are ignored.
    """

    def __init__(self, schema: InputSchema) -> None:
        self.schema = schema
        ignored = dict.fromkeys([schema.target, *schema.left_out], NotRequired[fields.ignored_type()])
        self.adapter = fields.strict_object("Application", _types(schema, fields.field_type) | ignored)
        # Most applications have no error and need no warning. Pydantic checks them with this type in one fast pass.
        self._usual_type = fields.strict_object("Application", _types(schema, _usual_value), extra="ignore").validator
        self._fields = {field.name: field for field in schema.fields}
        self.known_names = frozenset({*self._fields, schema.identity.name, schema.target, *schema.left_out})
        self._folded = {name.casefold(): name for name in (schema.identity.name, *self._fields)}
        self._markers = [(field.name, fields.markers(field)) for field in schema.fields if fields.markers(field)]
        self._codes = [(field.name, field.codes_of) for field in schema.fields if field.codes_of]
        self._number_markers = [pair for pair in self._markers if self._fields[pair[0]].type != "category"]
        self._categories = [field for field in schema.fields if field.type == "category"]
        self._usual = [(field.name, *bounds) for field in schema.fields if (bounds := field.far_from_usual)]
        self._compare = Comparer(schema)
        self._needs_content = not any(field.required for field in schema.fields)

    def parse(self, given: Mapping[str, Any], hints: bool = True) -> Application:
        """Read one application, as parsed from JSON; missing-value markers become None.

        Raises InvalidApplication, which lists every error: unknown fields, wrong types, values out of range, missing
        required fields.

        Parameters
        ----------
        hints : suggest a similar name in the errors about the first unknown fields. This takes longer than everything
            else.
        """
        try:
            record: dict[str, Any] = self._usual_type.validate_python(given)
        except ValidationError:
            return self._parse_unusual(given, hints)
        if len(record) != len(given):  # some fields are unknown
            return self._parse_unusual(given, hints)
        return self._usual_application(record)

    def parse_json(self, content: bytes) -> Application | None:
        """Read one application directly from JSON, in one pass; None for several records, or if anything is unusual.

        Raises InvalidApplication where no field has a value.
        """
        # A body of several records is not read here. Neither is a body with very many fields: ``parse`` reads it far
        # faster.
        if b"[" in content or content.count(b",") > 2 * len(self.known_names):
            return None
        try:
            record: dict[str, Any] = self._usual_type.validate_json(content)
        except ValidationError:
            return None
        return self._usual_application(record) if has_each_key_once(content, record) else None

    def _usual_application(self, record: dict[str, Any]) -> Application:
        self._fill_codes(record)
        for name, missing in self._markers:
            if record.get(name) in missing:
                record[name] = None
        return self._application(record, [])

    def _parse_unusual(self, given: Mapping[str, Any], hints: bool = True) -> Application:
        """Read an application that has errors or needs warnings."""
        plain = self._without_markers(given)
        unknown = [name for name in given if name not in self.known_names]
        for name in unknown:
            del plain[name]
        try:
            record: dict[str, Any] = self.adapter.validate_python(plain)
        except ValidationError as error:
            places = error.errors(include_url=False, include_context=False, include_input=False)
            invalid = dict.fromkeys(str(one["loc"][0]) for one in places)
            raise self._invalid(given, [*invalid], unknown, hints) from None
        if unknown:
            raise self._invalid(given, [], unknown, hints)
        target = record.pop(self.schema.target, None)
        warnings = [] if target is None else [ignored_field(self.schema.target)]
        left_out = [name for name in self.schema.left_out if record.pop(name, None) is not None]
        warnings += [left_out_field(name) for name in left_out]
        warnings += self._read_categories(record)
        warnings += [
            out_of_usual_range(self._fields[name], value)
            for name, low, high in self._usual
            if (value := record.get(name)) is not None and not low <= value <= high
        ]
        return self._application(record, warnings)

    def _application(self, record: dict[str, Any], warnings: list[InputWarning]) -> Application:
        client_id = record.pop(self.schema.identity.name, None)
        if self._needs_content and all(value is None for value in record.values()):
            error = input_error("(all)", None, "at least one field that is not null")
            raise InvalidApplication("Nothing to score: no field has a value.", error)
        return Application(record, client_id, (*warnings, *self._compare(record)))

    def _fill_codes(self, record: dict[str, Any]) -> None:
        """Fill in each category of codes that was not given, from the field of numbers that contains the codes."""
        for name, source in self._codes:
            value = record.get(source)
            if record.get(name) is None and _is_number(value):
                record[name] = fields.category_text(value) if value in self._fields[source].missing else NO_CODE

    def _without_markers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Set markers to None before validation: most of them are out of range, or texts in a field of numbers."""
        plain = dict(given)
        self._fill_codes(plain)
        for name, missing in self._number_markers:
            value = plain.get(name)
            if isinstance(value, int | float | str) and not isinstance(value, bool) and value in missing:
                plain[name] = None
        return plain

    def _read_categories(self, record: dict[str, Any]) -> list[InputWarning]:
        """Turn categories into texts, markers into None; return a warning for each unseen category."""
        warnings = []
        for field in (one for one in self._categories if record.get(one.name) is not None):
            text = record[field.name] = fields.category_text(record[field.name])
            if text in fields.markers(field):
                record[field.name] = None
            elif field.categories is not None and text not in field.categories:
                warnings.append(unknown_category(field, text))
        return warnings

    def _invalid(
        self, given: Mapping[str, Any], invalid: list[str], unknown: list[str], hints: bool
    ) -> InvalidApplication:
        """List all errors, in the order of the schema, unknown fields last."""
        errors = [self._error(name, given.get(name)) for name in invalid]
        errors += [
            self._unknown(name, given[name], hints and i < _HINTS) for i, name in enumerate(unknown[:MOST_ERRORS])
        ]
        return InvalidApplication.listing(errors, len(invalid) + len(unknown))

    def _error(self, name: str, value: object) -> InputError:
        if isinstance(value, DuplicateKey):  # the only error that an ignored field can have
            return input_error(name, value, "the key once")
        field = self._fields.get(name)
        if field is None:
            return input_error(name, value, fields.describe_id(self.schema.identity))
        if field.type == "category":
            return input_error(name, value, fields.describe_field(field))
        return fields.number_error(name, value, fields.describe_field(field.as_refusing(value)), field)

    def _unknown(self, name: str, value: object, hinted: bool) -> InputError:
        if name == HISTORY:
            return input_error(name, value, "no such key: it is reserved, and not supported yet")
        if same := self._folded.get(name.casefold()):
            return input_error(name, value, f"a field of this model; did you mean {same}? Letter case matters in JSON")
        close = find_similar(name, self._fields) if hinted else None
        hint = f"; did you mean {close}?" if close else ""
        return input_error(name, value, f"a field of this model{hint}")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def has_each_key_once(content: bytes, body: Mapping[str, Any]) -> bool:
    """Whether the parsed ``body`` has every key of the JSON object in ``content``, and each key occurs once there.

    A colon follows each key, so the colons are counted, which is far faster than comparing all keys. The result is
    never True if ``body`` lacks a key, or if a key occurs twice. It may be False even if every key is there once.

    >>> has_each_key_once(b'{"a": 1}', {"a": 1}), has_each_key_once(b'{"a": 1, "a": 2}', {"a": 2})
    (True, False)
    """
    colons = content.count(b":")
    if colons == len(body):
        return True
    if b"\\" in content:  # an escape sequence may stand for a colon
        return False
    return colons == len(body) + sum([value.count(":") for value in body.values() if isinstance(value, str)])


def _usual_value(field: SchemaField) -> Any:
    """Make the type of a valid value that needs no warning, missing-value markers included."""
    if field.type == "category":
        usual: Any = Annotated[str, AfterValidator(fields.category_text)]
        if field.categories is not None:
            usual = Literal[*sorted({*field.categories, *fields.markers(field)})] if field.categories else _NOTHING
    else:
        usual = fields.number_type(field, *(field.far_from_usual or (-math.inf, math.inf)))
        numbers = [one for one in fields.markers(field) if not isinstance(one, str) and float(one).is_integer()]
        for number in sorted(map(int, numbers)):
            usual = Annotated[usual | Annotated[int, Ge(number), Le(number)], Field(union_mode="left_to_right")]
    return usual if field.required else usual | None


def _types(schema: InputSchema, make_type: Callable[[SchemaField], Any]) -> dict[str, Any]:
    types: dict[str, Any] = {schema.identity.name: NotRequired[fields.id_type(schema.identity)]}
    for field in schema.fields:
        types[field.name] = make_type(field) if field.required else NotRequired[make_type(field)]
    return types
