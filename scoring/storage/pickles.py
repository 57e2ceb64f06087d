"""Fitted objects: unpickled, and checked for the methods that scoring needs."""

import importlib
import io
import logging
import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from scoring.errors import ArtefactError, StartError, shorten
from scoring.storage.bundle import MODEL, SCALER
from scoring.storage.clients.client_table import column_errors

_log = logging.getLogger("scoring")
_MOVED = {  # modules that pickles of earlier releases name
    "scoring.core.models": "scoring.model.classifiers",
    "scoring.core.preprocess": "scoring.model.preprocessor",
    "scoring.core.plan": "scoring.model.plan",
}


def unpickle(name: str, content: bytes, *, log_version: bool = False) -> Any:
    """Unpickle one object.

    Parameters
    ----------
    log_version : log the version of scikit-learn that made it, where another one is installed.

    Raises
    ------
    ArtefactError
        Naming the module that is missing, the class that cannot be imported, or what else is wrong.
    """
    _alias_moved_modules(content)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted = joblib.load(io.BytesIO(content))
    except ModuleNotFoundError as error:
        raise ArtefactError(
            f"{name}: needs the Python module {error.name}, which cannot be imported\n"
            "Install the package that contains it, in the version that made the file. "
            "A module of your own has to be in the folder where the service is started."
        ) from None
    except StartError:
        raise
    except BaseException as error:  # noqa: BLE001  (a damaged pickle may raise anything, even SystemExit)
        if "__main__" in str(error):
            raise ArtefactError(
                f"{name}: holds a class that was defined in a notebook or a script ({error})\n"
                "Move the class into a module that the service can import, and pickle the object again."
            ) from None
        raise ArtefactError(
            f"{name}: cannot be unpickled ({shorten(f'{type(error).__name__}: {error}', 300)})\n"
            f"Expected a whole pickle or joblib file that scikit-learn {sklearn.__version__} can read"
            f"{_made_by(content)}. Copy it again, or fit it again."
        ) from None
    foreign = {w.message.original_sklearn_version for w in caught if isinstance(w.message, InconsistentVersionWarning)}
    if foreign and log_version:
        _log.warning("%s: made by scikit-learn %s, read by %s", name, ", ".join(sorted(foreign)), sklearn.__version__)
    return fitted


def _alias_moved_modules(content: bytes) -> None:
    """Let a pickle of an earlier release find its classes under the modules' old names."""
    for old, new in _MOVED.items():
        if old.encode() in content:
            sys.modules.setdefault(old, importlib.import_module(new))


def fitted_on(fitted: Any) -> int | None:
    """Count the columns that an object was fitted on; None where the object does not have the number."""
    # CatBoost has 0 after unpickling.
    return int(getattr(fitted, "n_features_in_", 0)) or len(getattr(fitted, "feature_names_", ())) or None


def feature_names(fitted: Any) -> list[str]:
    """Name the columns that an object was fitted on; empty where it does not have their names."""
    names = getattr(fitted, "feature_names_in_", getattr(fitted, "feature_names_", ()))  # CatBoost has the second one
    listed = [str(name) for name in names]
    return [] if listed == [str(i) for i in range(len(listed))] else listed  # CatBoost numbers columns without names


def name_errors(fitted: Any, columns: Sequence[str], whose: str) -> list[str]:
    """Compare columns with the names that an object was fitted on; empty where they are the same, or it has none.

    Names may be spelled in another way: LightGBM writes blanks as underscores, and users remove what it refuses.
    """
    names, spelled = feature_names(fitted), {spell(name): name for name in columns}
    if names == list(columns) or len(spelled) < len(columns):
        return column_errors(names, columns, whose)
    return column_errors([spelled.get(spell(name), name) for name in names], columns, whose)


def spell(name: str) -> str:
    """Reduce a column's name to its letters and digits.

    >>> spell("Type of loan: cash") == spell("Type_of_loan_cash")
    True
    """
    return re.sub(r"[\W_]", "", name)


def check_classifier(scaler: Any, model: Any) -> None:
    """Raise ArtefactError unless these are a scaler and a classifier of 0 and 1."""
    errors = []
    if not hasattr(scaler, "transform"):
        errors.append(f"{SCALER} holds a {type(scaler).__name__}, expected an object with transform")
    if not hasattr(model, "predict_proba"):
        errors.append(f"{MODEL} holds a {type(model).__name__}, expected a classifier with predict_proba")
    elif (classes := np.ravel(getattr(model, "classes_", ())).tolist()) != [0, 1]:
        errors.append(f"{MODEL} has the classes {shorten(str(classes))}, expected 0 and 1 (default)")
    if getattr(model, "multi_class", None) == "multinomial":
        errors.append(
            f"{MODEL} was fitted with multi_class='multinomial', whose probability scikit-learn "
            f"{sklearn.__version__} computes differently; fit it again without"
        )
    if errors:
        raise ArtefactError.listing("model files", errors, "Take the fitted scaler and the fitted binary classifier.")


def _made_by(content: bytes) -> str:
    version = re.search(rb"_sklearn_version.{1,8}?(\d+\.\d+(?:\.\d+)?)", content, re.DOTALL)
    return f" (made by {version[1].decode()})" if version else ""
