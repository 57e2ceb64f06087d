"""A policy as it stands in a file: ordered rules with their effects, texts and dates."""

import hashlib
import json
import re
from collections import Counter
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from scoring.errors import PolicyError, shorten
from scoring.policy.conditions import SCORES, SEEN, Condition, Name, Number, Written, list_names, show_unseen

Effect = Literal["refuse", "review", "limit"]
Unchecked = Literal["review", "refuse", "ignore"]
REMEDY = "Correct the file; docs/policy.md says what a policy contains, and python -m scoring policy check tries it."
_LENGTH = 16  # digits of a version
_MOST_BYTES = 2**20
_MOST_LEVELS = 64
_MOST_DIGITS = 300  # with more of them, a number is no longer read digit by digit


_EXPECTED = {
    "model_type": "expected an object",
    "too_short": "expected at least one item",
    "string_too_short": "expected a text, not only blanks",
    "string_pattern_mismatch": "expected capital letters, digits and _, the first a letter, at most 50 characters",
}


def _read_form(given: Any) -> Any:
    if type(given) is not int:  # true and 1.0 are equal to 1
        raise ValueError("expected the whole number 1")
    return given


_Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), SEEN]


def _read_day(given: Any) -> Any:
    if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII):
        raise ValueError("expected a day such as 2026-11-27")
    if isinstance(given, str | date):
        return given
    raise ValueError("expected a day such as 2026-11-27")


Day = Annotated[date, BeforeValidator(_read_day)]


class Words(Written):
    """What is told about a rule to the applicant and to the officer, in both languages."""

    fr: _Words
    en: _Words


class Limit(Written):
    """The largest amount that is granted: an amount of money, or so many times a field such as the income."""

    amount: Annotated[Number, Field(gt=0)] | None = None
    times: Annotated[Number, Field(gt=0)] | None = None
    of: Name | None = None


class Rule(Written):
    """One rule.

    Attributes
    ----------
    code : names the rule, for programs and reports.
    condition : when the rule applies; without one, it always does.
    effect : ``refuse`` the application; ``review``, a person has to look at it; ``limit``, an amount of credit above
        the limit is refused.
    limit : only for the effect ``limit``.
    text : what is told.
    from_, until : first and last day on which the rule applies, UTC.
    unchecked : what happens if the rule cannot be checked, because a value that it needs is missing.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,49}$")]
    effect: Effect
    condition: Condition | None = None
    limit: Limit | None = None
    text: Words
    from_: Day | None = Field(None, alias="from")
    until: Day | None = None
    unchecked: Unchecked = "review"

    def is_valid_on(self, day: date) -> bool:
        """Whether the rule applies on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class Exploration(Written):
    """Accepts at random some of the clients whom only the model refuses, so that their outcomes become known.

    Attributes
    ----------
    share : probability (0-1) with which such a client is accepted.
    most_amount : only applications for at most this amount of credit.
    most_probability : only clients with at most this probability of default (calibrated, if the model is).
    """

    share: Annotated[Number, Field(gt=0, le=0.5)]
    most_amount: Annotated[Number, Field(gt=0)]
    most_probability: Annotated[Number, Field(gt=0, le=1)]


