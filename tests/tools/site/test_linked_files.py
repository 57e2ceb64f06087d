"""Pages of the site for files outside docs/."""

import re

from tools.site.linked_files import PROJECT, SHOWN, list_targets, rewrite_links


def test_every_file_of_the_project_to_which_a_page_links_has_a_page_of_its_own():
    page = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
    targets = list_targets("docs/deployment.md", page)
    assert ".github/scripts/deploy.sh" in targets
    rewritten = rewrite_links("docs/deployment.md", page)
    assert f"({SHOWN}/.github/scripts/deploy.sh.md)" in rewritten
    assert re.findall(r"\]\(\.\./", rewritten) == []


def test_a_link_that_leads_nowhere_stays_as_it_is_so_that_the_build_names_it():
    assert rewrite_links("docs/api.md", "[a](nowhere.md), [b](../nowhere.py)") == "[a](nowhere.md), [b](../nowhere.py)"


def test_links_to_other_hosts_and_within_a_page_stay_as_they_are():
    text = "[a](https://example.org/a.md), [b](#errors), [c](mailto:a@example.org)"
    assert rewrite_links("docs/api.md", text) == text
    assert list_targets("docs/api.md", text) == []
