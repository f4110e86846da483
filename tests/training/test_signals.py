"""The first signal is for the loop to look at, the second goes at once, and no handler of errors holds one up."""

import contextlib
import signal
import threading
import time

import pytest

from ganforge.errors import Interrupted
from ganforge.training.signals import SIGNALS, stop_request


def receive(*numbers, guarded=False):
    """Signals in a guarded section, or in one that is not."""
    with stop_request() as stop, stop.guarded() if guarded else contextlib.nullcontext():
        for number in numbers:
            try:
                signal.raise_signal(number)
            except Exception as error:
                pytest.fail(f"it was taken for an error: {error!r}")
        if guarded:
            pytest.fail("no signal went at once")


@pytest.mark.parametrize("number", SIGNALS)
class TestEachSignal:
    def test_within_a_guarded_section_it_is_only_noted(self, number):
        with stop_request() as stop:
            with stop.guarded():
                signal.raise_signal(number)
                assert stop.signal_number == number
            with pytest.raises(Interrupted) as caught:
                stop.raise_if_requested()
        assert caught.value.exit_code == 128 + number
        assert caught.value.signal_number == number

    def test_elsewhere_it_goes_at_once_through_every_handler_of_errors(self, number):
        with pytest.raises(Interrupted) as caught:
            receive(number)
        assert caught.value.signal_number == number

    def test_a_second_one_breaks_off_a_guarded_section(self, number):
        with pytest.raises(Interrupted):
            receive(signal.SIGINT, number, guarded=True)

    def test_the_handlers_before_are_put_back(self, number):
        before = signal.getsignal(number)
        with stop_request():
            assert signal.getsignal(number) != before
        assert signal.getsignal(number) == before
        with pytest.raises(Interrupted):
            receive(number)
        assert signal.getsignal(number) == before


def test_while_torch_is_imported_it_waits():
    """An exception in a module of torch that C++ imports would abort the process."""
    ended = []

    def import_torch():
        code = compile("signal.raise_signal(number)\nended.append(True)", "torch/made_up.py", "exec")
        with stop_request():
            exec(code, {"__name__": "torch.made_up", "signal": signal, "number": signal.SIGTERM, "ended": ended})
            time.sleep(60)
            pytest.fail("no signal came")

    with pytest.raises(Interrupted):
        import_torch()
    assert ended


@pytest.mark.parametrize("number", SIGNALS)
def test_one_that_an_inner_block_received_as_it_ended_counts_as_well(number):
    with pytest.raises(Interrupted) as caught, stop_request():
        raise KeyboardInterrupt(number)
    assert caught.value.exit_code == 128 + number


def test_without_a_signal_nothing_is_raised():
    with stop_request() as stop:
        stop.raise_if_requested()
        assert stop.signal_number is None


def test_a_keyboard_interrupt_from_elsewhere_stays_one():
    with pytest.raises(KeyboardInterrupt), stop_request():
        raise KeyboardInterrupt


def test_in_another_thread_no_handler_is_touched():
    before = [signal.getsignal(number) for number in SIGNALS]
    during = []

    def work():
        with stop_request():
            during.extend(signal.getsignal(number) for number in SIGNALS)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert during == before
