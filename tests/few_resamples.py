"""Measure intervals on few resamples: most of a training on a small table is the resamples of its report."""

import contextlib
from collections.abc import Iterator
from unittest import mock

from scoring.training import threshold
from scoring.training.evaluation import bootstrap, groups

FEW = 20
DRAW = bootstrap.draw_resamples


def _draw_few(target, seed, number=FEW):
    return DRAW(target, seed, min(number, FEW))


@contextlib.contextmanager
def few_resamples() -> Iterator[None]:
    """Draw few resamples wherever training does."""
    with contextlib.ExitStack() as stack:
        for module in (bootstrap, groups, threshold):
            stack.enter_context(mock.patch.object(module, "draw_resamples", _draw_few))
        yield
