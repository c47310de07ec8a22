"""What Slack hands out for a while: trigger ids (one use, 3 s) and response URLs (5 uses, 30 minutes)."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from bot.sandbox.slack.refusal import SlackRefusal

TRIGGER_LASTS = timedelta(seconds=3)
RESPONSE_LASTS = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass(slots=True)
class _Trigger:
    person: str
    expires: datetime
    used: bool = False


@dataclass(slots=True)
class Response:
    """Where the answers to one interaction go.

    `original`: the ts of the message that it is about: the one that was clicked, or the one by which a command was
    answered first.
    """

    person: str
    channel: str
    expires: datetime
    original: str | None
    uses: int = 0


class Triggers:
    """Trigger ids: each opens one view, within 3 s of the workspace's clock."""

    def __init__(self) -> None:
        self._triggers: dict[str, _Trigger] = {}
        self._numbers = itertools.count(1)

    def issue(self, person: str, now: datetime) -> str:
        """A trigger id for something that `person` just did."""
        number = next(self._numbers)
        trigger_id = f"{int(now.timestamp())}.{number}.{token_hex(16)}"  # not even another sandbox gives it again
        self._triggers[trigger_id] = _Trigger(person, now + TRIGGER_LASTS)
        return trigger_id

    def exchange(self, trigger_id: object, now: datetime) -> str:
        """The person behind a trigger id, which is used up by this."""
        trigger = self._triggers.get(str(trigger_id))
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if now > trigger.expires:
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger.person


class ResponseUrls:
    """Response URLs by the token they end in."""

    def __init__(self) -> None:
        self._responses: dict[str, Response] = {}
        self._numbers = itertools.count(1)

    def issue(self, person: str, channel: str, original: str | None, now: datetime) -> str:
        """The token of a new response URL."""
        token = f"{next(self._numbers):08x}"
        self._responses[token] = Response(person, channel, now + RESPONSE_LASTS, original)
        return token

    def use(self, token: str, now: datetime) -> Response:
        """What a token stands for; one of its five uses is spent."""
        response = self._responses.get(token)
        if response is None or now > response.expires:
            raise SlackRefusal("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackRefusal("used_url")
        response.uses += 1
        return response

    def look(self, token: str) -> Response:
        """What a token stands for, without spending a use."""
        return self._responses[token]
