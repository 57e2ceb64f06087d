"""The languages in which a model can be written."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from scoring.export.linear_model import load_model, make_linear
from scoring.export.pmml.pmml_file import write_pmml
from scoring.export.sql.sql_dialect import DIALECTS
from scoring.export.sql.sql_query import Tables, write_sql
from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault

_BEGINNINGS = re.compile(  # of SQL, PMML and ONNX that were written here
    rb"-- Scores [^\n]*\n-- Written by: python -m scoring export"
    rb"|<\?xml [^>]*>\s*<PMML [^>]*>\s*<Header [^>]*>\s*<Application name=\"scoring\""
    rb"|\x08.\x12\x07scoring",
    re.DOTALL,
)


class Options(NamedTuple):
    """How a model is written.

    Attributes
    ----------
    dialect : name of the database, for SQL.
    tables : where a query reads from; its ``form`` holds for every language.
    reasons : write the reasons too.
    """

    dialect: str = ""
    tables: Tables = Tables()
    reasons: bool = True


def write_export(folder: Path, target: str, options: Options) -> bytes:
    """Write the model in a folder; returns the content of the file.

    Raises
    ------
    ExportError
        The model cannot be written in this language, and why.
    ArtefactError
        The model cannot be loaded.
    """
    manifest, probability = load_model(folder)
    return _WRITERS[target](manifest, probability, options)


def is_export(path: Path) -> bool:
    """Whether a file was written here, or is empty."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as file:
            beginning = file.read(4096)
    except OSError:
        return False
    return not beginning or _BEGINNINGS.match(beginning) is not None


def _write_sql(manifest: Manifest, probability: ProbabilityOfDefault, options: Options) -> bytes:
    model = make_linear(manifest, probability, "SQL")
    return write_sql(model, DIALECTS[options.dialect], options.tables, reasons=options.reasons).encode()


def _write_onnx(manifest: Manifest, probability: ProbabilityOfDefault, options: Options) -> bytes:
    from scoring.export.onnx.onnx_file import write_onnx  # needs the extra onnx

    return write_onnx(manifest, probability, options.tables.form)


def _write_pmml(manifest: Manifest, probability: ProbabilityOfDefault, options: Options) -> bytes:
    return write_pmml(make_linear(manifest, probability, "PMML"), options.tables.form)


_WRITERS: Mapping[str, Callable[[Manifest, ProbabilityOfDefault, Options], bytes]] = {
    "sql": _write_sql,
    "onnx": _write_onnx,
    "pmml": _write_pmml,
}
TARGETS = tuple(_WRITERS)
