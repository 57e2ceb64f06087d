"""Query parameters: a view declares those it takes, and any other is refused, so that none is ignored by mistake."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from flask import Flask, request

from scoring.errors import MOST_ERRORS, InputError, InvalidParameter, find_similar, input_error, list_some, shorten
from scoring.web.request_headers import LANGUAGES

# Any address may answer with a page: the parameters of pages, and their values.
_OF_PAGES: Mapping[str, tuple[str, ...]] = {"lang": LANGUAGES, "format": ("json",)}
_HINTS = 5  # unknown names for which a similar one is searched
_View = TypeVar("_View", bound=Callable[..., Any])


class Taken(NamedTuple):
    """Names of the parameters that a view takes once, and of those that it takes several times."""

    once: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()


def takes(*once: str, many: Collection[str] = ()) -> Callable[[_View], _View]:
    """Declare the parameters of a view."""

    def declare(view: _View) -> _View:
        view.parameters = Taken(frozenset(once), frozenset(many))  # type: ignore[attr-defined]
        return view

    return declare


def register(app: Flask) -> None:
    """Check the parameters of every request that has any, except OPTIONS, which browsers send in advance."""

    @app.before_request
    def check() -> None:
        if request.environ.get("QUERY_STRING") and request.url_rule is not None and request.method != "OPTIONS":
            _check(taken_by(app, request.url_rule.endpoint))


def taken_by(app: Flask, endpoint: str) -> Taken:
    """Return the parameters that a view declares."""
    taken: Taken = getattr(app.view_functions[endpoint], "parameters", Taken())
    return taken


def _check(taken: Taken) -> None:
    """Raise InvalidParameter, which lists unknown and repeated parameters, and wrong values of ``lang``, ``format``."""
    errors: list[InputError] = []
    for name, values in request.args.lists():
        if name in taken.many:
            continue
        if name not in taken.once and name not in _OF_PAGES:
            errors.append(_unknown(name, values[0], taken, hint=len(errors) < _HINTS))
        elif len(values) > 1:
            errors.append(input_error(name, ", ".join(values), "the parameter once"))
        elif name in _OF_PAGES and values[0] not in _OF_PAGES[name]:
            errors.append(input_error(name, values[0], " or ".join(_OF_PAGES[name])))
        if len(errors) >= MOST_ERRORS:
            break
    if errors:
        names = list_some([shorten(error["field"]) for error in errors])
        raise InvalidParameter(f"{names}: unknown, repeated or wrong query parameters. See errors.", *errors)


def _unknown(name: str, value: str, taken: Taken, *, hint: bool) -> InputError:
    known = [*sorted(taken.once | taken.many), *_OF_PAGES]
    expected = f"no other parameter of this route than {', '.join(known)}"
    close = find_similar(name, known) if hint else None
    return input_error(name, value, f"{expected}; did you mean {close}?" if close else expected)
