"""How many random examples a test tries: some every day, and ``EXAMPLES_TIMES`` as many in the drill."""

import os

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))


def examples(every_day: int) -> int:
    """Number of examples of a test that tries so many every day."""
    return every_day * TIMES
