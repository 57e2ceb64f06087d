"""The front-end and the service's own pages look and speak alike."""

import tomllib

import pytest
from officer.texts import load_texts
from officer.tokens import DARK, TOKENS
from officer.verdict import SHARED, load_words

from scoring.web.pages.words import load_texts as load_page_texts

COPIES = {
    "design.css": "scoring/web/static/design.css",
    "verdict.html": "scoring/web/templates/pages/verdict.html",
    "verdict.csv": "scoring/web/pages/verdict.csv",
}
# What both call by a name; the front-end's text, then that of the pages or of the verdict.
ALIKE = {
    "risk": "risk", "risk.own": "risk_own", "review": "review", "page.what_if": "try_changes",
    "page.new": "nav_application", "search.number": "client_number", "search.go": "find",
    "reasons.detail": "reason_detail",
    "new.send": "submit", "term": "column_what",
    "yes": "yes", "no": "no", "not_known": "not_known", "error.unknown": "unknown_client",
}  # fmt: skip


def test_shared_files_are_copies_of_the_services(project):
    assert {path.name for path in SHARED.iterdir()} == set(COPIES)
    for name, source in COPIES.items():
        assert (SHARED / name).read_bytes() == (project / source).read_bytes(), f"cp {source} {SHARED / name}"


@pytest.mark.parametrize(("scheme", "colours"), [("light", TOKENS), ("dark", DARK)])
def test_streamlits_own_parts_have_the_same_colours(project, scheme, colours):
    theme = tomllib.loads((project / "interface_streamlit/.streamlit/config.toml").read_text())["theme"][scheme]
    names = {
        "primaryColor": "accent", "backgroundColor": "page", "secondaryBackgroundColor": "card", "textColor": "text",
        "borderColor": "strong-line", "linkColor": "accent",
    }  # fmt: skip
    assert {one: long(colours[name]) for one, name in names.items()} == theme


def long(colour):
    return "#" + "".join(2 * sign for sign in colour[1:]) if len(colour) == 4 else colour


@pytest.mark.parametrize("language", ["fr", "en"])
def test_both_use_the_same_words(language):
    pages = load_page_texts(language)
    differing = {
        own: (load_texts()[own][language], pages[name])
        for own, name in ALIKE.items()
        if load_texts()[own][language].format_map(Any()) != pages[name].format_map(Any())
    }
    assert differing == {}
    assert all(pages[name] == said for name, said in load_words(language).items())


class Any(dict):
    def __missing__(self, name):
        return "…"


def luminance(colour):
    shares = [int(long(colour)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [TOKENS, DARK], ids=["light", "dark"])
def test_colours_have_contrast(colours):
    for name in ("text", "quiet", "accent", "good", "bad"):
        assert contrast(colours[name], colours["card"]) >= 6, name
        assert contrast(colours[name], colours["page"]) >= 4.5, name
    assert contrast(colours["warn"], colours["warn-soft"]) >= 6
    for name in ("good-plot", "bad-plot", "neutral-plot", "strong-line"):
        assert contrast(colours[name], colours["card"]) >= 3, name
