"""What the service has, the docs tell."""

import re

import pytest

from scoring.cli import commands
from scoring.settings import PREFIX, Settings
from scoring.web.problem_kinds import ALL_KINDS


def text(project, name):
    return (project / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_a_line_in_the_settings_page(project, name):
    assert f"| `{PREFIX}{name.upper()}` |" in text(project, "docs/settings.md")


def test_every_route_stands_in_the_api_page(project, app):
    page = text(project, "docs/api.md")
    for rule in app.url_map.iter_rules():
        for method in rule.methods & {"GET", "POST"}:
            assert f"`{method} {rule}`" in page, f"{method} {rule} is missing"


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.urn)
def test_every_problem_type_has_a_section_that_says_what_the_code_says(project, kind):
    page = text(project, "docs/problems.md")
    section = page.split(f"## `{kind.urn}`\n")[1].split("\n## ")[0]
    assert section.strip().startswith(f"**{kind.status.value}** {kind.title}.")
    assert kind.meaning in " ".join(section.split())
    assert kind.remedy in " ".join(section.split())


def test_the_problems_page_has_no_type_that_the_code_does_not_have(project):
    named = re.findall(r"urn:problem:[a-z-]+", text(project, "docs/problems.md"))
    assert set(named) == {kind.urn for kind in ALL_KINDS}


@pytest.mark.parametrize("command", sorted(commands.commands))
def test_every_command_and_each_of_its_options_stands_in_the_commands_page(project, command):
    page = text(project, "docs/commands.md")
    assert f"## `python -m scoring {command}`" in page
    section = page.split(f"## `python -m scoring {command}`")[1].split("\n## ")[0]
    group = commands.commands[command]
    for name, one in getattr(group, "commands", {"": group}).items():
        assert f"`{name}" in section, f"{command} {name} is missing"
        for option in one.params:
            assert f"`{option.opts[0]}`" in section, f"{command} {name} {option.opts[0]} is missing"


def test_every_relative_link_leads_somewhere(project):
    pages = [
        project / "README.md",
        project / "CONTRIBUTING.md",
        project / "CHANGELOG.md",
        *project.glob("docs/**/*.md"),
    ]
    assert len(pages) > 6
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_begins_with_the_two_commands(project):
    top = text(project, "README.md")[:1500]
    assert top.index("make serve") < top.index("make test")


def test_every_page_stands_in_the_navigation_of_the_site(project):
    navigation = text(project, "mkdocs.yml").split("\nnav:\n")[1]
    pages = [str(page.relative_to(project / "docs")) for page in sorted(project.glob("docs/**/*.md"))]
    missing = [page for page in pages if not re.search(rf"\b{re.escape(page)}$", navigation, re.MULTILINE)]
    assert missing == [], "give each a place under nav: in mkdocs.yml"
