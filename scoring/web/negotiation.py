"""Content negotiation: a page or JSON, and the language."""

from flask import request

from scoring.readable.numbers import Language

LANGUAGES: tuple[Language, ...] = ("fr", "en")
_REPRESENTATIONS = ("application/json", "application/problem+json", "text/html")


def asks_for_page() -> bool:
    """Whether the caller prefers a page to JSON, as browsers do; ``?format=json`` gives them JSON."""
    if "text/html" not in request.environ.get("HTTP_ACCEPT", ""):  # programs pay for this comparison only
        return False
    best = request.accept_mimetypes.best_match(_REPRESENTATIONS)
    return best == "text/html" and request.args.get("format") != "json"


def chosen_language() -> Language | None:
    """Language given with ``?lang=``, if any."""
    return next((one for one in LANGUAGES if request.args.get("lang") == one), None)


def language() -> Language:
    """Language of the page: given with ``?lang=``, else preferred by the browser, else French."""
    return chosen_language() or _of_browser()


def _of_browser() -> Language:
    best = request.accept_languages.best_match(LANGUAGES)
    return "en" if best == "en" else "fr"
