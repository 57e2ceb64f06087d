"""Raw applications as JSON lists of their fields' values, written column by column."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from scoring.model.calibration import Floats
from scoring.model.schema import SchemaField
from scoring.storage.clients.loading.client_source import FactBatch, plain_number
from scoring.storage.clients.postgres.copied_rows import Ragged

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT = 2**53  # whole numbers in floating point are exact below it


def fact_texts(batch: FactBatch, fields: "tuple[SchemaField, ...]") -> Ragged:
    """Write each client's values, in the order of the fields, as ``plain_number`` and JSON write them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        _texts(batch.texts[field.name].codes, batch.texts[field.name].texts)
        if field.name in batch.texts
        else _numbers(batch.numbers[field.name])
        for field in fields
    ]
    opening, comma, closing, nothing = (pa.scalar(text, pa.large_string()) for text in ("[", ",", "]", ""))
    joined = pc.binary_join_element_wise(*columns, comma)
    written = pc.binary_join_element_wise(opening, joined, closing, nothing)
    _, offsets, content = written.buffers()
    ends = np.frombuffer(offsets, np.int64, len(written) + 1, written.offset * 8)
    return Ragged(np.diff(ends), np.frombuffer(content, np.uint8)[ends[0] : ends[-1]])


def _texts(codes: "np.typing.NDArray[np.int32]", texts: Any) -> "pa.Array":
    import pyarrow as pa

    written = pa.array([*(json.dumps(text, ensure_ascii=False) for text in texts), "null"], pa.large_string())
    return written.take(pa.array(np.where(codes < 0, len(texts), codes)))


def _numbers(values: Floats) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) <= len(values) // 8:  # most fields have few values
        return _texts_of(distinct).take(pa.array(codes))
    absent = np.isnan(values)
    whole = values == np.floor(values)
    if not (np.abs(values[~absent]) < _EXACT).all():
        return _texts_of(values)
    numbers = pa.array(np.where(whole, values, 0.0).astype(np.int64)).cast(pa.large_string())
    if not whole.all():
        numbers = pc.if_else(pa.array(whole), numbers, pa.array(values).cast(pa.large_string()))
    return pc.if_else(pa.array(absent), pa.scalar("null", pa.large_string()), numbers)


def _texts_of(values: Floats) -> "pa.Array":
    import pyarrow as pa

    return pa.array([json.dumps(plain_number(value)) for value in values.tolist()], pa.large_string())
