"""SIGINT and SIGTERM: finish the step, save and stop; a second signal stops at once.

Outside a guarded section a signal stops at once too, as a `KeyboardInterrupt`, which no `except Exception` catches.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ganforge.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENT = 0.1  # seconds


class StopRequest:
    """A stop requested by a signal; `signal_number` is None until one is received."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._guarded = False

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Only record a signal within the block, which must not be interrupted."""
        self._guarded = True
        try:
            yield
        finally:
            self._guarded = False

    def raise_if_requested(self, state: str = "") -> None:
        """Raise `Interrupted` if a signal was received; `state` says after its name what is saved."""
        if self.signal_number is not None:
            name = signal.Signals(self.signal_number).name
            raise Interrupted(f"stopped by {name}{state}", signal_number=self.signal_number)

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; while torch is imported, a moment later."""
        if _imports_torch(frame):
            timer = threading.Timer(MOMENT, _send, [number])
            timer.daemon = True
            timer.start()
            return
        again = self.signal_number is not None
        self.signal_number = number
        if again or not self._guarded:
            raise KeyboardInterrupt(number)


def signal_of(error: BaseException | None) -> int | None:
    """Return the signal that an interruption comes from, or None; that of a plugin may carry anything."""
    carried = error.args[0] if isinstance(error, KeyboardInterrupt) and error.args else None
    return carried if carried in SIGNALS else None


def _imports_torch(frame: FrameType | None) -> bool:
    """Return True within the import of torch, which calls Python from C++: an exception there aborts the process."""
    while frame is not None:
        if frame.f_code.co_name == "<module>" and str(frame.f_globals.get("__name__")).partition(".")[0] == "torch":
            return True
        frame = frame.f_back
    return False


def _send(number: int) -> None:
    """Send a signal to the main thread, which alone handles it, and which may be asleep."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Handle SIGINT and SIGTERM within the block, then restore the previous handlers; no-op outside the main thread.

    Raises:
        Interrupted: a signal ended the block.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.receive) for number in SIGNALS}
    try:
        yield request
    except KeyboardInterrupt as interrupt:
        # One that came while an inner block put the handlers back was received by that block.
        request.signal_number = request.signal_number or signal_of(interrupt)
        request.raise_if_requested()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
