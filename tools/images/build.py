"""Run the stages of a Dockerfile: each in a copy of the root that it begins with, as root, with the network."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from tools.images.context import copy_context
from tools.images.dockerfile import DockerfileError, Stage, Step, split_copy, suite_of

# As in the base image: no pages of manuals, no translations.
_LEFT_OUT = ("man/*", "info/*", "doc/*", "locale/*")
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_MIRROR = "http://deb.debian.org"
_ARCHIVES = (("debian", "{}"), ("debian", "{}-updates"), ("debian-security", "{}-security"))
# The machine's own authorities, where it has others than those that pip brings: RUN sees the file, the image does not.
_AUTHORITIES = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or ""
_SEEN = "/run/authorities.crt"
_SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def make_base(suite: str, folder: Path) -> None:
    """Make a bare Debian, as the base image has; apt verifies the archive's signatures with Debian's keys."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}" for name in _LEFT_OUT]
    options += ["--dpkgopt=path-include=/usr/share/doc/*/copyright", "--dpkgopt=force-unsafe-io"]
    options += ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--include=usr-is-merged"]
    sources = [f"deb [signed-by={_KEYS}] {_MIRROR}/{archive} {name.format(suite)} main" for archive, name in _ARCHIVES]
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--keyring={_KEYS}", *options]
    subprocess.run([*command, suite, str(part), *sources], check=True, stdout=subprocess.DEVNULL)
    part.rename(folder)


def build(stages: list[Stage], context: Path, work: Path, built: dict[str, Path]) -> Path:
    """Run all stages; returns the root of the last one.

    Parameters
    ----------
    context : folder that ``COPY`` takes files from, without those that its ``.dockerignore`` leaves out.
    work : folder for the roots; those of a former run are replaced, except the bare base.
    built : roots of stages that take nothing from a context, by their steps; such a stage is run once for all images.
    """
    roots: dict[str, Path] = {}
    copied = work / "context"
    shutil.rmtree(copied, ignore_errors=True)
    copy_context(context, copied)
    for number, stage in enumerate(stages):
        suite = suite_of(stage.base)
        source = work.parent / f"base-{suite}" if suite else roots[stage.base]
        if suite and not source.exists():
            make_base(suite, source)
        root = work / f"stage-{number}"
        steps = (
            repr((stage.base, [(one.name, one.value) for one in stage.steps]))
            if suite and not any(one.name == "COPY" for one in stage.steps)
            else ""
        )
        if steps in built:
            roots[stage.name] = built[steps]
            continue
        subprocess.run(["rm", "--recursive", "--force", str(root)], check=True)
        subprocess.run(["cp", "--archive", "--reflink=auto", str(source), str(root)], check=True)
        folder = next((former.folder for former in stages[:number] if former.name == stage.base), "/")
        for step in stage.steps:
            began = time.monotonic()
            if step.name == "WORKDIR":
                folder = step.value
                (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.name == "COPY":
                _copy(step, root, folder, copied, roots)
            else:
                _run(step, root, folder)
            print(f"  {time.monotonic() - began:4.0f} s  {step.name} {step.value[:80]}", flush=True)
        roots[stage.name] = root
        if steps:
            built[steps] = root
    return roots[stages[-1].name]


def _copy(step: Step, root: Path, folder: str, context: Path, roots: dict[str, Path]) -> None:
    stage, sources, target = split_copy(step)
    if stage is not None and stage not in roots:
        raise DockerfileError(f"line {step.line}: COPY --from={stage}: there is no former stage of this name")
    source_root = context if stage is None else roots[stage]
    to = root / os.path.join(folder, target).lstrip("/")  # noqa: PTH118  (an absolute target replaces the folder)
    for name in sources:
        source = source_root / name.lstrip("/")
        if not source.exists():
            raise DockerfileError(f"line {step.line}: COPY {name}: there is no such file; .dockerignore leaves it out?")
        if source.is_dir():  # its content is copied, not the folder
            to.mkdir(parents=True, exist_ok=True)
            # Files of a stage are not copied but linked: after this no step of that stage changes them.
            link = [] if stage is None else ["--link"]
            subprocess.run(["cp", "--archive", *link, f"{source}/.", str(to)], check=True)
        else:
            into = to / source.name if target.endswith("/") else to
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, into)


def _run(step: Step, root: Path, folder: str) -> None:
    given = {"PATH": _SEARCHED, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", **step.environment}
    seen = ["--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"]
    if _AUTHORITIES:
        given["PIP_CERT"] = _SEEN
        seen += ["--ro-bind", _AUTHORITIES, _SEEN]
    settings = [part for name, value in given.items() for part in ("--setenv", name, value)]
    command = ["bwrap", "--bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run", *seen]
    command += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--clearenv", *settings]
    done = subprocess.run(
        [*command, "--chdir", folder, "/bin/sh", "-c", step.value], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DockerfileError(f"line {step.line}: RUN ended with {done.returncode}:\n{done.stdout[-4000:]}")
