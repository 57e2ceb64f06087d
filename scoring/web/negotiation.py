"""What a request asks for: a page or JSON, in which language."""

from flask import request

from scoring.readable.numbers import Language

LANGUAGES: tuple[Language, ...] = ("fr", "en")
_REPRESENTATIONS = ("application/json", "application/problem+json", "text/html")


def asks_for_page() -> bool:
    """Whether the caller would rather have a page than JSON, as browsers would; ``?format=json`` gives them JSON."""
    if "text/html" not in request.environ.get("HTTP_ACCEPT", ""):  # all that programs pay for
        return False
    best = request.accept_mimetypes.best_match(_REPRESENTATIONS)
    return best == "text/html" and request.args.get("format") != "json"


def chosen_language() -> Language | None:
    """Language that the address names with ``?lang=``."""
    return next((one for one in LANGUAGES if request.args.get("lang") == one), None)


def language() -> Language:
    """Language of the page: what the address names, else what the browser prefers, else French."""
    return chosen_language() or _of_browser()


def _of_browser() -> Language:
    best = request.accept_languages.best_match(LANGUAGES)
    return "en" if best == "en" else "fr"
