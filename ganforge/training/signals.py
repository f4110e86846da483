"""SIGINT and SIGTERM: finish the step, save, and go; a second one goes at once.

Where nothing is guarded, a signal goes at once too, as a `KeyboardInterrupt`: unlike an error it passes through every
handler of errors on its way, whoever wrote them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ganforge.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """The stop request of a signal, if there has been one.

    Attributes:
        signal_number: the signal that was received, or None.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._guarded = False

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A section that must not be broken off: a signal within it is only noted, for the section to look at."""
        self._guarded = True
        try:
            yield
        finally:
            self._guarded = False

    def raise_if_requested(self) -> None:
        """Stop here if a signal was received.

        Raises:
            Interrupted: it was.
        """
        if self.signal_number is not None:
            name = signal.Signals(self.signal_number).name
            raise Interrupted(f"stopped by {name}", signal_number=self.signal_number)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        again = self.signal_number is not None
        self.signal_number = number
        if again or not self._guarded:
            raise KeyboardInterrupt


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Handle SIGINT and SIGTERM within the block; the handlers before are put back (no-op outside the main thread).

    Raises:
        Interrupted: one of them was received and ended the block.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request._receive) for number in SIGNALS}
    try:
        yield request
    except KeyboardInterrupt:
        request.raise_if_requested()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
