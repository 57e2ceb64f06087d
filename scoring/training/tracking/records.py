"""What is recorded of a run, as plain data, and how MLflow takes it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from scoring.errors import shorten
from scoring.model.report import Metric

# The registered model and the alias of the one to serve: models:/credit-scoring@champion.
REGISTERED = "credit-scoring"
ALIAS = "champion"

LONGEST_PARAMETER = 6000
LONGEST_TAG = 8000
_LONGEST_KEY = 250
_NOT_IN_KEYS = re.compile(r"[^\w.\-/ ]")
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Record:
    """What is known of one run: a training, a candidate, a trial.

    Attributes
    ----------
    parameters : what it was told to do; once written, they cannot change.
    metrics : figures; a ``Metric`` is written as ``name``, ``name_low`` and ``name_high``. None is left out.
    tags : what it is: family, balancing, synthetic, data sha256.
    seconds : how long each step took; their sum is the duration of a nested run.
    note : Markdown that MLflow shows on top of the run.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float | Metric | None] = field(default_factory=dict)
    tags: Mapping[str, object] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def figures(self) -> dict[str, float]:
        """Metrics and durations under one name each.

        >>> Record(metrics={"test/auc": Metric(value=0.75, low=0.7, high=0.8)}, seconds={"fit": 2}).figures()
        {'test/auc': 0.75, 'test/auc_low': 0.7, 'test/auc_high': 0.8, 'seconds/fit': 2.0}
        """
        flat: dict[str, float] = {}
        for name, metric in self.metrics.items():
            if isinstance(metric, Metric):
                flat |= {name: metric.value, f"{name}_low": metric.low, f"{name}_high": metric.high}
            elif metric is not None:
                flat[name] = float(metric)
        return {key(name): value for name, value in flat.items()} | {
            key(f"seconds/{step}"): float(value) for step, value in self.seconds.items()
        }

    def texts(self) -> dict[str, str]:
        """Parameters as MLflow keeps them."""
        return {key(name): shorten(str(value), LONGEST_PARAMETER) for name, value in self.parameters.items()}

    def labels(self) -> dict[str, str]:
        """Tags as MLflow keeps them, the note among them; truth values in lower case, as in JSON."""
        tags = {key(name): shorten(_text(value), LONGEST_TAG) for name, value in self.tags.items()}
        return tags | ({"mlflow.note.content": shorten(self.note, LONGEST_TAG)} if self.note else {})


def key(name: str) -> str:
    """Make a name that MLflow takes.

    >>> key("NAME_INCOME_TYPE=Working, yes")
    'NAME_INCOME_TYPE_Working_ yes'
    """
    return _NOT_IN_KEYS.sub("_", name)[:_LONGEST_KEY]


def batches(items: Sequence[_Item], size: int) -> Iterator[list[_Item]]:
    """Deal items into lists of at most ``size``.

    >>> list(batches([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
