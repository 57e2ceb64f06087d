"""Train with the defaults on public tables, against LightGBM with its defaults: ``python -m benchmarks.public_tables``.

Three tables come with scikit-learn; three are synthetic, in the shape of published credit tables. Each is written as a
CSV file, and ``train --table FILE --target default --id id --out FOLDER`` is run without any other option. LightGBM
gets the same training clients in the same folds, every column as it is in the file, and the same calibration.
"""

import argparse
import contextlib
import csv
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn.datasets
from lightgbm import LGBMClassifier
from scipy.io import arff
from sklearn.datasets import load_breast_cancer, load_digits

from benchmarks.credit_shapes import make_german, make_heloc, make_taiwan
from benchmarks.machine import write_result
from scoring.cli.train_command import train
from scoring.model.report import Metric
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.fit import cross_calibrate

SEED = 20261127
NOTE = (
    "`train --table FILE --target default --id id --out FOLDER`, no other option, against LightGBM with the defaults "
    "of its library on the same clients, folds and calibration. A champion is within the noise if neither interval "
    "shows it to be worse."
)


def read_breast_cancer() -> pd.DataFrame:
    """30 measures of 569 tumours; 1 is malignant."""
    read = load_breast_cancer(as_frame=True)
    return read.data.assign(default=1 - read.target)


def read_digits() -> pd.DataFrame:
    """64 pixels of 1,797 written digits; 1 is an eight."""
    read = load_digits(as_frame=True)
    return read.data.assign(default=(read.target == 8).astype(int))


def read_chess() -> pd.DataFrame:
    """36 texts of 3,196 chess endings, king and rook against king and pawn; 1 is not won."""
    file = Path(sklearn.datasets.__file__).parent / "tests" / "data" / "openml" / "id_3" / "data-v1-dl-3.arff.gz"
    limit = csv.field_size_limit()
    rows, _ = arff.loadarff(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
    csv.field_size_limit(limit)  # SciPy lifts the limit of the whole process
    frame = pd.DataFrame(rows).map(bytes.decode)
    return frame.drop(columns="class").assign(default=(frame["class"] == "nowin").astype(int))


TABLES: Mapping[str, Callable[[], pd.DataFrame]] = {
    "breast cancer (scikit-learn)": read_breast_cancer,
    "digits: is it an eight? (scikit-learn)": read_digits,
    "shape of German credit": lambda: make_german(1000, SEED),
    "shape of HELOC": lambda: make_heloc(3000, SEED),
    "shape of Taiwan": lambda: make_taiwan(3000, SEED),
    "chess endings kr-vs-kp (scikit-learn)": read_chess,
}


@dataclass(frozen=True)
class Compared:
    """The champion of a table and LightGBM with its defaults, out of fold on the training clients.

    Attributes
    ----------
    auc, plain_auc : of the champion and of LightGBM.
    auc_gain : paired, above 0 where the champion ranks better.
    loss_gain : of log loss, paired, below 0 where the champion is better.
    """

    rows: int
    champion: str
    auc: float
    plain_auc: float
    auc_gain: Metric
    loss_gain: Metric

    @property
    def holds(self) -> bool:
        """Whether LightGBM is not better beyond chance, in ranking and in log loss (95 %)."""
        return self.auc_gain.high >= 0 and self.loss_gain.low <= 0


def compare(table: pd.DataFrame, folder: Path) -> Compared:
    """Train on a table in a folder with the command's defaults, and compare on the same folds.

    MLflow, which records the run in the folder, keeps its store open: tables of one process need one folder.
    """
    table = table.assign(id=np.random.default_rng(SEED).permutation(len(table)) + 100_000)
    file = folder / "clients.csv"
    table.to_csv(file, index=False)
    options = ["--table", str(file), "--target", "default", "--id", "id", "--out", str(folder / "model")]
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        trained = train.main(options, standalone_mode=False)
    folds, champion = trained.folds, trained.champion
    known = pd.read_csv(file).set_index("id").loc[folds.applications["id"]].drop(columns="default")
    texts = known.select_dtypes(exclude="number").columns
    known = known.astype(dict.fromkeys(texts, "category"))
    plain = np.empty(len(known))
    for k in range(folds.count):
        out = folds.fold == k
        model = LGBMClassifier(random_state=0, n_jobs=1, verbose=-1).fit(known[~out], folds.target[~out])
        plain[out] = model.predict_proba(known[out])[:, 1]
    theirs = cross_calibrate(folds.target, plain, folds.fold)
    both = folds.target, champion.calibrated, theirs
    return Compared(
        len(table),
        trained.manifest.choice.champion,
        auc(folds.target, champion.calibrated),
        auc(folds.target, theirs),
        paired_difference(*both, "auc", folds.seed),
        paired_difference(*both, "log_loss", folds.seed),
    )


def main() -> None:
    """Compare on all tables; print each row, and write the result after each."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    os.environ.pop("MLFLOW_TRACKING_URI", None)  # the runs are recorded in the temporary folder
    head = "AUC minus LightGBM's (95 %) | log loss minus LightGBM's (95 %) | within the noise"
    lines = [f"| Table | rows | champion | AUC | LightGBM | {head} |", "|---|---|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, found in compare_all(Path(folder)):
            gains = [
                f"{one.value:+.4f} ({one.low:+.4f} to {one.high:+.4f})" for one in (found.auc_gain, found.loss_gain)
            ]
            aucs = f"{found.auc:.4f} | {found.plain_auc:.4f}"
            held = "yes" if found.holds else "**no**"
            lines.append(f"| {name} | {found.rows:,} | {found.champion} | {aucs} | {' | '.join(gains)} | {held} |")
            print(lines[-1], flush=True)
            write_result("public-tables", "python -m benchmarks.public_tables", "\n".join([NOTE, "", *lines, ""]))


def compare_all(folder: Path) -> Iterator[tuple[str, Compared]]:
    """Compare on each table in turn; yields its name, too."""
    for name, read in TABLES.items():
        yield name, compare(read(), folder)


if __name__ == "__main__":
    main()
