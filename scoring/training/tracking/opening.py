"""Start the run of a training, or go on with one that was killed."""

import functools
import hashlib
import os
import platform
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.errors import SettingError
from scoring.training.tracking.runs import ERROR, PLACE, PROCESS, ROOT, Nested, Store, Tracking
from scoring.training.tracking.store import artefacts_beside, connect, default_uri, reported, without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

_RESUME = "scoring.resume"


def open_tracking(
    experiment: str,
    uri: str | None = None,
    *,
    folder: Path = Path(),
    name: str = "training",
    resume: str | None = None,
) -> Tracking:
    """Start the run of a training.

    Runs of this experiment whose process died on this machine are marked as killed.

    Parameters
    ----------
    uri : a tracking server or store; by default ``mlflow.db`` in ``folder``, files in ``mlartifacts`` beside it.
    name : of the run.
    resume : stands for data, options and seed: a training of the same that never came to its end is gone on with.

    Raises
    ------
    SettingError
        Where the store cannot be used; before any training.
    """
    uri = uri or default_uri(folder)
    client = connect(uri, create=True)
    with reported(uri):
        store = Store(client, uri, _experiment(client, uri, experiment), _process())
        _mark_dead(store)
        mark = hashlib.sha256(resume.encode()).hexdigest()[:16] if resume else ""
        before = _ended_early(store, mark) if resume else None
        return _continued(store, before) if before else _started(store, name, mark)


def _started(store: Store, name: str, mark: str) -> Tracking:
    tags = {PROCESS: store.process, "mlflow.source.name": "python -m scoring train", "mlflow.source.type": "LOCAL"}
    tags |= {_RESUME: mark} if mark else {}
    return Tracking(store, store.client.create_run(store.experiment, tags=tags, run_name=name).info.run_id)


def _continued(store: Store, before: "MlflowRun") -> Tracking:
    run_id = before.info.run_id
    if ERROR in before.data.tags:
        store.client.delete_tag(run_id, ERROR)
    store.client.set_tag(run_id, PROCESS, store.process)
    store.client.update_run(run_id, status="RUNNING")
    for run in _found(store, f"tags.`{ROOT}` = '{run_id}'"):
        # Without the tag it was written to the end: a trial that was given up is shown as killed, too.
        store.nested[run.data.tags[PLACE]] = Nested(run.info.run_id, whole=ERROR not in run.data.tags)
    return Tracking(store, run_id)


def _experiment(client: "MlflowClient", uri: str, name: str) -> str:
    known = client.get_experiment_by_name(name)
    if known is None:
        return str(client.create_experiment(name, artefacts_beside(uri)))
    if known.lifecycle_stage != "active":
        raise SettingError(
            f"experiment {name!r} in {without_password(uri)} was deleted\n"
            f"Restore it (mlflow experiments restore --experiment-id {known.experiment_id}), or take another name."
        )
    return str(known.experiment_id)


def _mark_dead(store: Store) -> None:
    for run in _found(store, "attributes.status = 'RUNNING'"):
        if _is_dead(run.data.tags.get(PROCESS, "")):
            store.client.set_tag(run.info.run_id, ERROR, "the process died")
            store.client.set_terminated(run.info.run_id, "KILLED")


def _ended_early(store: Store, mark: str) -> "MlflowRun | None":
    found = _found(store, f"tags.`{_RESUME}` = '{mark}'")
    return next((run for run in found if run.info.status in ("KILLED", "FAILED")), None)


def _found(store: Store, condition: str) -> "list[MlflowRun]":
    """All runs that meet a condition, the latest first."""
    found: list[MlflowRun] = []
    token: str | None = ""
    while token is not None:
        page = store.client.search_runs([store.experiment], condition, max_results=1000, page_token=token or None)
        found += page
        token = page.token or None
    return found


def _process() -> str:
    return f"{platform.node()}:{os.getpid()}:{_birth()}"


@functools.cache
def _birth() -> str:
    """Tell this process from an earlier one of the same number: in a container that is always the same."""
    return uuid.uuid4().hex[:8]


def _is_dead(process: str) -> bool:
    """Whether a run's process is known to be gone; one on another machine never is."""
    node, _, rest = process.partition(":")
    number, _, birth = rest.partition(":")
    if node != platform.node() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return birth != _birth()
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's process
        return False
    return False
