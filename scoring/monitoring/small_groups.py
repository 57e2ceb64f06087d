"""Which groups a report may show: the figures of a small one would tell about a few people."""

from collections.abc import Mapping

FEWEST = 20  # decisions of a group that is shown


def choose_shown(sizes: Mapping[str, int], fewest: int = FEWEST) -> list[str]:
    """Choose the groups that are shown, the largest first.

    Groups of fewer are not shown. Nor are the smallest other ones, until those that are not shown have enough members
    together: otherwise the total less the groups that are shown would tell the figures of the rest.

    Parameters
    ----------
    sizes : members of each group, by name; together they are the total that is shown too.
    fewest : members of a group that is shown; more than ``FEWEST`` where figures of fewer would say nothing.

    >>> choose_shown({"a": 100, "b": 40, "c": 5}), choose_shown({"a": 100, "b": 12, "c": 8})
    (['a'], ['a'])
    """
    shown = sorted((name for name, size in sizes.items() if size >= fewest), key=lambda name: -sizes[name])
    hidden = sum(sizes.values()) - sum(sizes[name] for name in shown)
    while shown and 0 < hidden < FEWEST:
        hidden += sizes[shown.pop()]
    return shown
