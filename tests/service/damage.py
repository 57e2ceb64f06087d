"""Artefacts that agree with their manifest and still cannot be served: what was changed, and what the message says."""

import json
import pickle

import numpy as np
from sklearn.linear_model import LogisticRegression

from scoring.storage.checksums import sha256

MODEL, SCALER, MANIFEST = "modele_retenu.pkl", "scaler.pkl", "modele_retenu.json"


def write(folder, name, content):
    """Write a file, and its sha256 into the manifest, as someone who publishes by hand would."""
    (folder / name).write_bytes(content)

    def relist(manifest):
        manifest["files"][name] = sha256(content)

    change_manifest(folder, relist)


def change_manifest(folder, change):
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def changes_model(change, name=MODEL):
    def damage(folder):
        fitted = pickle.loads((folder / name).read_bytes())
        change(fitted)
        write(folder, name, pickle.dumps(fitted))

    return damage


def sets(name, value, file=MODEL):
    return changes_model(lambda fitted: setattr(fitted, name, value), file)


def runs(code, name=MODEL):
    """A pickle that runs Python code when it is read."""

    class Runs:
        def __reduce__(self):
            return exec, (code, {})

    return lambda folder: write(folder, name, pickle.dumps(Runs()))


def interrupt():
    raise KeyboardInterrupt


def interrupts(folder):
    """Not by ``exec``, after which Python ends by SIGINT even where the exception is caught."""

    class Interrupts:
        def __reduce__(self):
            return interrupt, ()

    write(folder, MODEL, pickle.dumps(Interrupts()))


def in_manifest(change):
    return lambda folder: change_manifest(folder, change)


def manifest_updates(**values):
    return in_manifest(lambda manifest: manifest.update(values))


class Unsteady(LogisticRegression):
    """Agrees on the golden records and fails, or is no number, on some of the clients."""

    def __init__(self, model=None, answer=None):
        self.model, self.answer = model, answer

    def predict_proba(self, X):  # noqa: N803
        own = self.model.predict_proba(X)
        if len(own) > 100:
            if isinstance(self.answer, str):
                raise ValueError(self.answer)
            own[7] = self.answer
        return own


def unsteady(answer):
    def damage(folder):
        model = pickle.loads((folder / MODEL).read_bytes())
        wrapped = Unsteady(model, answer)
        wrapped.classes_, wrapped.n_features_in_ = model.classes_, model.n_features_in_
        write(folder, MODEL, pickle.dumps(wrapped))

    return damage


def nul_in_a_name(manifest):
    manifest["files"]["a\0b.pkl"] = "0" * 64


def long_name(manifest):
    manifest["files"]["a" * 300 + ".pkl"] = "0" * 64


def lose_a_reference(manifest):
    del manifest["reference"][manifest["features"][0]]


def no_number_in_a_golden_record(manifest):
    manifest["golden"][0]["row"][0] = float("nan")


def break_typical(manifest):
    manifest["typical"] = {name: [] for name in manifest["typical"]}


def delete(name, file=MODEL):
    return changes_model(lambda fitted: delattr(fitted, name), file)


def no_number_among_coefficients(model):
    model.coef_[0, 0] = np.nan


def flatten_coefficients(model):
    model.coef_ = model.coef_[0]


def scale_by_zero(scaler):
    scaler.scale_[:] = 0


# The process that loads gets an exception, or finds what is wrong.
DAMAGED = {
    "coefficients of another length": (
        sets("coef_", np.ones((1, 3))),
        "modele_retenu.pkl and scaler.pkl: cannot be used (ValueError: operands could not be broadcast",
    ),
    "no coefficients": (delete("coef_"), "scaler.pkl: cannot be used (AttributeError: 'LogisticRegression' object has"),
    "flat coefficients": (changes_model(flatten_coefficients), "gives other probabilities"),
    "a coefficient that is no number": (changes_model(no_number_among_coefficients), "gives other probabilities"),
    "texts as coefficients": (sets("coef_", np.array([["a"]])), "cannot be used (ValueError: could not convert"),
    "no intercept": (sets("intercept_", np.array([])), "cannot be used (IndexError"),
    "a scaler that is not fitted": (delete("scale_", SCALER), "cannot be used (AttributeError: 'StandardScaler'"),
    "a scaler of zeros": (changes_model(scale_by_zero, SCALER), "gives other probabilities"),
    "classes that are a number": (sets("classes_", 5), "has the classes [5], expected 0 and 1"),
    "classes that are a table": (sets("classes_", np.eye(2)), "has the classes [1.0, 0.0, 0.0, 1.0], expected 0 and 1"),
    "no classes": (delete("classes_"), "has the classes [], expected 0 and 1"),
    "no golden records": (manifest_updates(golden=[]), "golden: Tuple should have at least 1 item"),
    "a golden record that is no number": (in_manifest(no_number_in_a_golden_record), "golden.0.row.0: "),
    "a feature without reference": (in_manifest(lose_a_reference), "reference lacks the features"),
    "typical values of another type": (in_manifest(break_typical), "typical."),
    "a file name with NUL": (in_manifest(nul_in_a_name), r"files.a\x00b.pkl.[key]: String should match pattern"),
    "a very long file name": (in_manifest(long_name), "String should have at most 100 characters"),
    "a pickle that ends": (runs("raise SystemExit(0)"), "modele_retenu.pkl: cannot be unpickled (SystemExit: 0)"),
    "a scaler that ends": (runs("import sys; sys.exit('bye')", SCALER), "scaler.pkl: cannot be unpickled (SystemExit"),
    "a pickle that is interrupted": (interrupts, "cannot be unpickled (KeyboardInterrupt"),
    "a pickle that calls itself": (runs("def call(): call()\ncall()"), "cannot be unpickled (RecursionError"),
    "a pickle without memory": (runs("bytearray(2**62)"), "cannot be unpickled (MemoryError"),
    "a model that fails for some clients": (unsteady("too many"), "clients cannot be scored (ValueError: too many)"),
    "a probability that is no number": (unsteady(np.nan), "1 of 200 clients get probabilities such as nan"),
    "a probability above one": (unsteady(1.5), "1 of 200 clients get probabilities such as 1.5"),
}
STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
HOARDING = """
import numpy
kept = []
while True:
    kept.append(numpy.empty(2**26))  # asked for, and not written to, which would take long
"""
LEAVING_A_CHILD = """
import os, time
if os.fork() == 0:
    time.sleep(30)
os._exit(1)
"""
TOO_LONG = "loading and trying the artefacts took longer"
# The process that loads ends, or never does.
DEADLY = {
    "a pickle that kills its process": (runs("import os; os.kill(os.getpid(), 9)"), "was ended by signal 9"),
    "a pickle that leaves": (runs("import os; os._exit(0)"), "was not finished: its process ended itself"),
    "a pickle that crashes": (runs("import ctypes; ctypes.string_at(0)"), "was ended by signal 11"),
    "a pickle that never ends": (runs("import time\nwhile True: time.sleep(0.1)"), TOO_LONG),
    "a pickle that cannot be interrupted": (runs(STUBBORN), TOO_LONG),
    "a pickle that takes all memory": (runs(HOARDING), "MemoryError: Unable to allocate"),
    "a pickle that leaves a child": (runs(LEAVING_A_CHILD), "its process ended itself"),
}
