"""Install and test without network, from the folder of `make wheels`: ``python -m benchmarks.offline_install FOLDER``.

Everything runs in a network namespace of its own, which has the loopback and nothing else; that needs root. The
checkout is a fresh clone of the current commit, without the settings and the cache of this machine's pip.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import write_result

HERE = Path(__file__).resolve().parent
STEPS = {
    "the network is away": "! python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 3)' 2>/dev/null",
    "`make serve`: installed": "make .venv/.serving",
    "`make serve`: answers, and passes the smoke test": (
        "make serve & bash .github/scripts/smoke.sh http://127.0.0.1:8000; code=$?; kill $!; wait; exit $code"
    ),
    "`make test`: installed": "make .venv/.development",
}


def run_step(command: str, clone: Path, environment: dict[str, str]) -> tuple[int, float, str]:
    """Run a command without network; returns its exit code, the seconds that it took, and what it printed."""
    isolated = ["unshare", "--net", "bash", "-c", f"ip link set lo up; {command}"]
    began = time.monotonic()
    done = subprocess.run(
        isolated, cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, time.monotonic() - began, done.stdout


def main() -> None:
    """Run the steps and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path, help="the folder of `make wheels`")
    parser.add_argument("--tests", default="make test", help="the command that runs the tests")
    options = parser.parse_args()
    wheels = options.wheels.resolve()
    files = list(wheels.iterdir())
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%h"], cwd=HERE.parent, check=True, capture_output=True, text=True
    ).stdout.strip()
    rows, said = [], ""
    with tempfile.TemporaryDirectory() as work:
        clone, home = Path(work, "clone"), Path(work, "home")
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(HERE.parent), str(clone)], check=True)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "SCORING_"))
        }
        environment = kept | {
            "HOME": str(home),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        }
        for name, command in (STEPS | {"tests": options.tests}).items():
            code, seconds, said = run_step(command, clone, environment)
            print(f"{name}: exit code {code}, {seconds:.0f} s", flush=True)
            if code:
                print(said[-4000:], file=sys.stderr)
            rows.append(f"| {name} | `{command.partition(' &')[0]}` | {code} | {seconds:.0f} |")
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    skips = sorted(set(re.findall(r"^SKIPPED \[\d+\] \S+ (.{10,90})", said, re.MULTILINE)))
    summary = (re.findall(r"=+ (.* in [\d.]+s.*?) =+$", said, re.MULTILINE) or ["no summary"])[-1]
    size = sum(file.stat().st_size for file in files) / 1e6
    sources = ", ".join(file.name for file in files if file.suffix != ".whl")
    body = (
        f"Commit {commit}. FOLDER was filled by `make wheels`: {len(files)} files, {size:,.0f} MB, all of them wheels\n"
        f"except {sources}. The steps ran in a network namespace that has only the loopback, in a fresh clone, with\n"
        "`PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER`, without pip's settings and cache. Exit code 0: the step worked.\n\n"
        "| Step | Command | Exit code | Seconds |\n|---|---|---|---|\n" + "\n".join(rows) + "\n\n"
        f"pytest: {summary}. Failed: {', '.join(failed) or 'none'}.\n\n"
        f"Reasons of skipped tests: {'; '.join(skips) or 'none'}.\n"
    )
    write_result("offline-install", "python -m benchmarks.offline_install FOLDER", body)


if __name__ == "__main__":
    main()
