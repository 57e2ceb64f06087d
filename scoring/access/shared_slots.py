"""Numbers that all worker processes of a host share: made before the processes are started, and locked."""

import mmap
from multiprocessing import get_context
from types import TracebackType

from scoring.errors import SettingError

_SPREAD = 0x9E3779B97F4A7C15  # an odd number near 2**64 divided by the golden ratio: spreads what is close together
_WORD = 2**64 - 1
_PROBES = 16  # places where a slot may be
_PATIENCE = 1.0  # seconds; whoever holds the lock needs microseconds


class SharedSlots:
    """A table of slots in memory that a process and those it starts share.

    Each slot has some words, whole numbers from 0 to 2**64 - 1. The first word says whose slot it is, the second when
    it was last used. If all places for a new slot are taken, it replaces the one that was used least recently.

    Use the table in a ``with`` block, which holds its lock. If a process was killed while it held the lock, the next
    one that wants it waits for a second and then takes it: a lock of a file would be freed at once, but takes
    longer each time.

    Parameters
    ----------
    count : number of slots, a power of two.
    words : number of words of a slot, at least 2.
    """

    def __init__(self, count: int, words: int) -> None:
        self.words = words
        self.memory = memoryview(mmap.mmap(-1, 8 * count * words)).cast("Q")
        self._count, self._shift = count, 64 - (count - 1).bit_length()
        try:
            self._lock = get_context("fork").Lock()  # a semaphore, for threads and processes
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingError(
                f"SCORING_API_KEYS and SCORING_RATE_LIMIT need a semaphore, which this system does not give: {reason}\n"
                "Mount /dev/shm; containers may have been started without it."
            ) from None

    def __enter__(self) -> None:
        self._lock.acquire(timeout=_PATIENCE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:  # noqa: SIM105  (at every request; contextlib.suppress takes longer)
            self._lock.release()
        except ValueError:  # another one has waited for the same dead process, and was first
            pass

    def find(self, owner: int) -> int:
        """Return the index in ``memory`` of an owner's slot, which is made if there is none.

        Parameters
        ----------
        owner : 1 to 2**64 - 1.
        """
        memory, words = self.memory, self.words
        first = (owner * _SPREAD & _WORD) >> self._shift
        oldest = index = first * words
        if memory[index] == owner:  # as nearly always
            return index
        for step in range(_PROBES):
            index = (first + step) % self._count * words
            if memory[index] == owner:
                return index
            if memory[index] == 0:
                oldest = index
                break
            if memory[index + 1] < memory[oldest + 1]:
                oldest = index
        memory[oldest : oldest + words] = memoryview(bytes(8 * words)).cast("Q")
        memory[oldest] = owner
        return oldest

    def owners(self) -> list[int]:
        """Return the indices in ``memory`` of all slots that somebody owns."""
        return [index for index in range(0, self._count * self.words, self.words) if self.memory[index]]
