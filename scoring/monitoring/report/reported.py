"""What the results of commands that write a report have in common."""

from typing import ClassVar

from scoring.model.schema import Frozen


class Reported(Frozen):
    """A result that is written as JSON and as a page.

    Attributes
    ----------
    page_beginning : how its page begins, by which a later run knows a file that it may replace.
    """

    page_beginning: ClassVar[str]
