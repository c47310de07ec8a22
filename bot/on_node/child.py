"""The command while it runs: signals are passed on, and it is ended when somebody else needs its GPUs; it alone."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from bot.errors import BotError, Unreachable
from bot.on_node.agent import Agent, Mine, reservations
from bot.on_node.asking import Question, Say
from bot.on_node.signals import CHILD, Signals

_STEP = 0.1
# Python ignores them, which a command would inherit.
_AS_EVERYWHERE = (signal.SIGPIPE, signal.SIGXFSZ)


class Child:
    """A command that was begun, with its arguments as they are given, by no shell. Raises OSError."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], signals: Signals) -> None:
        self._signals = signals
        self._pid = os.posix_spawnp(
            command[0], list(command), dict(environment), setsigmask=signals.before, setsigdef=_AS_EVERYWHERE
        )
        self._status: int | None = None

    def ended(self, seconds: float) -> int | None:
        """Its exit status if it ends within `seconds`; a signal that comes first is passed on, and ends the wait.

        What the terminal sends reaches the command by itself: it is in the same group.
        """
        came = self._signals.next(seconds)
        if came is not None and came.si_signo != CHILD and came.si_code <= 0:  # sent by a process, not by the kernel
            self.send(came.si_signo)
        return self._reaped()

    def send(self, number: int) -> None:
        """To the command alone. Until it is reaped nobody else can have its pid."""
        if self._reaped() is None:
            with suppress(PermissionError):  # it has become somebody else's, as by sudo
                os.kill(self._pid, number)

    def _reaped(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
        return self._status


def attended(
    child: Child, mine: Mine, agent: Agent, job: str, say: Say, every: float, grace: float, news: Callable[[], str]
) -> int:
    """The command's exit status, once it has ended.

    `every` so many seconds the bot is asked how the reservation stands, and told the `news` of the job; what it said
    last holds while it does not answer. `grace` seconds before somebody else's reservation begins on its GPUs it is
    sent SIGTERM, and then SIGKILL.
    """
    end = _End(mine, grace, say)
    question: Question | None = None
    due = time.monotonic() + every
    while True:
        now = time.monotonic()
        wait = _STEP if question is not None else due - now
        status = child.ended(min(wait, end.next(now)))
        if status is not None:
            return status
        number = end.due(time.monotonic())
        if number is not None:
            child.send(number)
        if question is not None and question.answered:
            end.take(_stands(question, mine.id))
            question, due = None, time.monotonic() + every
        elif question is None and time.monotonic() >= due:
            question = Question(agent, "here", reservation=mine.id, job=job, waits=False, report=news())


def _stands(question: Question, id_: str) -> Mine | None:
    """None: not known now."""
    try:
        return next((one for one in reservations(question.answer()) if one.id == id_), None)
    except (BotError, Unreachable):
        return None


class _End:
    """When the command must end, in seconds of the steady clock: when its GPUs are somebody else's."""

    def __init__(self, mine: Mine, grace: float, say: Say) -> None:
        self._grace, self._say = grace, say
        self._term: float | None = None
        self._kill: float | None = None
        self._asked, self._over = False, False
        self.take(mine)

    def take(self, mine: Mine | None) -> None:
        """How the reservation stands now; once the command was asked to end, that stays so."""
        if mine is None or self._asked:
            return
        now = time.monotonic()
        if mine.needed_in is None:
            self._term = self._kill = None
        else:
            # Where somebody has them already the command gets its grace all the same.
            self._term = max(now, now + mine.needed_in - self._grace)
            self._kill = self._term + self._grace
        if mine.state != "active" and not self._over:
            self._over = True
            if mine.needed_in is None:
                self._say(f"{mine.id} is {mine.state.replace('_', ' ')}. Nobody is next, so your command goes on.")

    def next(self, now: float) -> float:
        """In how many seconds something is due; at least 0."""
        at = self._kill if self._asked else self._term
        return 3600.0 if at is None else max(0.0, at - now)

    def due(self, now: float) -> int | None:
        """The signal that is to be sent now. Each is due once."""
        if not self._asked and self._term is not None and now >= self._term:
            self._asked = True
            self._say(f"Somebody else is next on these GPUs: your command has {self._grace:.0f} seconds to end.")
            return signal.SIGTERM
        if self._asked and self._kill is not None and now >= self._kill:
            self._kill = None
            return signal.SIGKILL
        return None
