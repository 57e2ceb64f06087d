"""The Flask application, without what this service does not use."""

from collections.abc import Callable
from typing import Any

from flask import Flask


class SyncFlask(Flask):
    """Flask for views and hooks that are plain functions, as all of this service are."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is.

        Flask would find out at every call whether it is a coroutine, three times a request. Its documentation says to
        override this method in order to change how coroutines are run; here there are none.
        """
        return func
