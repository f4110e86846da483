"""A thread that calls functions for somebody who waits, but not for ever."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue

Outcome = SimpleQueue[BaseException | None]
Work = SimpleQueue[tuple[Callable[[], object], Outcome] | None]


class TimedThread:
    """Calls functions one after another, all in one thread; it ends with this object, or with the process."""

    def __init__(self) -> None:
        self._work: Work = SimpleQueue()
        # A daemon: a function that hangs does not keep the process from its end.
        self._thread = threading.Thread(target=_serve, args=(self._work,), daemon=True)
        weakref.finalize(self, self._work.put, None)

    def call(self, function: Callable[[], object], seconds: float) -> None:
        """Call a function and wait for its end.

        Args:
            function: what to call; it goes on when it is no longer waited for.
            seconds: how long to wait.

        Raises:
            TimeoutError: it has not ended.
            BaseException: what it raised; RuntimeError in the place of what would stop this process.
        """
        if not self._thread.is_alive():
            self._thread.start()
        outcome: Outcome = SimpleQueue()
        self._work.put((function, outcome))
        try:
            error = outcome.get(timeout=max(seconds, 0))
        except Empty:
            raise TimeoutError from None
        if isinstance(error, Exception):
            raise error
        if error is not None:
            raise RuntimeError(f"{type(error).__name__}: {error}".removesuffix(": "))


def _serve(work: Work) -> None:
    while (asked := work.get()) is not None:
        function, outcome = asked
        try:
            function()
        except BaseException as error:
            outcome.put(error)
        else:
            outcome.put(None)
        del asked, function, outcome
