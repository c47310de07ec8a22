"""Asking the agent beside the command: while an answer is waited for, signals and the command's end are still seen."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from bot.errors import BotError, Unreachable
from bot.on_node.agent import Agent
from bot.on_node.signals import Signals

_STEP = 0.05  # seconds between two looks at whether the answer is there

Say = Callable[[str], None]


class Question:
    """One question, asked in a thread that keeps nobody from ending."""

    def __init__(self, agent: Agent, act: str, **said: str | bool) -> None:
        self._answer: Mapping[str, Any] | BotError | None = None
        self._thread = threading.Thread(target=self._ask, args=(agent, act, said), daemon=True)
        self._thread.start()

    @property
    def answered(self) -> bool:
        """Whether `answer` would return at once."""
        return not self._thread.is_alive()

    def answer(self) -> Mapping[str, Any]:
        """What was answered. Raises BotError, Unreachable."""
        self._thread.join()
        if isinstance(self._answer, BotError):
            raise self._answer
        if self._answer is None:
            raise Unreachable("The agent could not be asked.")
        return self._answer

    def _ask(self, agent: Agent, act: str, said: Mapping[str, str | bool]) -> None:
        try:
            self._answer = agent.ask(act, **said)
        except BotError as error:
            self._answer = error


def answered(agent: Agent, signals: Signals, act: str, **said: str | bool) -> Mapping[str, Any]:
    """What is answered, once. Raises BotError, Unreachable, and Ended as soon as somebody ends this program."""
    question = Question(agent, act, **said)
    while not question.answered:
        signals.pause(_STEP)
    return question.answer()


def insisted(agent: Agent, signals: Signals, every: float, say: Say, act: str, **said: str | bool) -> Mapping[str, Any]:
    """What is answered in the end: who does not answer (an agent or a bot that is started anew) is asked again.

    `every` in seconds. Raises BotError, and Ended.
    """
    silent = False
    while True:
        try:
            return answered(agent, signals, act, **said)
        except Unreachable as error:
            if not silent:
                say(f"{error} It is asked again until it does.")
            silent = True
        signals.pause(every)
