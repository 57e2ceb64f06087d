"""Files of fitted objects: read, hashed, unpickled, checked for the methods that scoring needs."""

import hashlib
import importlib
import io
import logging
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from scoring.errors import ArtefactError
from scoring.model.manifest import model_version
from scoring.storage.bundle import MODEL, SCALER

_log = logging.getLogger("scoring")
_MOVED = {  # modules that pickles of earlier releases name
    "scoring.core.models": "scoring.model.classifiers",
    "scoring.core.preprocess": "scoring.model.preprocessor",
    "scoring.core.plan": "scoring.model.plan",
}


def sha256(content: bytes) -> str:
    """Hexadecimal sha256."""
    return hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Content of a file; raises ArtefactError where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ArtefactError(
            f"{path.name}: not found in {path.parent}\nRestore it, or set SCORING_ARTEFACTS to a folder that has it."
        ) from None
    except OSError as error:
        raise ArtefactError(f"{path.name}: cannot be read ({error.strerror})\nCheck the file's permissions.") from None


def version_of(content: Mapping[str, bytes]) -> str:
    """Model version of a set of files, computed from the pickles among them."""
    return model_version({name: sha256(data) for name, data in content.items() if name.endswith(".pkl")})


def unpickle(name: str, content: bytes) -> Any:
    """Unpickle one object; where its scikit-learn is another version, the log names both."""
    _alias_moved_modules(content)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted = joblib.load(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001  (a damaged pickle may raise anything)
        raise ArtefactError(
            f"{name}: cannot be unpickled ({type(error).__name__}: {error})\n"
            f"Expected a whole pickle or joblib file that scikit-learn {sklearn.__version__} can read"
            f"{_made_by(content)}. Copy it again, or fit it again."
        ) from None
    foreign = {w.message.original_sklearn_version for w in caught if isinstance(w.message, InconsistentVersionWarning)}
    if foreign:
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
    return int(getattr(fitted, "n_features_in_", 0)) or None


def feature_names(fitted: Any) -> list[str]:
    """Name the columns that an object was fitted on; empty where it does not have their names."""
    return [str(name) for name in getattr(fitted, "feature_names_in_", ())]


def check_classifier(scaler: Any, model: Any) -> None:
    """Raise ArtefactError unless these are a scaler and a classifier of 0 and 1."""
    errors = []
    if not hasattr(scaler, "transform"):
        errors.append(f"{SCALER} holds a {type(scaler).__name__}, expected an object with transform")
    if not hasattr(model, "predict_proba"):
        errors.append(f"{MODEL} holds a {type(model).__name__}, expected a classifier with predict_proba")
    elif [value for value in getattr(model, "classes_", ()) if not isinstance(value, str)] != [0, 1]:
        errors.append(f"{MODEL} has the classes {list(getattr(model, 'classes_', ()))}, expected 0 and 1 (default)")
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
