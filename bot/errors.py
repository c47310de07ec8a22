"""The exceptions that stop a conversation. An expected "no" is a value (`booking.model.Refused`), never one of these.

BotError                    str(error) is fit to show to a person
├── InputError              a line or form that could not be read; carries a hint and an example
├── NotFound                no such reservation
├── NotYours                it belongs to somebody else
├── WrongState              somebody was first, or it has already ended
│   └── NoRoom              what was to be offered cannot be had
├── Busy                    no write lock in time: "try again", nothing was written
│   ├── Full                the database has no room left: nothing was written, and an admin has to see to it
│   └── Unsure              the database went away while it committed: written or not, nobody knows yet
├── TooQuick                one member says more than a person can; nothing was done
├── ConfigError             the lab file, the environment or the database cannot be used; every mistake at once
├── FeedError               the calendar of conferences cannot be used; what is wrong with it, in a sentence
├── Unreachable             a node's agent, or the bot behind it, does not answer now
└── DeliveryError           Slack did not take a message; `permanent` says whether trying again can help
"""

from datetime import datetime, timedelta


class BotError(Exception):
    """Base of all: its text can be shown as it is."""


class InputError(BotError):
    """What was typed could not be read.

    `hint` says what would help, `example` is a line that works, `field` names the form field it came from.
    """

    def __init__(self, message: str, *, hint: str = "", example: str = "", field: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.example = example
        self.field = field


class NotFound(BotError):
    """No such reservation."""


class NotYours(BotError):
    """The reservation belongs to somebody else, or the act is an admin's.

    `ask`: the reservation that its holder can be asked for ("R7"), "" where there is none.
    """

    def __init__(self, message: str, *, ask: str = "") -> None:
        super().__init__(message)
        self.ask = ask


class WrongState(BotError):
    """A change came too late. `who` (a member id) changed it before, at `when` (UTC); either may be unknown."""

    def __init__(self, message: str, *, who: str | None = None, when: datetime | None = None) -> None:
        super().__init__(message)
        self.who = who
        self.when = when


class NoRoom(WrongState):
    """What was to be offered cannot be had (any more)."""


class Busy(BotError):
    """The ledger could not be written within the time that Slack leaves."""


class Full(Busy):
    """The database has no room left. What only reads goes on."""


class Unsure(Busy):
    """The connection broke during the commit: what was to be written may stand. To look is the only way to know."""


class TooQuick(BotError):
    """One member says more in a short time than a person can. They are heard again in `rest`.

    `first`: of those that are not heard this is the first, so they have not been told yet.
    """

    def __init__(self, rest: timedelta, *, first: bool) -> None:
        super().__init__("You are quick.")
        self.rest = rest
        self.first = first


class ConfigError(BotError):
    """Unusable configuration. `mistakes` holds one line each, with the place and the fix."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class FeedError(BotError):
    """The feed did not come, or is not what it should be. Its text says what is wrong; nothing of it was used."""


class Unreachable(BotError):
    """Who was asked does not answer now; to ask again later can help."""


class DeliveryError(BotError):
    """A message was not taken. Not `permanent`: try again, not before `retry_after` seconds."""

    def __init__(self, message: str, *, permanent: bool, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
