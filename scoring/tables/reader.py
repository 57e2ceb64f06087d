"""Read one flat table as it comes, CSV or Parquet, its column names to the letter."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.errors import DataError

# "None" is not among them: in a column of texts it is an answer, such as no guarantor.
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>")
UNNAMED = ""
_SEPARATORS = (",", ";", "\t")
_OF_DECIMAL_COMMAS = ";"  # written where the comma is taken
_UNREADABLE = (OSError, ValueError, EOFError, pd.errors.ParserError, pd.errors.EmptyDataError)


def read_file(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Read a table; a column without a name keeps the name ``""``.

    Parameters
    ----------
    path : ``.parquet``, or CSV in UTF-8 (compressed too), separated by commas, semicolons or tabs.
    texts : columns to read to the letter, so that ``007`` does not become 7; only needed for CSV.

    Raises
    ------
    DataError
        When the file is no such table, or has two columns of one name.
    """
    try:
        frame = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path, texts)
    except FileNotFoundError:
        raise DataError(f"{path}: not found\nExpected a CSV or Parquet file.") from None
    except _UNREADABLE as error:
        raise DataError(
            f"{path}: cannot be read ({error})\nExpected a whole Parquet file, or a CSV file in UTF-8 with a header."
        ) from None
    names = list(frame.columns)
    doubled = sorted({name for name in names if name != UNNAMED and names.count(name) > 1})
    if doubled:
        raise DataError(f"{path}: columns stand there twice: {', '.join(doubled)}\nKeep one column of each name.")
    if frame.empty:
        raise DataError(f"{path}: holds no row\nExpected a header and one row a client.")
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return frame.set_axis(frame.columns.astype(str), axis=1)
    kept = frame.index.name or UNNAMED
    frame = frame.reset_index(names=[kept])
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _read_csv(path: Path, texts: Collection[str]) -> pd.DataFrame:
    separator, header = _header(path)
    # Columns are numbered while reading, since pandas would rename those without a name or with another's.
    letters: dict[Any, Any] = {i: str for i, name in enumerate(header) if name in texts}
    frame = pd.read_csv(
        path,
        sep=separator,
        decimal="," if separator == _OF_DECIMAL_COMMAS else ".",
        names=list(range(len(header))),
        header=0,
        dtype=letters,
        keep_default_na=False,
        na_values=list(MISSING),
        encoding="utf-8-sig",
        low_memory=False,
    )
    if not frame.index.equals(pd.RangeIndex(len(frame))):  # pandas took surplus cells for an index
        raise ValueError(f"rows have more cells than the header's {len(header)}")
    return frame.set_axis(header, axis=1)


def _header(path: Path) -> tuple[str, list[str]]:
    """Find the separator that makes most of the header, and its names."""
    best: tuple[str, list[str]] = (_SEPARATORS[0], [])
    for separator in _SEPARATORS:
        line = pd.read_csv(
            path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
        if line.shape[1] > len(best[1]):
            best = (separator, line.iloc[0].tolist())
    return best
