"""What the service has, the docs tell."""

import re
import subprocess

from tools.reference.__main__ import write_pages


def text(project, name):
    return (project / name).read_text(encoding="utf-8")


def test_every_route_stands_in_the_api_page(project, app):
    page = text(project, "docs/api.md")
    for rule in app.url_map.iter_rules():
        for method in rule.methods & {"GET", "POST"}:
            assert f"`{method} {rule}`" in page, f"{method} {rule} is missing"


def test_the_reference_pages_say_what_the_code_says():
    old = [path.name for path, expected in write_pages() if path.read_text(encoding="utf-8") != expected]
    assert old == [], "write them again: make reference"


def test_every_row_of_a_reference_table_says_what_it_is_about(project):
    """What the code does not say, the page has to: what an argument and a setting mean."""
    for name in ("commands", "settings"):
        rows = re.findall(r"^\| `.*\|$", text(project, f"docs/{name}.md"), re.MULTILINE)
        assert len(rows) > 20
        assert [row for row in rows if row.endswith("| |")] == [], f"write the last cell in docs/{name}.md"


def find_anchors(page):
    """The anchors of a page's headings, as the forge and the site make them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere_and_every_anchor_to_a_heading(project):
    pages = [
        *project.glob("*.md"),
        *project.glob("docs/**/*.md"),
    ]
    assert len(pages) > 6
    anchors = {page.resolve(): find_anchors(page) for page in pages}
    for page in pages:
        for target, anchor in re.findall(r"\]\(([^)#:]+)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
            there = (page.parent / target).resolve()
            assert there.exists(), f"{page.name} links to {target}"
            assert not anchor or anchor in anchors.get(there, {anchor}), f"{page.name} links to {target}#{anchor}"


def test_the_readme_begins_with_the_two_commands(project):
    top = text(project, "README.md")[:1500]
    assert top.index("make serve") < top.index("make test")


def test_git_tracks_no_key_and_no_password_that_a_page_lets_people_write_into_the_top_folder(project):
    named = re.compile(
        r"(?:--key|-out|--from-file=\w*=?|--from-env-file=|>|SCORING_\w*KEYS?=) ?([\w-]+(?:\.\w+)?)(?=[\s`]|$)"
    )
    secret = re.compile(r"\.(pem|key|env)$|^keys?\b|^probe$")
    pages = [text(project, page.relative_to(project)) for page in project.glob("docs/*.md")]
    names = {name for page in pages for name in named.findall(page) if secret.search(name)}
    assert {"signing.pem", "keys.json", "probe", "record.env"} <= names
    ignored = subprocess.run(["git", "check-ignore", *sorted(names)], cwd=project, capture_output=True, text=True)
    assert set(ignored.stdout.split()) == names
