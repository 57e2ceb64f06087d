"""Look for known vulnerabilities of the locked packages: `make audit`. docs/dependencies.md describes it.

pip-audit asks the service; what it answers is judged here, since pip-audit itself passes where packages were skipped.
"""

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.release.lock import list_locks
from tools.release.pins import read_lock

SERVICE = "https://api.osv.dev/v1/query"


def all_versions(folder: Path) -> set[tuple[str, str]]:
    """List every package of the project's locks with its versions, also those of other machines."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return {(pin.name, pin.version) for lock in list_locks(project) for pin in read_lock(folder / lock.path)}


def rounds(versions: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Divide versions into lists with one version of a package each, as pip-audit wants them.

    >>> [sorted(one) for one in rounds([("a", "1"), ("a", "2"), ("b", "1")])]
    [[('a', '1'), ('b', '1')], [('a', '2')]]
    """
    left = sorted(versions)
    while left:
        first = dict(reversed(left))
        yield sorted(first.items())
        left = [one for one in left if one not in first.items()]


def ask(versions: list[tuple[str, str]], service: str) -> list[dict[str, Any]]:
    """Ask a service about versions with pip-audit.

    Parameters
    ----------
    versions : packages with their versions, each package once.
    service : address of an OSV API that answers queries.

    Returns
    -------
    What pip-audit says of each package: `name`, `version`, `vulns`.

    Raises
    ------
    SystemExit
        The service did not answer about every package; the exit code is 2.
    """
    with tempfile.TemporaryDirectory() as work:
        listed = Path(work, "versions.txt")
        listed.write_text("".join(f"{name}=={version}\n" for name, version in versions), encoding="utf-8")
        options = ["--strict", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
        source = ["--vulnerability-service", "osv", "--osv-url", service, "--requirement", str(listed)]
        command = [sys.executable, "-m", "pip_audit", *options, *source]
        done = subprocess.run(command, capture_output=True, text=True)
    try:
        answer: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        _stop(
            f"{service} did not answer, so nothing was audited: {give_reason(done.stderr)}\n"
            "Try again with a network that reaches it, or ask a mirror: make audit SERVICE=ADDRESS"
        )
    missing = sorted({name for name, _ in versions} - {one["name"] for one in answer if "vulns" in one})
    if missing:
        _stop(f"{service} was not asked about all packages. Missing: {', '.join(missing)}")
    return answer


def give_reason(said: str) -> str:
    r"""Take the reason from what pip-audit wrote when it failed: a traceback, whose last line has errors in errors.

    >>> give_reason("Traceback ...\nConnectionError: url: /v1 (Caused by NewError('[Errno 111] Connection refused'))")
    'Connection refused'
    >>> give_reason("ServiceError: 500 Server Error")
    '500 Server Error'
    """
    last = (said.strip() or "no message").splitlines()[-1]
    inner = re.findall(r"\[Errno -?\d+\] ([^\"')]+)", last)
    return inner[-1] if inner else re.sub(r"^[\w.]+: ", "", last)


def _stop(message: str) -> None:
    print(f"Audit: {message}", file=sys.stderr)
    raise SystemExit(2)


def judge(answer: list[dict[str, Any]], ignored: list[dict[str, Any]], today: dt.date) -> Iterator[str]:
    """Say what makes the audit fail, one line each.

    Parameters
    ----------
    answer : what pip-audit says of each package.
    ignored : entries of pyproject.toml with `id`, `reason`, and `until`, the last day on which the entry holds.
    today : the day of the audit.
    """
    entries = {entry["id"]: entry for entry in ignored}
    used: set[str] = set()
    for one in answer:
        for found in one["vulns"]:
            names = [found["id"], *found["aliases"]]
            known = next((name for name in names if name in entries), None)
            used |= {known} if known else set()
            if known and entries[known]["until"] >= today:
                continue
            late = f"; ignored until {entries[known]['until']} only" if known else ""
            mended = ", ".join(found["fix_versions"]) or "no version yet"
            text = found["description"][:150]
            yield f"{one['name']} {one['version']}: {', '.join(names)} (mended in {mended}{late}): {text}"
    for entry in ignored:
        if entry["id"] not in used:
            yield f"[tool.scoring.audit] ignores {entry['id']}, which no locked package has any more: remove the entry"


def read_ignored(folder: Path) -> list[dict[str, Any]]:
    """Read the entries of pyproject.toml that let a vulnerability pass.

    Raises
    ------
    SystemExit
        An entry lacks its ID, a reason or a day; the exit code is 2.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    ignored: list[dict[str, Any]] = project["tool"].get("scoring", {}).get("audit", {}).get("ignored", [])
    for entry in ignored:
        texts = [entry.get(key) for key in ("id", "reason")]
        if not all(isinstance(text, str) and text.strip() for text in texts) or type(entry.get("until")) is not dt.date:
            _stop(
                f"pyproject.toml, [tool.scoring.audit], ignored: {entry}: expected an entry such as "
                '{ id = "GHSA-...", reason = "why it cannot harm here", until = 2027-01-31 }'
            )
    return ignored


def main() -> None:
    """Audit all locks; exit code 1 with one line for each thing that has to be done, 2 if nothing could be audited."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--service", default=SERVICE, help="address of an OSV API, such as that of a mirror")
    service = parser.parse_args().service
    ignored = read_ignored(Path.cwd())
    versions = all_versions(Path.cwd())
    answer = [one for part in rounds(versions) for one in ask(part, service)]
    failures = list(judge(answer, ignored, dt.datetime.now(dt.UTC).date()))
    for failure in failures:
        print(failure)
    print(f"{len(versions)} packages asked about, {len(ignored)} entries ignored, {len(failures)} to be mended")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
