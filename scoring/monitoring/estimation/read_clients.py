"""Read the clients of an estimate: a table, with or without outcomes, or the decisions of a period from the record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.manifest import Manifest
from scoring.model.scorer import Scorer
from scoring.monitoring.estimation.scored_clients import ClientsNote, ScoredClients
from scoring.monitoring.latest_decisions import Pages, read_latest
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.tables.raw_applications import RawApplications
from scoring.training.data.checks import TEST_PARTS
from scoring.training.data.folds import assign_folds
from scoring.training.data.set_aside import find_set_aside
from scoring.training.evaluation.evaluate_folder import FEWEST
from scoring.training.evaluation.ranking import auc
from scoring.validation.figures import Table, score_table

_SAME = 1e-6  # difference of two AUCs of the same clients


def read_reference(manifest: Manifest, scorer: Scorer, place: Table) -> ScoredClients:
    """Read clients with known outcomes. Of the table that the model was trained on, only the test set is kept.

    Raises
    ------
    DataError
        When the table cannot be read, lacks columns, or has fewer than ten known outcomes of either kind.
    """
    clients, raw = _read_table(manifest, scorer, place)
    known = np.zeros(len(clients), dtype=bool) if clients.target is None else ~np.isnan(clients.target)
    kept = clients.select(known)
    outcomes = np.array([]) if kept.target is None else kept.target
    rarest = int(min((outcomes == 1).sum(), (outcomes == 0).sum()))
    if rarest < FEWEST:
        raise DataError(
            f"{place.data}: {rarest} valid rows have the rarer outcome ({manifest.input_schema.target}), expected "
            f"at least {FEWEST}\nPass a table of clients whose outcome is known, and whom the model was not fitted on."
        )
    return _held_out(manifest, replace(kept, target=outcomes), raw.ids[known], *raw.read_every_outcome())


def read_current(manifest: Manifest, scorer: Scorer, place: Table) -> ScoredClients:
    """Read current clients from a table; outcomes that it may have are not used."""
    return replace(_read_table(manifest, scorer, place)[0], target=None)


def _read_table(manifest: Manifest, scorer: Scorer, place: Table) -> tuple[ScoredClients, RawApplications]:
    path, raw, rows, scores = score_table(manifest, scorer, place)
    notes = [ClientsNote("of_table", {"name": path.name, "note": note}) for note in raw.notes]
    if raw.errors:
        notes.insert(0, ClientsNote("errors", {"name": path.name, "count": len(raw.errors), "rows": raw.rows}))
    read = ScoredClients(path.name, rows, scores.probability, scores.refused, raw.target, raw.read_fields(), (*notes,))
    return read, raw


def _held_out(
    manifest: Manifest, clients: ScoredClients, ids: NDArray[Any], every_id: NDArray[Any], outcomes: NDArray[Any]
) -> ScoredClients:
    """Keep the test set of the table that the model was trained on; another table is kept whole.

    The table is that of the training if its test set, drawn again, has the size and the AUC that the manifest states.
    Rows with errors are drawn too, because training keeps those that can be read; as they are not scored, the AUC may
    differ by what they can change.
    """
    training, stated = manifest.training, manifest.metrics.get("test", {}).get("auc")
    aside = find_set_aside(every_id, training.set_aside)
    if int((~aside).sum()) != training.rows + training.test_rows or stated is None:
        return clients
    tested = np.zeros(len(every_id), dtype=bool)
    tested[~aside] = assign_folds(every_id[~aside], outcomes[~aside], TEST_PARTS, "test") == 0
    if int(tested.sum()) == training.test_rows and not training.refitted:
        part = clients.select(_are_among(ids, every_id[tested]))
        target: Any = part.target
        rarest = max(min((target == 1).sum(), (target == 0).sum()), 1)
        if abs(auc(target, part.probability) - stated.value) < _SAME + (training.test_rows - len(part)) / rarest:
            held_out = clients.select(_are_among(ids, every_id[tested | aside]))
            note = ClientsNote("training_table", {"name": clients.name, "count": len(held_out)})
            return replace(held_out, warnings=(*clients.warnings, note))
    note = ClientsNote("as_many_as_training", {"name": clients.name})
    return replace(clients, warnings=(*clients.warnings, note))


def _are_among(ids: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Compare as texts: the ids of a table with errors are texts."""
    return np.isin(ids.astype(str), others.astype(str))


def read_recorded(
    manifest: Manifest,
    scorer: Scorer,
    session: Session,
    name: str,
    period: Period,
    progress: Callable[[Pages], Pages] = iter,
) -> ScoredClients:
    """Read the recorded decisions of the model in a period, as ``read_latest`` does, and score them again."""
    read = read_latest(session, period, manifest.version(), name, progress)
    told = {
        "other_versions": read.other_versions.total(),
        "erased": read.erased,
        "repeated": read.repeated,
    }
    notes = [ClientsNote(code, {"count": count, "total": read.total}) for code, count in told.items() if count]
    refused = np.array([one.content["decision"] == "REFUSED" for one in read.kept])
    rows = read.rows()
    return ScoredClients(name, rows, scorer.score(rows).probability, refused, warnings=(*notes,))
