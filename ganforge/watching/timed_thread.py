"""A worker thread that runs callables with a timeout."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

Work = SimpleQueue[tuple[Callable[[], object], Future[None]] | None]


class TimedThread:
    """A thread that runs callables one after another; it ends with this object, or with the process."""

    def __init__(self) -> None:
        self._work: Work = SimpleQueue()
        # A daemon thread: a callable that hangs must not keep the process alive.
        self._thread = threading.Thread(target=_serve, args=(self._work,), daemon=True)
        weakref.finalize(self, self._work.put, None)

    def call(self, function: Callable[[], object], seconds: float) -> None:
        """Run a callable in the thread and wait until it ends; after a timeout it goes on, but is not waited for.

        Raises:
            TimeoutError: it has not ended after `seconds`.
            Exception: its own exception; RuntimeError for one that would stop the process, such as SystemExit.
        """
        if not self._thread.is_alive():
            self._thread.start()
        done: Future[None] = Future()
        self._work.put((function, done))
        done.result(max(seconds, 0))


def _serve(work: Work) -> None:
    while (item := work.get()) is not None:
        function, done = item
        try:
            function()
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)
        except BaseException as error:
            done.set_exception(RuntimeError(f"{type(error).__name__}: {error}".removesuffix(": ")))
        del item, function, done
