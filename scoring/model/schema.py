"""What an application looks like: its fields, their types, units, ranges, tiers and readable names.

A schema is data and is saved in the model's manifest. Each lender has a schema; that of Home Credit is made from
``scoring/home_credit/input_schema.csv``.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FieldType = Literal["number", "integer", "category"]
Tier = Literal["protected", "proxy", "justified"]
# The subject of a field. All fields of one concept make one reason together.
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
Passing = Literal["grows", "falls"]
# Which value a sentence is about, in the order of the kinds below: any known value; a value higher than the typical
# client's, lower than it, or different from it; a known value if the typical client's value is missing; zero; a share
# above 1; a time to an event that is over, or that may be; a value that nobody supplied; a value that is not in the
# client's stored history. A sentence of the kind ``remedy`` says how a missing value could be supplied.
SentenceKind = Literal[
    "known",
    "higher",
    "lower",
    "different",
    "present",
    "none",
    "excess",
    "past",
    "coded",  # a number that is a code in disguise
    "missing",
    "no_record",
    "remedy",
]
ClientId = int | str

# Larger than any amount of money or time. Every whole number up to it is exact in double precision.
LARGEST = 10**15
NO_CODE = "number"  # what a category of codes holds if the field ``codes_of`` has a number that is not a code
MOST_DIGITS = 18  # every whole number with this many digits fits into 64 bits
# At most 64 characters, none of which an address, a CSV file or a page has to escape.
_TEXT_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


class Frozen(BaseModel):
    """Base class of data that cannot be changed; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class Text(Frozen):
    """A text in English and in French."""

    en: str
    fr: str


Sentences = Mapping[SentenceKind, Text]


def currency_of(unit: str | None) -> str | None:
    """Return the currency of a unit: empty for an amount in an unknown currency, None if the unit is not one of money.

    >>> currency_of("currency EUR"), currency_of("currency"), currency_of("days"), currency_of(None)
    ('EUR', '', None, None)
    """
    kind, _, currency = (unit or "").partition(" ")
    return currency if kind in {"currency", "amount"} else None


def in_currency(unit: str | None, currency: str) -> str | None:
    """Add the currency to the unit of an amount whose currency is not known; return any other unit unchanged.

    >>> in_currency("currency", "EUR"), in_currency("currency CHF", "EUR"), in_currency("days", "EUR")
    ('currency EUR', 'currency CHF', 'days')
    """
    return f"currency {currency}" if currency_of(unit) == "" else unit


