"""The service's processes: workers end when their master has gone."""

import os
import threading
import time

_PAUSE = 0.5  # seconds between two looks at the parent process


def end_without_parent(parent: int, grace: float) -> None:
    """Let this process end once its parent has gone, however busy it is.

    gunicorn's own workers also notice, but then wait for callers that may never finish sending. Linux could send a
    signal instead; a thread does the same on every system.

    Parameters
    ----------
    parent : process id of the parent when this process was started.
    grace : seconds for answers that are being made.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PAUSE)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
