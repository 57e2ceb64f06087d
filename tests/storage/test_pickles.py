import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from scoring.errors import ArtefactError
from scoring.model.classifiers import SplineLogistic
from scoring.model.plan import NumberColumn
from scoring.storage.pickles import fitted_on, unpickle


def pickle_that_imports(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n."


def test_a_missing_module_is_named():
    content = pickle_that_imports("our_notebook_helpers", "Scaler")
    with pytest.raises(ArtefactError, match="needs the Python module our_notebook_helpers, which cannot be imported"):
        unpickle("scaler.pkl", content)


def test_a_class_of_a_notebook_is_named_with_the_remedy():
    content = pickle_that_imports("__main__", "MyScaler")
    with pytest.raises(ArtefactError, match=r"defined in a notebook or a script .*MyScaler.*\nMove the class"):
        unpickle("scaler.pkl", content)


def test_a_fitted_object_has_a_number_of_columns():
    assert fitted_on(StandardScaler().fit(np.eye(3))) == 3


@pytest.mark.parametrize("silent", [SimpleNamespace(), SimpleNamespace(n_features_in_=0)])
def test_an_object_without_one_may_have_been_fitted_on_any_number(silent):
    assert fitted_on(silent) is None


@pytest.mark.parametrize("protocol", [0, 5])
@pytest.mark.parametrize(
    ("value", "new", "old"),
    [
        (SplineLogistic(C=0.5), b"scoring.model.classifiers", b"scoring.core.models"),
        (NumberColumn(name="a", source="a", fill=1.0), b"scoring.model.plan", b"scoring.core.plan"),
    ],
)
def test_a_pickle_of_an_earlier_release_finds_its_classes(monkeypatch, value, new, old, protocol):
    monkeypatch.delitem(sys.modules, old.decode(), raising=False)
    content = pickle.dumps(value, protocol=protocol)
    if protocol == 5:  # texts carry their length there, and the whole its own in a frame
        content = pickle.dumps(value, protocol=4)[11:]
        content = b"\x80\x04" + content
        length = bytes([len(new)])
        content = content.replace(b"\x8c" + length + new, b"\x8c" + bytes([len(old)]) + old)
    else:
        content = content.replace(new, old)
    assert old in content
    read = unpickle("modele_retenu.pkl", content)
    assert type(read) is type(value)
    assert repr(read) == repr(value)
