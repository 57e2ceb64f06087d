"""Which features each table has."""

from collections.abc import Collection, Iterator, Mapping

from scoring.errors import DataError
from scoring.home_credit.history.features import (
    bureau,
    bureau_balance,
    credit_card,
    instalments,
    pos_cash,
    previous_applications,
)
from scoring.home_credit.history.grammar import AnyFeature
from scoring.home_credit.history.rollup import FeatureSet

_SOURCES = (bureau, bureau_balance, previous_applications, pos_cash, instalments, credit_card)
FEATURE_SETS: Mapping[str, FeatureSet] = {source.FEATURE_SET.reads[0]: source.FEATURE_SET for source in _SOURCES}


def list_features() -> Iterator[AnyFeature]:
    """Yield every feature, in the order of the result's columns."""
    for history in FEATURE_SETS.values():
        yield from history.features


def choose_features(names: Collection[str] | None = None) -> dict[str, tuple[AnyFeature, ...]]:
    """Choose features by name, or all of them: by table, only tables of which at least one is chosen.

    >>> {table: len(features) for table, features in choose_features(["bureau_count", "AMT_CREDIT"]).items()}
    {'bureau': 1}

    Raises
    ------
    DataError
        None of the names is a history feature.
    """
    chosen = {
        table: tuple(one for one in found.features if names is None or one.name in names)
        for table, found in FEATURE_SETS.items()
    }
    if not any(chosen.values()):
        raise DataError(
            f"history features: none of the {len(names or ())} names is one of them\n"
            "Expected at least one name of docs/features.md; a model that reads none needs no such file."
        )
    return {table: features for table, features in chosen.items() if features}
