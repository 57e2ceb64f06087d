"""The audit, through the real pip-audit, against a stand-in for the service that knows of planted vulnerabilities."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.http_servers import QuietHandler, serving
from tools.release.audit import all_versions, judge, rounds

ROOT = Path(__file__).resolve().parents[3]
PROJECT = """
[project]
name = "made-up"
[project.optional-dependencies]
[dependency-groups]
[tool.other]
"""
PLANTED = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-1"],
    "summary": "Sessions can be read",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.4"}]}],
        }
    ],
}
IGNORED = '[tool.scoring.audit]\nignored = [{{ id = "{}", reason = "no sessions here", until = {} }}]\n'


@pytest.fixture
def service():
    """Run a stand-in for the service: what it knows, how it answers, and what it was asked."""
    known = SimpleNamespace(planted=[], status=200, asked=[])

    class Service(QuietHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["package"]["name"]
            known.asked.append((name, asked["version"]))
            found = [one for one in known.planted if one["affected"][0]["package"]["name"] == name]
            self.answer(known.status, "application/json", json.dumps({"vulns": found} if found else {}).encode())

    with serving(Service) as address:
        known.address = f"{address}/v1/query"
        yield known


@pytest.fixture
def audit(service, tmp_path):
    """Audit a project with two packages."""
    lock = "".join(f"{pin} \\\n    --hash=sha256:{64 * '0'}\n" for pin in ("flask==3.1.3", "jinja2==3.1.6"))
    (tmp_path / "requirements.txt").write_text(lock, encoding="utf-8")

    def run(more="", address=None):
        (tmp_path / "pyproject.toml").write_text(PROJECT + more, encoding="utf-8")
        command = [sys.executable, "-m", "tools.release.audit", "--service", address or service.address]
        return subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)

    return run


def test_without_a_vulnerability_the_audit_passes_after_asking_about_every_package(audit, service):
    outcome = audit()
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout == "2 packages asked about, 0 entries ignored, 0 to be mended\n"
    assert sorted(service.asked) == [("flask", "3.1.3"), ("jinja2", "3.1.6")]


def test_a_planted_vulnerability_makes_the_audit_fail_and_is_named(audit, service):
    service.planted.append(PLANTED)
    outcome = audit()
    assert outcome.returncode == 1
    assert "flask 3.1.3: CVE-2026-1, GHSA-aaaa-bbbb-cccc (mended in 3.1.4): Sessions can be read\n" in outcome.stdout


@pytest.mark.drill
def test_an_entry_lets_a_vulnerability_pass_until_its_day_has_passed(audit, service):
    service.planted.append(PLANTED)
    assert audit(IGNORED.format("CVE-2026-1", "2999-01-01")).returncode == 0
    outcome = audit(IGNORED.format("CVE-2026-1", "2026-01-01"))
    assert outcome.returncode == 1
    assert "(mended in 3.1.4; ignored until 2026-01-01 only)" in outcome.stdout


@pytest.mark.drill
@pytest.mark.parametrize("status", [500, 404])
def test_a_service_that_fails_is_no_pass(audit, service, status):
    service.status = status
    outcome = audit()
    assert outcome.returncode == 2
    assert "did not answer, so nothing was audited" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_service_that_is_away_is_no_pass(audit):
    outcome = audit(address="http://127.0.0.1:9/v1/query")
    assert outcome.returncode == 2
    assert outcome.stderr == (
        "Audit: http://127.0.0.1:9/v1/query did not answer, so nothing was audited: Connection refused\n"
        "Try again with a network that reaches it, or ask a mirror: make audit SERVICE=ADDRESS\n"
    )


def test_an_entry_without_a_reason_or_a_day_is_refused(audit):
    for entry in ('{ id = "CVE-1", reason = " ", until = 2027-01-31 }', '{ id = "CVE-1", reason = "text" }'):
        outcome = audit(f"[tool.scoring.audit]\nignored = [{entry}]\n")
        assert outcome.returncode == 2
        assert "expected an entry such as" in outcome.stderr


def test_an_entry_that_no_package_needs_any_more_has_to_go():
    entry = {"id": "CVE-2020-1", "reason": "text", "until": dt.date(2027, 1, 1)}
    answer = [{"name": "flask", "version": "3.1.3", "vulns": []}]
    [failure] = judge(answer, [entry], dt.date(2026, 11, 27))
    assert "CVE-2020-1" in failure
    assert "remove the entry" in failure


def test_the_last_day_of_an_entry_still_counts():
    vulnerability = {"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": [], "description": "text"}
    answer = [{"name": "flask", "version": "3.1.3", "vulns": [vulnerability]}]
    entry = {"id": "CVE-1", "reason": "text", "until": dt.date(2026, 11, 27)}
    assert list(judge(answer, [entry], dt.date(2026, 11, 27))) == []
    assert len(list(judge(answer, [entry], dt.date(2026, 11, 28)))) == 1


def test_every_package_of_every_lock_is_asked_about_whatever_the_machine():
    versions = all_versions(ROOT)
    names = {name for name, _ in versions}
    assert {"flask", "streamlit", "mlflow", "setuptools", "appnope", "colorama"} <= names
    asked = [one for part in rounds(versions) for one in part]
    assert sorted(asked) == sorted(versions)
