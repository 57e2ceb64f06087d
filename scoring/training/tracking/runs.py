"""Runs: one a training, and nested in it one a candidate and one a trial."""

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from scoring.errors import SettingError
from scoring.training.tracking.records import Record, batches
from scoring.training.tracking.store import reported

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

# Tags by which runs are found again.
PARENT, ROOT, PLACE = "mlflow.parentRunId", "scoring.root", "scoring.place"
PROCESS, ERROR = "scoring.process", "scoring.error"
_FIGURES_AT_ONCE, _TEXTS_AT_ONCE = 1000, 100  # the most that MLflow takes in a call
_RESOLUTION = 110


@dataclass(frozen=True)
class Nested:
    """A nested run that is in the store: its id, and whether it was written to the end."""

    id: str
    whole: bool


@dataclass(frozen=True)
class Store:
    """An experiment in a store.

    Attributes
    ----------
    process : names this process in the runs that it writes.
    nested : runs of this training that are already there, by their place in it.
    """

    client: "MlflowClient"
    uri: str
    experiment: str
    process: str
    nested: dict[str, Nested] = field(default_factory=dict)


class Run:
    """One run; figures and tables may be added at any time.

    Parameters
    ----------
    place : its name in the training, with those of the runs that it is nested in.
    root : the training's run; None where this is it.
    """

    def __init__(self, store: Store, run_id: str, place: str = "", root: str | None = None) -> None:
        self.store, self.id, self._place, self._root = store, run_id, place, root or run_id

    def log(self, record: Record) -> None:
        """Write parameters, metrics, tags and durations, in as few calls as MLflow allows."""
        from mlflow.entities import Metric, Param, RunTag

        now, client = _now(), self.store.client
        figures = [Metric(name, value, now, 0) for name, value in record.figures().items()]
        texts = [Param(name, value) for name, value in record.texts().items()]
        tags = [RunTag(name, value) for name, value in record.labels().items()]
        with reported(self.store.uri):
            for some in batches(figures, _FIGURES_AT_ONCE):
                client.log_batch(self.id, metrics=some)
            for parameters in batches(texts, _TEXTS_AT_ONCE):
                client.log_batch(self.id, params=parameters)
            for labels in batches(tags, _TEXTS_AT_ONCE):
                client.log_batch(self.id, tags=labels)

    def nested(self, name: str, record: Record, *, given_up: bool = False) -> "Run":
        """Write a run that is over: a candidate in a training, a trial in a candidate.

        A name is written once: where this training, or the killed one that it goes on from, has written it to
        the end, that run is returned as it is.

        Parameters
        ----------
        given_up : it was stopped for being poor; MLflow shows it as killed.
        """
        place, client, now = f"{self._place}/{name}", self.store.client, _now()
        before = self.store.nested.get(place)
        if before and before.whole:
            return Run(self.store, before.id, place, self._root)
        with reported(self.store.uri):
            if before:
                client.delete_tag(before.id, ERROR)
            run = Run(self.store, before.id if before else self._create(name, place, record), place, self._root)
            run.log(Record(record.parameters, record.metrics, seconds=record.seconds))
            client.set_terminated(run.id, "KILLED" if given_up else "FINISHED", end_time=now)
        self.store.nested[place] = Nested(run.id, whole=True)
        return run

    def _create(self, name: str, place: str, record: Record) -> str:
        own = {PARENT: self.id, ROOT: self._root, PLACE: place, PROCESS: self.store.process}
        started = _now() - int(1000 * sum(record.seconds.values()))
        made = self.store.client.create_run(self.store.experiment, started, own | record.labels(), name)
        return str(made.info.run_id)

    def figure(self, name: str, drawn: "Figure") -> None:
        """Keep a figure as ``plots/NAME.png``."""
        with reported(self.store.uri):
            self.store.client.log_figure(self.id, drawn, f"plots/{name}.png", save_kwargs={"dpi": _RESOLUTION})

    def table(self, name: str, content: str | Mapping[str, Any] | Sequence[Any]) -> None:
        """Keep a table: Markdown as ``tables/NAME.md``, plain data as ``tables/NAME.json``. Never people's rows."""
        markdown = isinstance(content, str)
        text = str(content) if markdown else json.dumps(content, indent=1, default=str)
        with reported(self.store.uri):
            self.store.client.log_text(self.id, text, f"tables/{name}.{'md' if markdown else 'json'}")

    def end(self, status: str) -> None:
        """Say that the run is over: ``FINISHED``, ``FAILED`` or ``KILLED``."""
        with reported(self.store.uri):
            self.store.client.set_terminated(self.id, status)


class Tracking(Run):
    """The run of a training: finished when its block ends, failed or killed when an error or a signal ends it."""

    def __enter__(self) -> "Tracking":
        """Return the run itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Mark how the training ended. An error's kind is told; its text is not, since it may quote data."""
        if kind is None:
            self.end("FINISHED")
            return
        with contextlib.suppress(SettingError):  # the first error is the one to see
            self.log(Record(tags={ERROR: kind.__name__}))
            self.end("FAILED" if issubclass(kind, Exception) else "KILLED")

    def dataset(self, name: str, sha256: str, facts: Mapping[str, object], context: str = "training") -> None:
        """Say what was trained on: a name, a fingerprint, aggregates. Neither rows nor paths.

        Parameters
        ----------
        facts : number of rows, default rate and the like.
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag

        source, profile = json.dumps({"sha256": sha256}), json.dumps(dict(facts), default=str)
        shown = Dataset(name, sha256[:16], "fingerprint", source, profile=profile)
        with reported(self.store.uri):
            tags = [InputTag("mlflow.data.context", context)]
            self.store.client.log_inputs(self.id, [DatasetInput(shown, tags)])
        self.log(Record(tags={"data_sha256": sha256}))


def _now() -> int:
    """Milliseconds, as MLflow counts time."""
    return int(time.time() * 1000)
