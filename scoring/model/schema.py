"""What an application looks like: its fields, their types, units, ranges, tiers and readable names.

A schema is data and travels in the model's manifest. Home Credit's is one instance
(``scoring/home_credit/input_schema.csv``); another lender's table is another.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FieldType = Literal["number", "integer", "category"]
Tier = Literal["protected", "proxy", "justified"]
# What fields are about. Fields of one concept make one reason; what has to be called what it is has its own.
Concept = Literal[
    "external_score",
    "age",
    "credit_amount",
    "instalment",
    "income",
    "employment",
    "education",
    "housing",
    "car",
    "region",
    "address",
    "documents",
    "contact",
    "enquiries",
    "application_time",
    "other_credits",
    "previous_applications",
    "repayments",
    "card_use",
]
Role = Literal["credit", "instalment", "price", "product"]
Riskier = Literal["higher", "lower"]
ClientId = int | str

MOST_DIGITS = 18  # the longest whole numbers that all fit into 64 bits
# Bounded, and without a character that an address, a CSV file or a page would have to escape.
_TEXT_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


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
    concept : what the field is about; ``external_score`` is a score by an outside provider.
    role : the field's part in the credit asked for, where a smaller or longer one can be worked out: its amount, its
        instalment, the price of what it pays for, or the kind of product. One field a role at most.
    riskier : which side is riskier, where every officer knows; a reason that says the opposite is never given.
    texts : categories in readers' words; what is not there is shown as it is.
    open_ended : of the field with the role ``product``: products without a term, such as a credit line.
    usual : the 0.1 % and 99.9 % quantiles of what training saw; only for numbers, none where it saw none.
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
    usual: tuple[float, float] | None = Field(None, exclude_if=lambda usual: usual is None)
    tier: Tier = "justified"
    concept: Concept | None = Field(None, exclude_if=lambda concept: concept is None)
    role: Role | None = Field(None, exclude_if=lambda role: role is None)
    riskier: Riskier | None = Field(None, exclude_if=lambda riskier: riskier is None)
    texts: Mapping[str, Text] = Field(default_factory=dict, exclude_if=lambda texts: not texts)
    open_ended: tuple[str, ...] = Field((), exclude_if=lambda products: not products)
    proxy_categories: tuple[str, ...] = ()
    changeable: bool = False
    label: Text
    description: Text | None = None


class Identity(BaseModel):
    """The column that names a client, and the form of what stands there.

    Attributes
    ----------
    name : the column's name in the tables.
    kind : ``number`` (whole, from 0) or ``text``; a manifest that does not say it has numbers.
    digits : how many digits every number has, leading zeros counted; none where lengths differ, or for text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(min_length=1)]
    kind: Literal["number", "text"] = Field("number", exclude_if=lambda kind: kind == "number")
    digits: Annotated[int, Field(ge=1, le=MOST_DIGITS)] | None = None

    @model_validator(mode="after")
    def _only_numbers_have_digits(self) -> Self:
        if self.kind == "text" and self.digits is not None:
            raise ValueError(f"digits={self.digits}: text ids have no number of digits; expected none")
        return self

    def pattern(self) -> re.Pattern[str]:
        r"""Form of an id as it is written in an address; matched whole.

        >>> bool(Identity(name="id", digits=6).pattern().fullmatch("000123"))
        True
        >>> [bool(Identity(name="id").pattern().fullmatch(text)) for text in ("0", "7", "007")]
        [True, True, False]
        >>> [bool(Identity(name="id", kind="text").pattern().fullmatch(text)) for text in ("A-1042", "..", "a b")]
        [True, False, False]
        """
        if self.kind == "text":
            return re.compile(_TEXT_ID, re.ASCII)
        if self.digits:
            return re.compile(rf"[0-9]{{{self.digits}}}", re.ASCII)
        # Without a fixed length a leading zero would give one client several addresses.
        return re.compile(rf"0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}}", re.ASCII)

    def expected(self) -> str:
        """Say the form in words.

        >>> Identity(name="id", digits=6).expected()
        'exactly 6 digits (0-9)'
        """
        if self.kind == "text":
            return "1 to 64 ASCII letters, digits, '.', '_' or '-', the first a letter or a digit"
        if self.digits:
            return f"exactly {self.digits} digits (0-9)"
        return f"1 to {MOST_DIGITS} digits (0-9) without leading zeros"

    def noun(self) -> str:
        """Word for what stands there: ``number`` or ``id``."""
        return "number" if self.kind == "number" else "id"

    def parse_id(self, text: str) -> ClientId:
        """Turn a well-formed id into the type of the column.

        >>> Identity(name="id").parse_id("42"), Identity(name="id", kind="text").parse_id("42")
        (42, '42')
        """
        return int(text) if self.kind == "number" else text


class InputSchema(BaseModel):
    """All fields of a raw application, the identity column and the target column."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    identity: Identity
    target: str
    fields: tuple[SchemaField, ...]

    @model_validator(mode="after")
    def _has_one_field_a_role(self) -> Self:
        roles = [field.role for field in self.fields if field.role]
        doubled = sorted({role for role in roles if roles.count(role) > 1})
        if doubled:
            raise ValueError(f"several fields have the role {', '.join(doubled)}; expected one at most")
        return self

    def find_by_role(self, role: Role) -> SchemaField | None:
        """Return the field that plays a part in the credit asked for; none where no field does."""
        return next((field for field in self.fields if field.role == role), None)

    def field(self, name: str) -> SchemaField:
        """Return the field of that name; raises KeyError where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


class Readable(BaseModel):
    """How a number that is no field of the application is called: a derived one, or one of a client's history.

    Attributes
    ----------
    label : the readable name.
    unit : as of a field; none for a bare number.
    concept : what it is about; by default what the first field that it is made of is about.
    riskier : which side of the value as it is shown is riskier, where every officer knows.
    scale : what the value is multiplied by to be shown, such as -365.25 from years per day before the application.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    label: Text
    unit: str | None = None
    concept: str | None = None
    riskier: Riskier | None = None
    scale: float = Field(1.0, allow_inf_nan=False)

    @field_validator("scale")
    @classmethod
    def _keeps_numbers_apart(cls, scale: float) -> float:
        if scale == 0:
            raise ValueError("scale is 0, expected any other number")
        return scale