class SchemaField(Frozen):
    """One field of a raw application.

    Attributes
    ----------
    name : the column's name in the tables and in JSON.
    type : ``number`` (any finite number), ``integer`` or ``category`` (text).
    unit : ``currency``, also with a code or sign (``currency EUR``); ``days``, ``years``, ``hour``, ``share`` (0-1),
        ``count``, ``flag`` (0/1) or none.
    required : a new application without it is invalid.
    minimum, maximum : bounds of valid values, in the field's unit.
    exclusive : the minimum itself is invalid.
    missing : the lender's missing-value markers (365243, ``XNA``); they become missing where they are read.
    codes_of : only for a category of codes; the name of its field of numbers. That field may contain codes, such as -1
        for "no account". The category holds the code that the field contains, or ``number`` if it contains none. A
        table or an application may leave the category out; it is then filled in from the field of numbers.
    categories : texts seen in training, most frequent first; only for type ``category``.
    tier : ``protected`` is never a feature, ``proxy`` is one only on request, ``justified`` may be one.
    justification : the reason for using a justified field that is or may be a protected attribute.
    concept : the field's subject; ``external_score`` is a score by an outside provider.
    role : what the field says of the credit asked for: ``credit`` is its amount, ``instalment`` its instalment,
        ``price`` the price of the purchase, ``product`` the kind of credit. Alternatives are computed from these
        fields. At most one field has each role.
    riskier : which values are generally known to be riskier. If it is ``higher``, a low value is never a reason; if
        ``lower``, a high one never is.
    texts : readable names of categories; other categories are shown unchanged.
    open_ended : only for the role ``product``: products without a fixed duration, such as a credit line.
    usual : the 0.1 % and 99.9 % quantiles in training; None for a category and for a number that is always missing.
    proxy_categories : categories of a justified field that reveal a protected attribute; treated as missing.
    changeable : a client could apply again with another value.
    label : the readable name.
    description : one sentence on the field's content.
    sentences : templates of the sentence with which a reason names the value. ``{value}`` is the value in words,
        ``{percent}`` the value in per cent, ``{excess}`` by how much a share is above 1, ``{typical}`` the typical
        client's value.
    """

    name: str
    type: FieldType
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    exclusive: bool = False
    missing: tuple[float | str, ...] = ()
    codes_of: str | None = Field(None, exclude_if=lambda codes_of: codes_of is None)
    categories: tuple[str, ...] | None = None
    usual: tuple[float, float] | None = Field(None, exclude_if=lambda usual: usual is None)
    tier: Tier = "justified"
    justification: Text | None = Field(None, exclude_if=lambda justification: justification is None)
    concept: Concept | None = Field(None, exclude_if=lambda concept: concept is None)
    role: Role | None = Field(None, exclude_if=lambda role: role is None)
    riskier: Riskier | None = Field(None, exclude_if=lambda riskier: riskier is None)
    texts: Mapping[str, Text] = Field(default_factory=dict, exclude_if=lambda texts: not texts)
    open_ended: tuple[str, ...] = Field((), exclude_if=lambda products: not products)
    proxy_categories: tuple[str, ...] = ()
    changeable: bool = False
    label: Text
    description: Text | None = None
    sentences: Sentences = Field(default_factory=dict, exclude_if=lambda sentences: not sentences)

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest valid value; ``-LARGEST`` and ``LARGEST`` where the field has no bound itself."""
        low = -float(LARGEST) if self.minimum is None else self.minimum
        return low, float(LARGEST) if self.maximum is None else self.maximum

    @property
    def far_from_usual(self) -> tuple[float, float] | None:
        """The bounds, in the field's unit, outside which a value is far from the usual range.

        A category, a number with fixed bounds on both sides and a number without a usual range have no such bounds:
        None.

        >>> income = SchemaField(name="income", type="number", usual=(20.0, 80.0), label=Text(en="Income", fr="Revenu"))
        >>> income.far_from_usual
        (11.428571428571429, 140.0)
        """
        bounded = self.minimum is not None and self.maximum is not None
        return None if self.usual is None or self.type == "category" or bounded else move_outwards(*self.usual)

    def with_bounds(self) -> Self:
        """Return the field with both bounds."""
        low, high = self.bounds
        return self.model_copy(update={"minimum": low, "maximum": high})

    def as_refusing(self, received: object) -> Self:
        """Return the field as an error describes it: with both bounds if ``received`` is a number beyond ``LARGEST``.

        >>> price = SchemaField(name="price", type="number", minimum=0, label=Text(en="Price", fr="Prix"))
        >>> price.as_refusing(1e20).maximum, price.as_refusing(-1).maximum
        (1000000000000000.0, None)
        """
        is_beyond = isinstance(received, int | float) and abs(received) > LARGEST
        return self.with_bounds() if is_beyond else self

    def accepts(self, number: float) -> bool:
        """Whether a number may be a value of this field, or is one of its missing-value markers.

        >>> rooms = SchemaField(name="rooms", type="integer", minimum=1, label=Text(en="Rooms", fr="Pièces"))
        >>> [rooms.accepts(number) for number in (3, 3.5, 0)]
        [True, False, False]
        """
        if number in self.missing:
            return True
        low, high = self.bounds
        is_within = low <= number <= high and not (self.exclusive and number == low)
        return is_within and (self.type != "integer" or number % 1 == 0)


def move_outwards(low: float, high: float) -> tuple[float, float]:
    """Move both ends of a usual range outwards by its width.

    If the range is positive, the upper end is moved by the width, and the lower end is divided by the factor by which
    the upper one grew. An amount a hundred times too small is then as unusual as one a hundred times too large.

    >>> move_outwards(-10.0, 30.0), move_outwards(1.0, 1.0), move_outwards(5.0, 100.0)
    ((-50.0, 70.0), (0.5, 2.0), (2.5641025641025643, 195.0))
    """
    width = (high - low) or 1.0
    most = high + width
    return low * high / most if low > 0 else low - width, most


class Identity(Frozen):
    """The column that identifies a client, and the form of its values."""

    name: Annotated[str, Field(min_length=1)]  # the column's name in the tables
    # ``number`` (a whole number from 0) or ``text``; a manifest without this key has numbers
    kind: Literal["number", "text"] = Field("number", exclude_if=lambda kind: kind == "number")
    # the tables have no such column: their rows are numbered from 1
    numbered: bool = Field(False, exclude_if=lambda numbered: not numbered)
    # count of digits of every number, including leading zeros; None where lengths differ, or for text
    digits: Annotated[int, Field(ge=1, le=MOST_DIGITS)] | None = None

    @model_validator(mode="after")
    def _only_numbers_have_digits(self) -> Self:
        if self.kind == "text" and self.digits is not None:
            raise ValueError(f"digits={self.digits}: text ids have no number of digits; expected none")
        return self

    def pattern(self) -> re.Pattern[str]:
        r"""Return the pattern that an id in an address has to match from its beginning to its end.

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

    def bounds(self) -> tuple[int, int]:
        """Return the least and the greatest well-formed number, of a column of numbers.

        >>> Identity(name="id", digits=6).bounds(), Identity(name="id").bounds()
        ((100000, 999999), (0, 999999999999999999))
        """
        high = 10 ** (self.digits or MOST_DIGITS) - 1
        return (high // 10 + 1 if (self.digits or 0) > 1 else 0), high

    def expected(self) -> str:
        """Describe the form in words.

        >>> Identity(name="id", digits=6).expected()
        'exactly 6 digits (0-9)'
        """
        if self.kind == "text":
            return "1 to 64 ASCII letters, digits, '.', '_' or '-', the first a letter or a digit"
        if self.digits:
            return f"exactly {self.digits} digits (0-9)"
        return f"1 to {MOST_DIGITS} digits (0-9) without leading zeros"

    def noun(self) -> str:
        """Return the word for an id of this kind: ``number`` or ``id``."""
        return "number" if self.kind == "number" else "id"

    def format_id(self, client_id: ClientId) -> str:
        """Write an id as it stands in an address.

        >>> Identity(name="id", digits=6).format_id(123), Identity(name="id").format_id(123)
        ('000123', '123')
        """
        return str(client_id).zfill(self.digits or 0)

    def parse_id(self, text: str) -> ClientId:
        """Turn a well-formed id into the type of the column.

        >>> Identity(name="id").parse_id("42"), Identity(name="id", kind="text").parse_id("42")
        (42, '42')
        """
        return int(text) if self.kind == "number" else text


class Comparison(Frozen):
    """Two fields of numbers that belong together, and how they usually compare.

    Attributes
    ----------
    first, second : names of the fields.
    kind : the ratio first / second, or the difference first - second.
    side : which values give a warning: above the usual range, below it, or both.
    unit : of the ratio or difference, as in ``SchemaField``.
    usual : the 0.1 % and 99.9 % quantiles in training; None where training saw no client with both values.
    text : the warning; ``{value}`` is the ratio or difference in words, ``{usual}`` its usual range, ``{first}`` and
        ``{second}`` the two values.
    """

    first: str
    second: str
    kind: Literal["ratio", "difference"]
    side: Literal["both", "above", "below"] = "both"
    unit: str | None = None
    usual: tuple[float, float] | None = None
    text: Text


class LeftOut(Frozen):
    """Why training left a column out: by one of its options, or because there is nothing to learn from its values.

    Attributes
    ----------
    code : the reason; ``drop``, ``keep``, ``weights`` and ``time`` are options of ``train``.
    values : numbers that belong to the reason.
    """

    code: Literal["dates", "long_numbers", "nested", "free_text", "drop", "keep", "weights", "time"]
    values: Mapping[str, int] = Field(default_factory=dict, exclude_if=lambda values: not values)


class Tariff(Frozen):
    """A duration of credit that a lender offers, with its yearly rate (0.2 is 20 %)."""

    months: Annotated[int, Field(ge=1, le=600)]
    yearly_rate: Annotated[float, Field(ge=0, le=10)]


class InputSchema(Frozen):
    """All fields of a raw application, the identity column and the target column.

    Attributes
    ----------
    comparisons : fields that belong together; an unusual combination gives a warning.
    tariffs : the lender's durations and rates. The duration of a credit is found from them if an application has only
        the amount and the instalment. If there are no tariffs, a rate is assumed.
    outcomes : texts of the target that mean 0 and 1; only if the target has neither 0 and 1 nor false and true.
    left_out : columns of the training table that are not fields, and why; a new application may have them.
    left_out_codes : the same reasons for programs; empty in manifests of earlier releases.
    """

    identity: Identity
    target: str
    fields: tuple[SchemaField, ...]
    outcomes: tuple[str, str] | None = Field(None, exclude_if=lambda outcomes: outcomes is None)
    left_out: Mapping[str, str] = Field(default_factory=dict, exclude_if=lambda left_out: not left_out)
    left_out_codes: Mapping[str, LeftOut] = Field(default_factory=dict, exclude_if=lambda codes: not codes)
    comparisons: tuple[Comparison, ...] = Field((), exclude_if=lambda comparisons: not comparisons)
    tariffs: tuple[Tariff, ...] = Field((), exclude_if=lambda tariffs: not tariffs)

    @model_validator(mode="after")
    def _compares_its_own_numbers(self) -> Self:
        numbers = {field.name for field in self.fields if field.type != "category"}
        others = sorted({name for one in self.comparisons for name in (one.first, one.second)} - numbers)
        if others:
            raise ValueError(f"comparisons of {', '.join(others)}; expected fields of numbers")
        return self

    @model_validator(mode="after")
    def _has_one_field_a_role(self) -> Self:
        roles = [field.role for field in self.fields if field.role]
        doubled = sorted({role for role in roles if roles.count(role) > 1})
        if doubled:
            raise ValueError(f"several fields have the role {', '.join(doubled)}; expected one at most")
        return self

    @property
    def currency(self) -> str:
        """Currency of the credit; empty where it is not known."""
        credit = self.find_by_role("credit")
        return (currency_of(credit.unit) if credit else None) or ""

    def find_by_role(self, role: Role) -> SchemaField | None:
        """Return the field with a role; None where no field has it."""
        return next((field for field in self.fields if field.role == role), None)

    def find_income(self) -> SchemaField | None:
        """Return the amount of money whose concept is the income; None if there is none, or more than one."""
        found = [one for one in self.fields if one.concept == "income" and currency_of(one.unit) is not None]
        return found[0] if len(found) == 1 else None

    def columns_by_kind(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names of the columns with texts, and of those with numbers; the identity is among them."""
        is_text = {field.name: field.type == "category" for field in self.fields}
        is_text[self.identity.name] = self.identity.kind == "text"
        texts = frozenset(name for name, one in is_text.items() if one)
        return texts, frozenset(is_text) - texts

    def field(self, name: str) -> SchemaField:
        """Return the field of that name; raises KeyError where there is none."""
        return {field.name: field for field in self.fields}[name]


class Readable(Frozen):
    """Readable name of a derived number or a history feature."""

    label: Text  # the readable name
    # its name where its frequent values have weights of their own, because they are codes in disguise
    coded: Text | None = Field(None, exclude_if=lambda coded: coded is None)
    unit: str | None = None  # as in ``SchemaField``; None for a plain number
    concept: str | None = None  # the subject; by default that of the first field from which the number is computed
    riskier: Riskier | None = None  # as in ``SchemaField``, but about the number that is shown
    sentences: Sentences = Field(
        default_factory=dict, exclude_if=lambda sentences: not sentences
    )  # as in ``SchemaField``
    # the number is a time that passes by itself: since an event (grows) or to one (falls)
    passing: Passing | None = Field(None, exclude_if=lambda passing: passing is None)
    # the number that is shown is the value times this factor; -1 if the value counts days back from the application
    scale: float = Field(1.0, allow_inf_nan=False)

    @field_validator("scale")
    @classmethod
    def _is_not_zero(cls, scale: float) -> float:
        if scale == 0:
            raise ValueError("scale is 0, expected any other number")
        return scale