class PolicyFile(Written):
    """All rules, in the order in which they are checked."""

    format_version: Annotated[Literal[1], BeforeValidator(_read_form)]
    name: Annotated[str, Field(max_length=200), SEEN] = ""
    rules: tuple[Rule, ...] = Field(max_length=500)
    exploration: Exploration | None = None

    def content(self) -> bytes:
        """Return the policy as canonical JSON, from which it can be read again."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    def version(self) -> str:
        """Return the version: 16 hexadecimal digits of a hash of all that the policy says, whatever its layout."""
        return hashlib.sha256(self.content()).hexdigest()[:_LENGTH]

    def is_dated(self) -> bool:
        """Whether a rule begins or ends on some day."""
        return any(rule.from_ or rule.until for rule in self.rules)

    def reads_application(self) -> bool:
        """Whether a rule or the exploration needs anything but the score."""
        if self.exploration or any(rule.effect == "limit" for rule in self.rules):
            return True
        return bool(self.list_fields())

    def list_fields(self) -> set[str]:
        """Return the names of the fields that the rules read."""
        names = set[str]().union(*(list_names(rule.condition) for rule in self.rules if rule.condition))
        names.update(rule.limit.of for rule in self.rules if rule.limit and rule.limit.of)
        return names.difference(SCORES)


def read_policy(content: bytes, name: str) -> PolicyFile:
    """Read a policy's form; ``validation.refuse_faults`` then compares it with the fields of applications.

    Parameters
    ----------
    name : of the file, for messages.

    Raises
    ------
    PolicyError
        With all that is wrong about the form.
    """
    if len(content) > _MOST_BYTES:
        raise PolicyError(f"{name}: {len(content)} bytes were received, expected at most {_MOST_BYTES}\n{REMEDY}")
    twice: list[str] = []
    try:
        given = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=partial(_note_duplicates, twice), parse_int=_read_whole
        )
        _refuse_deep(given)
    except RecursionError:
        message = f"lists and objects within each other, more than {_MOST_LEVELS} levels deep"
        raise PolicyError(f"{name}: {message}\n{REMEDY}") from None
    except ValueError as error:  # also for other character sets
        raise PolicyError(f"{name}: not JSON in UTF-8 ({shorten(str(error), 200)})\n{REMEDY}") from None
    faults = [f"the key {shorten(key)!r} stands twice in one object; expected it once" for key in twice]
    try:
        policy = PolicyFile.model_validate(given)
    except ValidationError as error:
        faults += [_describe_fault(given, one) for one in error.errors(include_url=False)]
        raise PolicyError.listing(name, list(dict.fromkeys(faults)), REMEDY) from None
    if faults:
        raise PolicyError.listing(name, list(dict.fromkeys(faults)), REMEDY)
    return policy


def _note_duplicates(twice: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice += [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    return dict(pairs)


def _read_whole(digits: str) -> int | float:
    """Read a whole number; one with too many digits becomes infinity, which no place of a policy takes."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _refuse_deep(given: Any, level: int = 0) -> None:
    """Raise RecursionError for lists and objects that are too deep in each other."""
    if level > _MOST_LEVELS:
        raise RecursionError
    for one in given.values() if isinstance(given, dict) else given if isinstance(given, list) else ():
        _refuse_deep(one, level + 1)


def _describe_fault(given: Any, error: Any) -> str:
    """Say what is wrong, where, and what was received."""
    place, message = error["loc"], error["msg"]
    if error["type"] == "missing":
        expected, received = "is missing", None
    elif error["type"] == "extra_forbidden":
        expected, received = "is not a key of this object", None
    else:
        message = message.removeprefix("Value error, ")
        expected = _EXPECTED.get(error["type"], message[:1].lower() + message[1:])
        received = shorten(json.dumps(error["input"], default=str), 60)
    where = f"{show_unseen(_name_place(given, place))}: {expected}"
    return where if received is None else f"{where}; received {received}"


def _name_place(given: Any, place: tuple[int | str, ...]) -> str:
    """Name a place in the file, by the codes of rules.

    >>> _name_place({"rules": [{"code": "TOO_YOUNG"}]}, ("rules", 0, "condition", "<is>", "to"))
    'rule TOO_YOUNG, condition.to'
    """
    parts = [one for one in place if not (isinstance(one, str) and one.startswith("<"))]
    if len(parts) < 2 or parts[0] != "rules":
        return ".".join(map(str, parts)) or "the file"
    try:
        code = given["rules"][parts[1]]["code"]
    except (KeyError, TypeError, IndexError):
        code = None
    rule = f"rule {shorten(code)}" if isinstance(code, str) else f"rule {int(parts[1]) + 1}"
    rest = ".".join(map(str, parts[2:]))
    return f"{rule}, {rest}" if rest else rule
