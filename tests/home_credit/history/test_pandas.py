"""All features of synthetic clients against the pandas script of the benchmark, which shares no code with ours."""

import pandas as pd
import pytest

from benchmarks import pandas_features
from tools.synthetic.history.write import write


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Make up a few hundred clients with all their histories."""
    folder = tmp_path_factory.mktemp("made_up")
    write(folder, 400, seed=11)
    return folder


def test_every_feature_of_made_up_clients_is_what_pandas_gives(made_up, differences, result, tmp_path):
    pandas_features.run(made_up, tmp_path / "pandas.parquet")
    theirs = pd.read_parquet(tmp_path / "pandas.parquet").sort_index()
    ours = result(made_up, tmp_path / "features.parquet")
    assert sorted(theirs) == sorted(ours)
    assert len(ours) == 400
    assert differences(ours, theirs[list(ours)]) == []
