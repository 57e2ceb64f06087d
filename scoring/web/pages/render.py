"""What every page has: language, links that keep it, the words about made-up data, and headers that guard it."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from scoring.storage.bundle import Bundle
from scoring.web.negotiation import LANGUAGES, chosen_language, language
from scoring.web.pages.words import percent, words

# Nothing from elsewhere, no script at all, no style written into the page.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Frame:
    """Renders pages of one service."""

    def __init__(self, bundle: Bundle) -> None:
        self._version = bundle.version
        self._verified = bundle.manifest is not None
        self._note = made_up(bundle)

    def page(self, template: str, status: int = HTTPStatus.OK, **content: Any) -> Response:
        """Render a template; every text it inserts is escaped."""
        lang = language()
        text = render_template(
            f"pages/{template}",
            t=words(lang),
            lang=lang,
            link=link,
            others=[(one, _here(one)) for one in LANGUAGES if one != lang],
            path=request.path,
            note=words(lang)[self._note] if self._note else "",
            verified=self._verified,
            version=self._version,
            percent=percent,
            **content,
        )
        answer = Response(text, status, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Language"] = lang
        answer.headers["Vary"] = "Accept-Language"
        return answer


def made_up(bundle: Bundle) -> str:
    """Name of the words that say what is made up; empty where nothing is known to be."""
    model = bundle.manifest is not None and bundle.manifest.training.synthetic
    if model:
        return "made_up_both" if bundle.synthetic_clients else "made_up_model"
    return "made_up_clients" if bundle.synthetic_clients else ""


def link(path: str, **query: str) -> str:
    """Address of another page, in the language that this page's address names."""
    chosen = chosen_language()
    asked = {**({"lang": chosen} if chosen else {}), **query}
    return f"{path}?{urlencode(asked)}" if asked else path


def _here(other: str) -> str:
    """Address of this page in another language."""
    kept = [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]
    return f"{request.script_root}{request.path}?{urlencode([*kept, ('lang', other)])}"
