"""Compare every candidate on all clients of a table, out of fold.

``python -m benchmarks.candidates --data DIR [--features FILE --coverage FILE] [--trials N]`` takes Home Credit's
tables, ``--table FILE --target COL --id COL`` a flat one. There is no test set, because nothing is published. With all
clients in the folds, the figures can be compared with published ones on the same table.
"""

import argparse
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.model.costs import Costs
from scoring.model.preprocessor import Inputs
from scoring.model.schema import InputSchema
from scoring.training import describe
from scoring.training.candidates.families import FAMILIES
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.choose import choose_champion
from scoring.training.data.folds import assign_folds
from scoring.training.options import Options
from scoring.training.train import compare_candidates


def read(options: argparse.Namespace) -> tuple[pd.DataFrame, InputSchema, Inputs]:
    """Read the clients and the fields that models may use."""
    if options.table:
        from scoring.tables.flat import flat_table
        from scoring.tables.flat.column_options import ColumnOptions

        schema, frame, *_ = flat_table.read_flat(options.table, ColumnOptions(options.target, options.id))
        return frame, schema, flat_table.inputs(schema, frame)
    from scoring.home_credit import input_schema, inputs
    from scoring.home_credit.applications import read_applications
    from scoring.home_credit.history import attach

    schema = input_schema.load_schema()
    frame = read_applications(options.data, schema)
    history: list[str] = []
    if options.coverage:
        covered = pd.read_parquet(options.coverage)
        frame = frame[frame[schema.identity.name].isin(covered[covered["has_bureau_bb_cc"]][schema.identity.name])]
    if options.features:
        frame, history = attach.attach_history(frame, options.features, schema.identity.name)
    return frame, schema, inputs.select_inputs(schema, history)


def main() -> None:
    """Compare and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with application_train")
    parser.add_argument("--features", type=Path, help="history features")
    parser.add_argument("--coverage", type=Path, help="take only clients whose bureau history is complete")
    parser.add_argument("--table", type=Path, help="a flat table instead")
    parser.add_argument("--target")
    parser.add_argument("--id")
    parser.add_argument("--candidates", nargs="*", default=list(FAMILIES))
    parser.add_argument("--every-balancing", action="store_true")
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--search-top", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("build/candidates"))
    parser.add_argument("--name", default="candidates")
    options = parser.parse_args()
    started = time.monotonic()
    frame, schema, inputs = read(options)
    frame = frame.sort_values(schema.identity.name)
    target = frame[schema.target].to_numpy(dtype=np.int8)
    fold = assign_folds(frame[schema.identity.name].to_numpy(), target, 5, "folds")
    folds = Folds(frame, target, fold, describe.fingerprint(frame, schema, inputs.history), options.work)

    def progress(steps, what):
        return tqdm(steps, desc=what, file=sys.stderr)

    with threadpool_limits(1):  # one thread, as in train: two processes with two threads each wait for each other
        results, trials = compare_candidates(
            folds,
            inputs,
            Options(
                candidates=options.candidates,
                every_balancing=options.every_balancing,
                trials=options.trials,
                search_top=options.search_top,
                progress=progress,
            ),
        )
        champion, choice = choose_champion(results, target, Costs())
    lines = [
        f"{len(frame):,} clients, {target.mean():.2%} default, 5 folds; differences to the champion, 95 % intervals.",
        "Raw AUC is of the probabilities before calibration across folds.",
        "",
        "| Candidate | Balancing | raw AUC | AUC | log loss | cost | gap | log loss minus champion's | columns | s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    seconds = {result.recipe.name: result.seconds for result in results}
    raw = {result.recipe.name: roc_auc_score(target, result.probability) for result in results}
    columns = {
        result.recipe.name: folds.prepare_rows(result.recipe.preprocessor, 0).inside.shape[1] for result in results
    }
    for one in choice.candidates:
        less = one.log_loss_difference
        lines.append(
            f"| {one.name} | {one.balancing} | {raw[one.name]:.4f} | {one.auc:.4f} | {one.log_loss:.5f} "
            f"| {one.cost_per_client:.4f} | {one.gap:.4f} "
            f"| {less.value:+.5f} ({less.low:+.5f} to {less.high:+.5f}) | {columns[one.name]} "
            f"| {seconds[one.name]:.0f} |"
        )
    lines += ["", f"Champion: {champion.recipe.name} ({choice.reason})."]
    for family, tried in trials.items():
        finished = [loss for _, _, loss in tried if loss is not None]
        lines.append(f"Search of {family}: {len(tried)} trials, {len(finished)} finished, best {min(finished):.5f}.")
    print("\n".join(lines))
    print(f"{time.monotonic() - started:.0f} s")
    command = shlex.join(Path(argument).name if "/" in argument else argument for argument in sys.argv[1:])
    print(write_result(options.name, f"python -m benchmarks.candidates {command}", "\n".join(lines) + "\n"))


if __name__ == "__main__":
    main()
