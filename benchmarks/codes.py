"""Measure what a model makes of special codes in columns of numbers: ``python -m benchmarks.codes``.

The clients are synthetic, after the kind of a credit bureau's table: the months since the last late payment are -7
where there never was one, -8 where no credit can be used and -9 without any record; the score is then 9999. The risk
differs from code to code.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs, read_flat
from scoring.tables.missing_markers import CODE
from scoring.training import describe
from scoring.training.candidates.families import list_candidates
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.data.folds import assign_folds
from scoring.training.evaluation.ranking import auc

FAMILIES = ("scorecard", "logistic regression", "splines", "lightgbm")
KINDS = {"never": -7, "unusable": -8, "no record": -9}
CODES: Mapping[str, Sequence[str]] = {"months": ["-7", "-8", "-9"], "score": ["9999"]}
WAYS = {  # how the codes are read: markers, and columns to leave out
    "as quantities": ({}, []),
    "as one kind of missing value": (CODES, [f"months{CODE}"]),
    "each as a category, too": (CODES, []),
}


def make_clients(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Make clients, and the kind of each one's months."""
    draws = np.random.default_rng(seed)
    months, util = draws.integers(0, 84, rows), draws.integers(0, 100, rows)
    score = draws.normal(680, 70, rows).round().clip(300, 850)
    kind = draws.choice([*KINDS, "number"], rows, p=[0.45, 0.03, 0.06, 0.46])
    by_kind = np.select([kind == name for name in KINDS], [-0.9, 0.2, 0.7], -0.012 * (months - 40))
    bad = draws.random(rows) < expit(-0.9 - 0.012 * (score - 680) + 0.015 * (util - 50) + by_kind)
    coded = np.select([kind == name for name in KINDS], list(KINDS.values()), months)
    known = np.where(kind == "no record", 9999, score)
    columns = {"id": np.arange(rows) + 100_000, "months": coded, "score": known, "util": util, "bad": bad}
    return pd.DataFrame(columns), kind


def measure(rows: int, seed: int, folder: Path) -> list[dict[str, object]]:
    """Measure each family out of fold, the codes read in each way."""
    table, kind = make_clients(rows, seed)
    table.to_csv(folder / "clients.csv", index=False)
    found: list[dict[str, object]] = []
    for way, (missing, drop) in WAYS.items():
        schema, frame, *_ = read_flat(folder / "clients.csv", ColumnOptions("bad", "id", missing=missing, drop=drop))
        target = frame["bad"].to_numpy()
        fold, data = assign_folds(frame["id"].to_numpy(), target, 5, "folds"), describe.fingerprint(frame, schema)
        folds = Folds(frame, target, fold, data, folder / way, 0)
        for recipe in list_candidates(inputs(schema, frame), FAMILIES, False):
            made = folds.predict(recipe)
            ratios = {name: made.calibrated[kind == name].mean() / target[kind == name].mean() for name in KINDS}
            figures = {"AUC": auc(target, made.calibrated), "log loss": made.log_loss(target), **ratios}
            found.append({"family": recipe.family, "codes": way, **figures})
    return found


def main() -> None:
    """Measure all tables and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--tables", type=int, default=10)
    given = parser.parse_args()
    found: list[dict[str, object]] = []
    with threadpool_limits(1):
        for seed in tqdm(range(given.tables)):
            with tempfile.TemporaryDirectory() as folder:
                found += measure(given.rows, seed, Path(folder))
    mean = pd.DataFrame(found).groupby(["family", "codes"], sort=False).mean()
    mean = mean.loc[list(FAMILIES)]
    lines = [
        "| Family | Codes are read | AUC | log loss | never | unusable | no record |",
        "|---|---|---|---|---|---|---|",
    ]
    for (family, way), row in mean.iterrows():
        figures = [f"{row['AUC']:.4f}", f"{row['log loss']:.4f}", *(f"{row[name]:.2f}" for name in KINDS)]
        lines.append(f"| {family} | {way} | {' | '.join(figures)} |")
    body = (
        f"Mean over {given.tables} tables of {given.rows:,} clients, 5 folds. The last three columns are the predicted "
        "default rate of the clients with each code divided by the observed one.\n\n"
    ) + "\n".join(lines)
    print(body)
    print(write_result("codes", "python -m benchmarks.codes", body + "\n"))


if __name__ == "__main__":
    main()
