"""A model-ready column as pieces: the first piece whose test holds gives the value."""

from typing import Literal, NamedTuple

from scoring.model.plan import BinnedColumn, CategoryColumn, GroupedColumn, MissingColumn, NumberColumn, PlanColumn


class Piece(NamedTuple):
    """One case of a column.

    Attributes
    ----------
    test : ``missing``; ``below`` and ``equals`` compare the source with ``operand``; ``else`` always holds.
    operand : the edge of a bin, or a category.
    value : of the column; None is the source's own number.
    """

    test: Literal["missing", "below", "equals", "else"]
    operand: float | str | None
    value: float | None


def list_pieces(column: PlanColumn) -> tuple[Piece, ...]:
    """List the pieces of a column, in the order in which they are tried; the last one always holds.

    >>> list_pieces(BinnedColumn(name="age", source="age", edges=(30.0,), values=(0.4, -0.3), missing=0.1))[1]
    Piece(test='below', operand=30.0, value=0.4)
    """
    if isinstance(column, NumberColumn):
        return Piece("missing", None, column.fill), Piece("else", None, None)
    if isinstance(column, MissingColumn):
        return Piece("missing", None, 1.0), Piece("else", None, 0.0)
    if isinstance(column, BinnedColumn):
        bins = [Piece("below", edge, value) for edge, value in zip(column.edges, column.values, strict=False)]
        return Piece("missing", None, column.missing), *bins, Piece("else", None, column.values[-1])
    if isinstance(column, GroupedColumn):
        categories = [Piece("equals", text, value) for text, value in column.values.items()]
        return Piece("missing", None, column.missing), *categories, Piece("else", None, column.unseen)
    return _list_flag(column)


def _list_flag(column: CategoryColumn) -> tuple[Piece, ...]:
    if column.value is None:
        return Piece("missing", None, 1.0), Piece("else", None, 0.0)
    return Piece("missing", None, 0.0), Piece("equals", column.value, 1.0), Piece("else", None, 0.0)
