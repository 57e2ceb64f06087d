"""The workflow of a release: what it does in which order, and its two scripts."""

import stat

import pytest

from tests.deployment.workflow_steps import read_workflow


@pytest.fixture
def jobs(root):
    return read_workflow(root / ".github" / "workflows" / "release.yml")["jobs"]


@pytest.fixture
def tagged(checkout, git):
    """A checkout of version 1.2.0 on the branch main."""
    git(checkout, "branch", "--move", "main")
    (checkout / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1.2.0"\n', encoding="utf-8")
    git(checkout, "add", "pyproject.toml")
    git(checkout, "commit", "--quiet", "--message", "1.2.0")
    return checkout


def test_nothing_is_built_before_the_tag_the_gate_and_the_audit_passed(jobs):
    said = [step["run"] for step in jobs["build"]["steps"] if "run" in step]
    assert said == [
        'bash .github/scripts/check_tag.sh "$TAG"',
        "bash .github/scripts/gate.sh",
        "make audit",
        "make release RELEASE=release",
    ]


def test_where_something_may_be_written_none_of_the_projects_code_runs(jobs):
    assert jobs["build"]["permissions"] == {"contents": "read"}
    publish = jobs["publish"]
    assert publish["needs"] == "build"
    assert publish["permissions"] == {"contents": "write", "id-token": "write", "attestations": "write"}
    used = [step.get("uses", "").partition("@")[0] for step in publish["steps"]]
    assert used == ["actions/download-artifact", "actions/attest", ""]


def test_the_release_has_all_files_and_the_notes(jobs, run, tmp_path, environment):
    folder = tmp_path / "job"
    (folder / "release").mkdir(parents=True)
    for name in ("notes.md", "a.whl", "SHA256SUMS"):
        (folder / "release" / name).touch()
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text('#!/bin/sh\necho "$*" >called\n', encoding="utf-8")
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    script = tmp_path / "step.sh"
    script.write_text(jobs["publish"]["steps"][-1]["run"], encoding="utf-8")
    path = f"{gh.parent}:{environment['PATH']}"
    outcome = run(script, cwd=folder, PATH=path, TAG="v1.2.0", GITHUB_REPOSITORY="lender/scoring")
    assert outcome.returncode == 0, outcome.stderr
    assert (folder / "called").read_text(encoding="utf-8") == (
        "release create v1.2.0 --repo lender/scoring --verify-tag --notes-file release/notes.md "
        "release/SHA256SUMS release/a.whl release/notes.md\n"
    )


def test_a_tag_of_the_version_on_main_is_accepted(run, tagged):
    outcome = run("check_tag.sh", "v1.2.0", cwd=tagged, MAIN="main")
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("tag", ["v1.2", "1.2.0", "v1.2.0-rc1"])
def test_a_tag_of_another_version_is_refused(run, tagged, tag):
    outcome = run("check_tag.sh", tag, cwd=tagged, MAIN="main")
    assert outcome.returncode == 1
    assert f"the tag is {tag}, but pyproject.toml has version 1.2.0: expected the tag v1.2.0" in outcome.stderr


def test_a_commit_that_is_not_on_main_is_refused(run, tagged, git):
    git(tagged, "switch", "--quiet", "--create", "other")
    git(tagged, "commit", "--quiet", "--allow-empty", "--message", "other")
    outcome = run("check_tag.sh", "v1.2.0", cwd=tagged, MAIN="main")
    assert outcome.returncode == 1
    assert "is not on main, whose commits are tested" in outcome.stderr
