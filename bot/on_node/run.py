"""`crunchtime run`: a command on the caller's GPUs, from the start of its reservation to the command's own end."""

import os
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

from bot.errors import BotError, Unreachable
from bot.on_node.agent import Agent, Mine, printable, reservations, variables
from bot.on_node.asking import Say, answered, insisted
from bot.on_node.child import Child, attended
from bot.on_node.signals import Ended, Signals, held
from bot.on_node.steps import Steps

NOT_FOUND = 127  # as shells say it
_LIVE = frozenset({"booked", "pending", "offered", "active"})


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. `waiting`, `running`: between two looks at the reservation. `grace`: between SIGTERM and SIGKILL.

    `releasing`: for how long it is tried at the end. A look more often than every 3 minutes says that the job is there.
    """

    waiting: float = 15.0
    running: float = 30.0
    grace: float = 120.0
    releasing: float = 120.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to run: `command` as it was given. `book`: what is booked for it; `reservation`: which one it is for.

    With neither it is for the caller's own that runs on this node, or begins next. `keep`: it is not released after.
    `wait`: where what is to be booked is taken, it waits for GPUs to fall free, on the waitlist.
    """

    command: Sequence[str]
    book: str | None = None
    reservation: str | None = None
    keep: bool = False
    wait: bool = True


def run(wish: Wish, agent: Agent, say: Say, pace: Pace | None = None) -> int:
    """The exit status: the command's own, or 128 and the signal that ended it. Raises BotError where it cannot begin.

    The agent and the bot may be started anew meanwhile.
    """
    pace = pace or Pace()
    if shutil.which(wish.command[0]) is None:
        say(f"{wish.command[0]}: there is no such command")
        return NOT_FOUND
    with held() as signals, closing(_Run(wish, agent, say, pace, signals)) as whole:
        return whole.whole()


class _Run:
    def __init__(self, wish: Wish, agent: Agent, say: Say, pace: Pace, signals: Signals) -> None:
        self._wish, self._agent, self._say, self._pace, self._signals = wish, agent, say, pace, signals
        self._job = uuid.uuid4().hex  # one key for all its questions: what is asked again is done once
        self._id = ""
        self._steps = Steps(wish.command)

    def whole(self) -> int:
        try:
            mine = self._begun(self._chosen())
            environment = {**os.environ, **variables((mine,)), **self._steps.variables}
            child, began = Child(self._wish.command, environment, self._signals), time.monotonic()
        except Ended as ended:
            if self._wish.book is not None:  # it was booked for nothing
                self._release()
            return 128 + ended.signal
        except OSError as error:
            self._say(f"{self._wish.command[0]}: {error.strerror}")
            self._release()
            return NOT_FOUND - 1
        pace, news = self._pace, self._steps.news
        status = attended(child, mine, self._agent, self._job, self._say, pace.running, pace.grace, news)
        report = self._steps.last(time.monotonic() - began if status == 0 else None)
        if not self._wish.keep:
            self._release(report)
        elif report:
            with suppress(Ended, BotError):
                said = {"reservation": self._id, "job": self._job, "report": report}
                answered(self._agent, self._signals, "here", **said)
        return status

    def close(self) -> None:
        """Leave nothing behind on the node."""
        self._steps.close()

    def _chosen(self) -> Mine:
        """The reservation, which is not to be any other job's."""
        if self._wish.book is not None:
            answer = self._asked("book", text=self._wish.book, job=self._job, waits=self._wish.wait)
            if "waiting" in answer:
                answer = self._waited(answer)
            self._id = str(answer.get("booked", ""))
        else:
            answer = self._asked("mine")
            self._id = self._wish.reservation or self._next(reservations(answer))
        found = next((one for one in reservations(answer) if one.id == self._id), None)
        if found is None or found.state not in _LIVE:
            raise BotError(f"You have no {self._id}." if self._id else _NONE)
        if not found.gpus:
            raise BotError(f"{found.id} is on {', '.join(found.elsewhere)}, not on this node.")
        return found

    def _waited(self, answer: Mapping[str, object]) -> Mapping[str, object]:
        """Waits for GPUs to fall free, and answers what was booked then. Raises BotError if it comes to nothing."""
        told = ""
        while "booked" not in answer:
            self._id, words = printable(answer.get("waiting", "")), printable(answer.get("words", ""))
            if words != told:
                self._say(f"{words} It begins as soon as it can. Ctrl-C leaves the waitlist.")
                told = words
            self._signals.pause(self._pace.waiting)
            answer = self._asked("here", reservation=self._id, job=self._job, waits=True)
        return answer

    def _next(self, mine: tuple[Mine, ...]) -> str:
        here = [one for one in mine if one.gpus and one.state in ("active", "booked", "pending")]
        alone = [one for one in here if one.job is None]
        if here and not alone:
            raise BotError(f"{here[0].id} has a job already: say --reservation {here[0].id} to run this one beside it.")
        running = [one for one in alone if one.state == "active"]
        return (running or alone)[0].id if alone else ""

    def _begun(self, mine: Mine) -> Mine:
        """Waits for its start. Raises BotError if it comes to nothing before."""
        told = ""
        while mine.state != "active":
            if mine.state not in _LIVE:
                raise BotError(f"{mine.id} is {mine.state.replace('_', ' ')}: nothing was run.")
            if not mine.gpus:
                raise BotError(f"{mine.id} is on {', '.join(mine.elsewhere)} now, not on this node.")
            if mine.when + mine.state != told:
                waits = "waits for an admin" if mine.state == "pending" else "waits for its start"
                self._say(f"{mine.id}, {mine.when}, {waits}; it may begin sooner. Ctrl-C gives up.")
                told = mine.when + mine.state
            soon = mine.starts_in + 1 if mine.starts_in > 0 else self._pace.waiting
            mine = self._looked()
            if mine.state != "active":
                self._signals.pause(min(self._pace.waiting, soon))
        if mine.elsewhere:
            self._say(f"{mine.id} has GPUs on {', '.join(mine.elsewhere)} too, which are not this command's.")
        return self._looked(waits=False)

    def _looked(self, *, waits: bool = True) -> Mine:
        answer = self._asked("here", reservation=self._id, job=self._job, waits=waits)
        found = next((one for one in reservations(answer) if one.id == self._id), None)
        if found is None:
            raise BotError(f"You have no {self._id}.")
        return found

    def _asked(self, act: str, **said: str | bool) -> Mapping[str, object]:
        return insisted(self._agent, self._signals, self._pace.waiting, self._say, act, **said)

    def _release(self, report: str = "") -> None:
        """Give it back, or wait no more; where nobody answers it is tried for a while. `report`: the job's last word.

        Whoever ends this program ends that as well.
        """
        if not self._id:
            return
        tries = max(1, round(self._pace.releasing / self._pace.waiting))
        with suppress(Ended):
            for left in reversed(range(tries)):
                try:
                    said = {"reservation": self._id, "job": self._job, "report": report}
                    if answered(self._agent, self._signals, "release", **said).get("released"):
                        self._say(f"{self._id} {'has left the waitlist' if self._id[0] == 'W' else 'is released'}.")
                    return
                except Unreachable:
                    if left:
                        self._signals.pause(self._pace.waiting)
                except BotError as error:
                    self._say(str(error))
                    return
        how = "leave" if self._id[0] == "W" else "release"
        self._say(f"{self._id} could not be given up: /gpu {how} {self._id}")


_NONE = 'You have no reservation on this node. Book one in Slack, or say --book "1 gpu for 2h".'
