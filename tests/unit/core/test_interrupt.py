"""Ctrl-C is kept until the work asks for it."""

import signal
import threading

import pytest

from gradus.core.interrupt import deferred_interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_waits_until_it_is_asked_for(number):
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupts() as interruption:
        signal.raise_signal(number)
        done.append("the step")
        interruption.raise_if_wanted()
        done.append("never")
    assert done == ["the step"]


def test_a_second_request_takes_effect_at_once():
    with pytest.raises(KeyboardInterrupt), deferred_interrupts():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_the_old_handlers_come_back():
    before = signal.getsignal(signal.SIGINT)
    with deferred_interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_are_left_alone():
    wanted = []

    def work():
        with deferred_interrupts() as interruption:
            interruption.raise_if_wanted()
            wanted.append(interruption.wanted)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert wanted == [False]
