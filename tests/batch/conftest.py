import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch.batch_entry import BatchRecorder
from scoring.batch.batch_input import open_source
from scoring.batch.out_folder import OutFolder
from scoring.batch.run import Options, run_batch
from scoring.batch.scored import make_row_scorer
from scoring.storage.artefacts import load_bundle
from tools.synthetic.history.write import write

CLIENTS = 1000  # of the seven tables
SEED = 1  # as the clients of the bundled model, whose first ones they are


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """The seven tables of synthetic clients."""
    folder = tmp_path_factory.mktemp("tables") / "synthetic"
    write(folder, CLIENTS, SEED, "parquet", histories=True)
    return folder


@pytest.fixture(scope="session")
def bundle(project):
    return load_bundle(project)


@pytest.fixture(scope="session")
def rows(bundle):
    """The bundled clients' model-ready rows, as a table of Arrow."""
    columns = dict(zip(bundle.scorer.features, bundle.clients.table.rows.T, strict=True))
    return pa.table({bundle.identity.name: bundle.clients.table.client_ids, **columns})


@pytest.fixture
def rows_file(rows, tmp_path):
    file = tmp_path / "rows.parquet"
    pq.write_table(rows, file, row_group_size=100)
    return file


@pytest.fixture
def run(bundle):
    """Score an input into a folder; returns the summary."""

    def run(data, out, *, reasons=False, record=None, what="summary", part_rows=200, errors=None):
        source = open_source(data, bundle, part_rows)
        recorder = BatchRecorder(record, what, bundle)
        folder = OutFolder(out, errors)
        return run_batch(source, make_row_scorer(bundle, reasons=reasons), folder, recorder, Options(part_rows))

    return run


def read_scores(out):
    return pq.read_table(out / "scores").to_pylist()


def read_summary(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def changed(rows, column, values):
    """The same table with other values in one column, where they are given: by row, from 0."""
    place = rows.schema.get_field_index(column)
    cells = rows.column(place).to_pylist()
    for row, value in values.items():
        cells[row] = value
    array = np.array(cells) if None not in cells else cells
    return rows.set_column(place, column, pa.array(array))


@pytest.fixture
def package_archive(project, tmp_path):
    """The project's package as a zip file, from which Python imports it."""
    with zipfile.ZipFile(tmp_path / "scoring.zip", "w") as archive:
        for file in (project / "scoring").rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(project))
    return tmp_path / "scoring.zip"
