"""Read one file of any size some ten thousand rows at a time; what its cells mean is found from the whole file."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from scoring.errors import DataError
from scoring.model.schema import SchemaField
from scoring.tables.files import UNREADABLE, is_parquet, require_ending, require_pyarrow
from scoring.tables.row_errors import are_sound
from scoring.tables.table_reader import StoredRows, clean_names, name_columns
from scoring.tables.text import text_pieces
from scoring.tables.text.cells import ONLY_EMPTY, clean_name
from scoring.tables.text.shared_form import read_pieces
from scoring.tables.text.table import Expected, Table, refuse_duplicates
from scoring.tables.text.table_errors import TableError, describe_unreadable
from scoring.tables.text.text_reader import find_lines
from scoring.tables.workbook.package import is_workbook
from scoring.tables.workbook.workbook_reader import read_text_or_workbook

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Rename = Callable[[Sequence[str]], Sequence[str]]


def read_in_pieces(
    file: Path,
    expected: Expected,
    percent: Collection[str] | None = None,
    rename: Rename | None = None,
    checked: Sequence[SchemaField] = (),
) -> Iterator[Table]:
    """Read a file piece by piece; a workbook whole. Units are those of all pieces so far.

    Parameters
    ----------
    expected : with ``ONLY_EMPTY`` as markers, the table was written for the service.
    percent, rename : as of ``read_table``.
    checked : fields whose values are only checked; a piece of Parquet may lack those with which nothing is wrong.

    Raises
    ------
    DataError
        Where ``read_table`` raises it; some pieces may have been returned before.
    """
    try:
        is_empty = True
        for table in _read(file, expected, percent, rename, checked):
            if not table.frame.empty:
                is_empty = False
                yield table
        if is_empty:
            raise TableError("no_rows")
    except TableError as error:
        if expected.markers is ONLY_EMPTY and error.code == "other_decimal_mark":  # no option chooses another mark
            error = TableError("decimal_points_only", **error.values)
        error.counts_rows = is_parquet(file)
        raise DataError(f"{file}: {error}") from None
    except UNREADABLE as error:
        raise DataError(f"{file}: {describe_unreadable(error)}") from None


def _read(
    file: Path,
    expected: Expected,
    percent: Collection[str] | None,
    rename: Rename | None,
    checked: Sequence[SchemaField],
) -> Iterator[Table]:
    if is_parquet(file):
        yield from read_pieces(partial(_divide_parquet, file, rename, checked), expected, lambda row: row + 1)
        return
    published = expected.markers is ONLY_EMPTY
    if not published and is_workbook(file):
        yield read_text_or_workbook(
            file,
            expected.texts,
            expected.decimal,
            numbers=expected.numbers,
            percent=percent,
            is_possible=expected.is_possible,
            ids=expected.ids,
            rename=rename,
        )
        return
    lines, header = find_lines(file, published=published, rename=rename)
    refuse_duplicates(lines.layout.header)
    yield from read_pieces(partial(text_pieces.divide_text, lines, header), expected, lines.find)


def _divide_parquet(file: Path, rename: Rename | None, checked: Sequence[SchemaField]) -> Iterator[StoredRows]:
    require_ending(file)
    require_pyarrow(file)
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 0
    with pq.ParquetFile(file) as opened:
        index = _find_range(opened)
        checks = _find_checks(opened.schema_arrow, checked)
        for batch in opened.iter_batches(text_pieces.ROWS):
            kept = [i for i, column in enumerate(batch.columns) if i not in checks or not checks[i](column)]
            frame = pa.Table.from_batches([batch.select(kept or [*range(batch.num_columns)])]).to_pandas()
            if index is not None:
                frame.index = index[first : first + batch.num_rows]
            frame = clean_names(name_columns(frame))
            frame = frame.set_axis([*rename([*map(str, frame)])], axis=1) if rename else frame
            refuse_duplicates([str(name) for name in frame])
            yield StoredRows(frame, first)
            first += batch.num_rows


def _find_checks(schema: "pa.Schema", checked: Sequence[SchemaField]) -> dict[int, Callable[["pa.Array"], bool]]:
    """Find the columns that need not be converted where a check of the whole column finds nothing wrong.

    A column that another one in the file has the name of, but for letter case, is left to the checks of the header.
    """
    import pyarrow as pa

    names = [clean_name(name).casefold() for name in schema.names]
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    checks: dict[int, Callable[[pa.Array], bool]] = {}
    for field in checked:
        if field.name not in schema.names or field.name in index or names.count(field.name.casefold()) > 1:
            continue
        place = schema.get_field_index(field.name)
        kind = schema.field(place).type
        if field.type != "category" and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            checks[place] = partial(_are_sound, field)
        elif (
            field.type == "category"
            and not field.required
            and (pa.types.is_string(kind) or pa.types.is_large_string(kind))
        ):
            checks[place] = _are_texts
    return checks


def _are_sound(field: SchemaField, column: "pa.Array") -> bool:
    return are_sound(column.to_numpy(zero_copy_only=False), field)


def _are_texts(column: "pa.Array") -> bool:
    """Tell whether all cells are texts: a category that is not required takes any text, and none."""
    try:
        column.validate(full=True)
    except ValueError:
        return False
    return True


def _find_range(opened: "pq.ParquetFile") -> pd.RangeIndex | None:
    """Find the row numbers that pandas has kept beside the columns, which pyarrow takes from whole files only."""
    for kept in (opened.schema_arrow.pandas_metadata or {}).get("index_columns", []):
        if isinstance(kept, dict):
            found = pd.RangeIndex(kept["start"], kept["stop"], kept["step"], name=kept["name"])
            rows = opened.metadata.num_rows
            return found if len(found) == rows else pd.RangeIndex(rows)  # a program has left rows out, or added some
    return None
