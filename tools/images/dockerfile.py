"""Read a Dockerfile: its stages, and how its last stage is run. What this reader does not know is an error."""

import json
import re
import shlex
from dataclasses import dataclass, field
from io import BytesIO

from dockerfile_parse import DockerfileParser

_BASE = re.compile(r"debian:(?P<suite>[a-z]+)-(?P<date>\d{8})-slim@sha256:[0-9a-f]{64}")
_STEPS = {"RUN", "COPY", "WORKDIR"}
_COPY_OPTION = re.compile(r"--from=(?P<stage>[a-z][a-z0-9-]*)")


class DockerfileError(Exception):
    """A Dockerfile that cannot be run here; says the line and what was expected."""


@dataclass(frozen=True)
class Step:
    """One instruction that changes files: ``RUN``, ``COPY`` or ``WORKDIR``; with the variables set before it."""

    line: int
    name: str
    value: str
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """One stage: what it begins with, its steps, and how its result is run."""

    name: str
    base: str
    environment: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    folder: str = "/"
    user: str = "0:0"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)


def suite_of(base: str) -> str | None:
    """Name the Debian suite of a base image that is pinned by date and digest; None for anything else.

    >>> suite_of("debian:bookworm-20261005-slim@sha256:" + 64 * "0"), suite_of("debian:bookworm-slim")
    ('bookworm', None)
    """
    found = _BASE.fullmatch(base)
    return found["suite"] if found else None


def read_dockerfile(text: str) -> list[Stage]:
    r"""Read the stages of a Dockerfile, the last one last.

    Raises
    ------
    DockerfileError
        For an instruction or an option that is not known here, and for a base that is not pinned.

    >>> base = "debian:bookworm-20261005-slim@sha256:" + 64 * "0"
    >>> stages = read_dockerfile(f"FROM {base} AS a\nFROM a\nENV A=1 B=2\nUSER 7:7\nCMD [\"true\"]\n")
    >>> stages[1].environment, stages[1].user, stages[1].command
    ({'A': '1', 'B': '2'}, '7:7', ['true'])
    """
    stages: list[Stage] = []
    for read in DockerfileParser(fileobj=BytesIO(text.encode()), env_replace=False).structure:
        line, name, value = read["startline"] + 1, read["instruction"], read["value"].strip()
        if name == "COMMENT":
            continue
        if name == "FROM":
            stages.append(_begin(line, value, stages))
        elif not stages:
            raise DockerfileError(f"line {line}: {name} stands before FROM")
        else:
            _add(stages[-1], line, name, value)
    if not stages:
        raise DockerfileError("no FROM")
    return stages


def _begin(line: int, value: str, before: list[Stage]) -> Stage:
    words = value.split()
    base, name = words[0], words[2] if len(words) == 3 and words[1].upper() == "AS" else ""
    if len(words) not in {1, 3} or (len(words) == 3 and not name):
        raise DockerfileError(f"line {line}: FROM {value}: expected FROM BASE or FROM BASE AS NAME")
    former = next((stage for stage in before if stage.name == base), None)
    if former is None and suite_of(base) is None:
        raise DockerfileError(
            f"line {line}: FROM {base}: expected a former stage, or debian:SUITE-DATE-slim@sha256:DIGEST"
        )
    if former is None:
        return Stage(name, base)
    return Stage(name, base, dict(former.environment), folder=former.folder, user=former.user)


def _add(stage: Stage, line: int, name: str, value: str) -> None:
    if name in _STEPS:
        if name != "COPY" and value.startswith("--"):
            raise DockerfileError(f"line {line}: {name} {value}: options are not known here")
        if name == "RUN" and stage.user != "0:0":
            raise DockerfileError(f"line {line}: RUN after USER is not known here: expected USER after all RUN")
        step = Step(line, name, value, dict(stage.environment))
        if name == "COPY":
            split_copy(step)
        if name == "WORKDIR":
            stage.folder = value
        stage.steps.append(step)
    elif name == "ENV":
        stage.environment.update(_variables(line, value))
    elif name == "USER":
        if not re.fullmatch(r"\d+:\d+", value):
            raise DockerfileError(f"line {line}: USER {value}: expected two numbers, such as 10001:10001")
        stage.user = value
    elif name == "EXPOSE":
        stage.ports += map(int, value.split())
    elif name == "CMD":
        stage.command = _listed(line, name, value)
    elif name == "HEALTHCHECK":
        options, found, command = value.partition("CMD ")
        if not found or not all(re.fullmatch(r"--[a-z-]+=\w+", option) for option in options.split()):
            raise DockerfileError(f"line {line}: HEALTHCHECK: expected options and CMD [...]")
        stage.health = _listed(line, name, command.strip())
    else:
        raise DockerfileError(f"line {line}: {name} is not known here")


def split_copy(step: Step) -> tuple[str | None, list[str], str]:
    """Split a ``COPY``: the stage it copies from (None: the context), the sources, and the target.

    >>> split_copy(Step(1, "COPY", "--from=build /opt/venv /opt/venv"))
    ('build', ['/opt/venv'], '/opt/venv')
    """
    words = step.value.split()
    options = [word for word in words if word.startswith("--")]
    found = [_COPY_OPTION.fullmatch(option) for option in options]
    paths = words[len(options) :]
    if len(options) > 1 or not all(found) or len(paths) < 2 or step.value.startswith("["):
        raise DockerfileError(f"line {step.line}: COPY {step.value}: expected COPY [--from=STAGE] SOURCE... TARGET")
    return (found[0]["stage"] if found and found[0] else None), paths[:-1], paths[-1]


def _variables(line: int, value: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in shlex.split(value)]
    if not all(between and re.fullmatch(r"[A-Z_]+", name) for name, between, _ in pairs) or "$" in value:
        raise DockerfileError(f"line {line}: ENV {value}: expected NAME=VALUE, without variables")
    return {name: given for name, _, given in pairs}


def _listed(line: int, name: str, value: str) -> list[str]:
    try:
        words = json.loads(value)
    except ValueError:
        words = None
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise DockerfileError(f'line {line}: {name} {value}: expected a JSON list of texts, such as ["gunicorn"]')
    return words
