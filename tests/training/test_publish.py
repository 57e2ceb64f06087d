"""A published model takes the place of another one as a whole, or not at all."""

import pytest

from scoring.errors import DataError
from scoring.training.publish import publish_copy


def test_a_model_stays_as_it_was_where_another_cannot_be_written_completely(folder, project):
    (folder / "modele_retenu.pkl").write_bytes(b"former")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "scaler.pkl.part").mkdir()  # nothing can be written there
    with pytest.raises(DataError, match=r"cannot be written to .*\nThe model there is as it was"):
        publish_copy(project, folder, with_clients=True)
    (folder / "scaler.pkl.part").rmdir()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
