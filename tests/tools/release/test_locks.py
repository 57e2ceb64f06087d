"""The locks hold what pyproject.toml asks for: without the network, from the files and the installed packages."""

import os
import re
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.release.lock import FRONT, SERVING, list_locks, write_lock
from tools.release.pins import read_lock

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OWN = PROJECT["project"]["name"]
LOCKS = {lock.path: lock for lock in list_locks(PROJECT)}
MACHINES = [
    {
        "sys_platform": system,
        "platform_system": name,
        "os_name": os,
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    for system, name, os, machine in [
        ("linux", "Linux", "posix", "x86_64"),
        ("linux", "Linux", "posix", "aarch64"),
        ("darwin", "Darwin", "posix", "arm64"),
        ("win32", "Windows", "nt", "AMD64"),
    ]
    for python in ("3.11", "3.14")
]


def wanted(lock):
    """List what pyproject.toml asks of a lock, with the extras that an extra names."""
    table, kind, name = PROJECT["project"], *(lock.choice or ("", ""))
    if kind == "--group":
        return PROJECT["dependency-groups"][name.partition(":")[2]]
    listed = [*table["dependencies"], *(table["optional-dependencies"][name] if name else [])]
    for one in listed:
        if (requirement := Requirement(one)).name == OWN:
            listed.extend(item for extra in requirement.extras for item in table["optional-dependencies"][extra])
    return [one for one in listed if Requirement(one).name != OWN]


def pins_with_serving(lock):
    return [*read_lock(ROOT / lock.path), *(read_lock(ROOT / SERVING) if lock.beyond_serving else [])]


@pytest.mark.parametrize("path", LOCKS)
def test_what_pyproject_asks_for_is_in_its_lock(path):
    pins = pins_with_serving(LOCKS[path])
    for one in wanted(LOCKS[path]):
        requirement = Requirement(one)
        versions = [pin.version for pin in pins if pin.name == canonicalize_name(requirement.name)]
        assert any(requirement.specifier.contains(version, prereleases=True) for version in versions), (
            f"pyproject.toml asks for {one}, {path} has {versions or 'no version of it'}. Run: make lock"
        )


@pytest.mark.parametrize("path", [path for path, lock in LOCKS.items() if not lock.apart])
def test_what_its_packages_need_is_in_the_lock_too_on_each_machine(path):
    pins = {}
    for pin in pins_with_serving(LOCKS[path]):
        pins.setdefault(pin.name, []).append(pin)
    missing = set()
    for machine in range(len(MACHINES)):
        chosen = {name for name, ones in pins.items() if any(holds(pin.marker, machine) for pin in ones)}
        for name in chosen:
            needs = needed(name, machine) if installed_version(name) in {pin.version for pin in pins[name]} else ()
            missing |= {f"{name} needs {one}" for one in needs if one not in chosen}
    assert missing == set()


@cache  # the locks have many packages in common, and evaluating a marker takes long
def holds(marker, machine):
    return not marker or Requirement(f"x; {marker}").marker.evaluate(MACHINES[machine])


@cache
def installed_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def needed(name, machine):
    """List what the installed package needs on a machine, without its extras."""
    asked = [Requirement(one) for one in metadata.requires(name) or [] if "extra ==" not in one]
    return [
        canonicalize_name(one.name)
        for one in asked
        if not one.marker or one.marker.evaluate({**MACHINES[machine], "extra": ""})
    ]


def test_a_package_has_the_same_version_in_all_locks_that_share_an_environment():
    seen = {}
    for path, lock in LOCKS.items():
        for pin in [] if lock.apart else read_lock(ROOT / path):
            seen.setdefault((pin.name, pin.marker), {}).setdefault((pin.version, pin.hashes), []).append(path)
    assert {name: list(ones.values()) for name, ones in seen.items() if len(ones) > 1} == {}


def test_mlflows_pages_are_of_the_version_that_training_records_with():
    versions = {
        pin.name: pin.version for path in ("train", "mlflow") for pin in read_lock(ROOT / f"requirements/{path}.txt")
    }
    assert versions["mlflow"] == versions["mlflow-skinny"]


@pytest.mark.parametrize("path", LOCKS)
def test_each_line_of_a_lock_is_a_pin_with_hashes_and_nothing_else(path):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    assert all(pin.hashes for pin in read_lock(ROOT / path))
    form = re.compile(
        r"#.*|[a-z0-9-]+==[0-9a-z.]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|-r requirements/[a-z]+\.txt"
    )
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_every_lock_belongs_to_an_extra_or_a_group():
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*")}
    assert found | {SERVING, FRONT} == set(LOCKS)


def test_the_front_ends_lock_has_what_its_extra_asks_for():
    extra = {Requirement(one).name for one in PROJECT["project"]["optional-dependencies"]["front"]}
    assert {Requirement(one).name for one in PROJECT["dependency-groups"]["front"]} == extra


def test_a_lock_that_stays_the_same_is_not_written_so_that_nothing_is_installed_again(tmp_path):
    path = tmp_path / "requirements" / "lock.txt"
    write_lock(path, "one==1\n")
    os.utime(path, (1, 1))
    write_lock(path, "one==1\n")
    assert path.stat().st_mtime == 1
    write_lock(path, "one==2\n")
    assert path.read_text(encoding="utf-8") == "one==2\n"
    assert path.stat().st_mtime > 1
