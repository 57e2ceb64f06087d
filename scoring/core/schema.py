"""What an application looks like: its fields, their types, units, ranges, tiers and readable names.

A schema is data and travels in the model's manifest. Home Credit's is one instance
(``scoring/features/home_credit.csv``); another lender's table is another.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FieldType = Literal["number", "integer", "category"]
Tier = Literal["protected", "proxy", "justified"]


class Text(BaseModel):
    """The same words in English and in French."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    en: str
    fr: str


class SchemaField(BaseModel):
    """One field of a raw application.

    Attributes
    ----------
    name : the column's name in the tables and in JSON.
    type : ``number`` (any finite number), ``integer`` or ``category`` (text).
    unit : ``currency``, ``days``, ``years``, ``hour``, ``share`` (0-1), ``count``, ``flag`` (0/1) or none.
    required : a new application without it is refused.
    minimum, maximum : bounds a value must respect, in the field's unit.
    exclusive : the minimum itself is out of range too.
    missing : values that stand for "not known" in the tables (365243, ``XNA``); read as missing.
    categories : texts seen in training, most frequent first; only for type ``category``.
    tier : ``protected`` is never a feature, ``proxy`` is left out unless asked for, ``justified`` may be one.
    proxy_categories : categories of a justified field that give a protected attribute away; read as missing.
    changeable : a client could apply again with another value.
    label : the readable name.
    description : one sentence on what the field holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    type: FieldType
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    exclusive: bool = False
    missing: tuple[float | str, ...] = ()
    categories: tuple[str, ...] | None = None
    tier: Tier = "justified"
    proxy_categories: tuple[str, ...] = ()
    changeable: bool = False
    label: Text
    description: str = ""


class Identity(BaseModel):
    """The column that names a client, and the form of its numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    digits: Annotated[int, Field(ge=1, le=18)] = 6


class InputSchema(BaseModel):
    """All fields of a raw application, the identity column and the target column."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    identity: Identity
    target: str
    fields: tuple[SchemaField, ...]

    def field(self, name: str) -> SchemaField:
        """Return the field of that name; raises KeyError where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
