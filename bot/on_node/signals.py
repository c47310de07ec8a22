"""Signals, taken one at a time where they are waited for, so that none comes between two steps."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

PASSED_ON = frozenset(
    {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH}
)
CHILD = signal.SIGCHLD
_ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})


class Ended(Exception):
    """Somebody ends this program by `signal` before its command has begun."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


class Signals:
    """What is held back. `before`: the mask that a child gets."""

    def __init__(self, before: set[signal.Signals | int], held: frozenset[signal.Signals]) -> None:
        self.before, self._held = before, held

    def next(self, seconds: float) -> signal.struct_siginfo | None:
        """The next that comes within `seconds`."""
        return signal.sigtimedwait(self._held, max(0.0, seconds))

    def pause(self, seconds: float) -> None:
        """Let the time pass. Raises Ended as soon as somebody ends this program."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) >= 0:
            came = self.next(left)
            if came is not None and came.si_signo in _ENDING:
                raise Ended(came.si_signo)


@contextmanager
def held() -> Iterator[Signals]:
    """Holds them back inside the block; those that this program is to ignore (as under nohup) stay ignored."""
    signal.signal(CHILD, signal.SIG_DFL)  # who started this may have had it ignored: then nobody's end would be told
    heard = frozenset(one for one in PASSED_ON if signal.getsignal(one) is not signal.SIG_IGN) | {CHILD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    try:
        yield Signals(before, heard)
    finally:
        while signal.sigtimedwait(heard, 0) is not None:  # what comes at the very end changes nothing any more
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
