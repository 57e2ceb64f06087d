"""What all pages share: language, links that keep the language, the note on synthetic data, security headers."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, render_template, request

from scoring.readable.numbers import Language, format_percent
from scoring.storage.bundle import Bundle
from scoring.web.gate.current_caller import current_caller
from scoring.web.pages.words import load_texts
from scoring.web.request_headers import LANGUAGES, chosen_language, language

# Nothing from other servers, nothing inline; a script of the service's own on a few pages only.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
_OWN_SCRIPT = f"{POLICY}; script-src 'self'"
_POLICIES = {
    "application.html": f"{_OWN_SCRIPT}; connect-src 'self'",  # its script asks the service
    "decision.html": _OWN_SCRIPT,
    "recorded.html": _OWN_SCRIPT,
}


class PageRenderer:
    """Renders the pages of one service."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def render(self, template: str, status: int = HTTPStatus.OK, **content: Any) -> Response:
        """Render a template; every text that it inserts is escaped."""
        lang = language()
        page = render_template(
            f"pages/{template}",
            **page_content(self._bundle, lang, request.script_root, link=link, path=request.path),
            chosen=chosen_language(),
            others=[(one, _same_page(one)) for one in LANGUAGES if one != lang],
            posted=request.method == "POST",
            percent=format_percent,
            may_monitor=_may_monitor(),
            **content,
        )
        headers = {
            "Content-Security-Policy": _POLICIES.get(template, POLICY),
            # With "no-referrer", browsers send "Origin: null" with the forms of these pages; over HTTP the gate sees
            # nothing else from which it can tell them from those of other sites.
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "Content-Language": lang,
            "Vary": "Accept-Language",
        }
        return Response(page, status, headers, content_type="text/html; charset=utf-8")


def _may_monitor() -> bool:
    caller = current_caller()
    return "audit" in caller.scopes and caller.portfolio is None


def page_content(
    bundle: Bundle, language: Language, root: str, *, link: Callable[[str], str], path: str
) -> dict[str, Any]:
    """Gather what every page shows around its own content; ``root`` is the prefix of all addresses."""
    texts, note = load_texts(language), name_synthetic_note(bundle)
    return {
        "t": texts,
        "lang": language,
        "link": link,
        "root": root,
        "path": path,
        "note": texts[note] if note else "",
        "verified": bundle.manifest is not None,
        "numeric_ids": bundle.identity.kind == "number",
        "version": bundle.version,
    }


def name_synthetic_note(bundle: Bundle) -> str:
    """Return the name of the text that says which data is synthetic; empty if no data is known to be synthetic."""
    if bundle.manifest is not None and bundle.manifest.training.synthetic:
        return "synthetic_both" if bundle.synthetic_clients else "synthetic_model"
    return "synthetic_clients" if bundle.synthetic_clients else ""


def link(path: str, **query: str) -> str:
    """Return the address of another page, with the same ``lang`` parameter as this page's address."""
    chosen = chosen_language()
    query = {**({"lang": chosen} if chosen else {}), **query}
    address = f"{request.script_root}{path}"
    return f"{address}?{urlencode(query)}" if query else address


def _same_page(other: str) -> str:
    """Address of this page in another language."""
    query = [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]
    return f"{request.script_root}{quote(request.path)}?{urlencode([*query, ('lang', other)])}"
