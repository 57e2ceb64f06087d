import subprocess

import pytest

from tools.images.context import IgnoreRules, copy_context, list_context


@pytest.fixture
def folder(tmp_path):
    for name in (".dockerignore", "a.py", "b/c.py", "b/c.pyc", "b/__pycache__/c.pyc", "d/e.txt"):
        path = tmp_path / "context" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("*\n!a.py\n!b\n**/__pycache__\n**/*.pyc\n" if name == ".dockerignore" else name)
    return tmp_path / "context"


def test_a_build_gets_what_the_rules_let_through(folder, tmp_path):
    copy_context(folder, tmp_path / "copy")
    copied = {path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*.*")}
    assert copied == {"a.py", "b/c.py"}


@pytest.mark.parametrize("context", ["", "interface_streamlit"])
def test_the_images_get_only_files_that_git_tracks(project, context):
    if not (project / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=project / context, capture_output=True, text=True, check=True)
    given = {path.as_posix() for path in list_context(project / context)}
    assert given <= set(listed.stdout.splitlines())
    assert "requirements.txt" in given
    assert not [name for name in given if name.startswith(("tests", "test.py", "docs", "benchmarks", "Dockerfile"))]


def test_the_last_rule_decides():
    rules = IgnoreRules("*.csv\n!sample.csv\nsample.csv\n!sub/*.csv\n")
    assert [rules.leaves_out(name) for name in ("sample.csv", "sub/a.csv", "sub/sub/a.csv")] == [True, False, False]
