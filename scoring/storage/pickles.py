"""Files of fitted objects: read, hashed, unpickled, checked for what they can do."""

import hashlib
import io
import logging
import re
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


def sha256(content: bytes) -> str:
    """Hexadecimal sha256."""
    return hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Content of a file; raises ArtefactError where it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtefactError(
            f"{path.name}: not found in {path.parent}\nRestore it, or set SCORING_ARTEFACTS to a folder that has it."
        ) from None
    except OSError as error:
        raise ArtefactError(f"{path.name}: cannot be read ({error.strerror})\nCheck the file's permissions.") from None
    return content


def version_of(content: Mapping[str, bytes]) -> str:
    """Model version of a set of files: only the pickles among them count."""
    return model_version({name: sha256(data) for name, data in content.items() if name.endswith(".pkl")})


def unpickle(name: str, content: bytes) -> Any:
    """Unpickle one object, with both versions in the log where scikit-learn's differ."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted = joblib.load(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001  (a damaged pickle calls whatever its bytes happen to name)
        raise ArtefactError(
            f"{name}: cannot be unpickled ({type(error).__name__}: {error})\n"
            f"Expected a whole pickle or joblib file that scikit-learn {sklearn.__version__} can read"
            f"{_made_by(content)}. Copy it again, or fit it again."
        ) from None
    foreign = {w.message.original_sklearn_version for w in caught if isinstance(w.message, InconsistentVersionWarning)}
    if foreign:
        _log.warning("%s: made by scikit-learn %s, read by %s", name, ", ".join(sorted(foreign)), sklearn.__version__)
    return fitted


def fitted_on(fitted: Any) -> int | None:
    """Tell how many columns an object was fitted on; None where it does not tell."""
    # CatBoost says 0 once it was unpickled.
    return int(getattr(fitted, "n_features_in_", 0)) or None


def check_classifier(scaler: Any, model: Any) -> None:
    """Raise ArtefactError unless these are a scaler and a classifier of 0 and 1."""
    faults = []
    if not hasattr(scaler, "transform"):
        faults.append(f"{SCALER} holds a {type(scaler).__name__}, expected an object with transform")
    if not hasattr(model, "predict_proba"):
        faults.append(f"{MODEL} holds a {type(model).__name__}, expected a classifier with predict_proba")
    elif [value for value in getattr(model, "classes_", ()) if not isinstance(value, str)] != [0, 1]:
        faults.append(f"{MODEL} tells classes {list(getattr(model, 'classes_', ()))} apart, expected 0 and 1 (default)")
    if getattr(model, "multi_class", None) == "multinomial":
        faults.append(
            f"{MODEL} was fitted with multi_class='multinomial', whose probability scikit-learn "
            f"{sklearn.__version__} computes differently; fit it again without"
        )
    if faults:
        raise ArtefactError.listing("model files", faults, "Take the fitted scaler and the fitted binary classifier.")


def _made_by(content: bytes) -> str:
    version = re.search(rb"_sklearn_version.{1,8}?(\d+\.\d+(?:\.\d+)?)", content, re.DOTALL)
    return f" (made by {version[1].decode()})" if version else ""
