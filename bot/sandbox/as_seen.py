"""The sandbox as the chat sees it."""

from datetime import timedelta
from typing import Protocol

from bot.booking.lab import Lab
from bot.sandbox.delivery import Deliver
from bot.sandbox.fleet import Hosts
from bot.sandbox.training import Train
from bot.sandbox.workspace import Workspace


class World(Protocol):
    """A workspace that is served, and a bot that can be spoken to."""

    @property
    def workspace(self) -> Workspace: ...

    @property
    def deliver(self) -> Deliver: ...

    @property
    def hosts(self) -> Hosts | None:
        """What its GPUs are doing; None where nothing looks."""

    @property
    def lab(self) -> Lab: ...

    def advance(self, by: timedelta) -> None:
        """Moves the clock minute by minute, and runs what becomes due."""

    def settle(self) -> None:
        """Runs what is due now, so that its consequences can be seen."""

    def train(self, login: str, act: Train) -> str:
        """Begins a job in `crunchtime run` on GPUs that `login` has now; what happened. Raises InputError."""

    def stay_away(self, person: str, away: bool) -> None:
        """Whether nothing runs on the person's GPUs from now on."""
