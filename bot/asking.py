"""`crunchtime ask`: one line, without Slack, for those who may reach the database."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import open_desk
from bot.booking.decision import Offer
from bot.booking.lab import Lab
from bot.booking.members import Member
from bot.config import Settings, load_lab
from bot.desk import Desk
from bot.errors import BotError, ConfigError, InputError
from bot.export import offer_values, reservation_values
from bot.sandbox.plain import Reader
from bot.sandbox.plain_blocks import block_lines
from bot.watching import recalled
from handlers.answer import answer
from handlers.context import Context
from handlers.lines import line_of
from handlers.said import OpenForm
from handlers.views import failures
from handlers.views.kit import Reply
from handlers.views.offers import offer_line

DONE, REFUSED, UNUSABLE = 0, 1, 2
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the exit status that it means, and how its reader reads times and names."""

    reply: Reply
    status: int
    reader: Reader

    def as_json(self) -> str:
        """As the documentation promises it."""
        values: dict[str, Any] = {
            "decision": self.reply.decision,
            "reservations": [reservation_values(one) for one in self.reply.reservations],
            "reasons": [{"code": code, "text": text} for code, text in self.reply.reasons],
            "offers": [offer_values(offer, _line(offer)) for offer in self.reply.offers],
            "text": "\n".join(self._lines()),
        }
        return json.dumps(values, ensure_ascii=False)

    def as_text(self) -> str:
        """As plain text; an error is one line. Below a refusal stand the lines that take its offers."""
        if self.reply.decision == "error":
            return "crunchtime: " + " ".join(self._lines())
        offers = [f"  {_line(offer)}" for offer in self.reply.offers]
        return "\n".join([*self._lines(), *offers])

    def _lines(self) -> list[str]:
        blocks = [block for block in self.reply.blocks if block["type"] != "actions"]
        return block_lines(blocks, self.reader)


def ask(text: str, as_: str, settings: Settings, now: datetime) -> Answered:
    """What the line is answered when `as_` (a name or a Slack id) says it. Raises ConfigError."""
    desk = open_desk(settings.database, load_lab(settings.lab))
    lab = desk.lab  # with the GPUs that its file leaves to be found
    try:
        recalled(desk, now)
        names = desk.names(None, now)
        member = _member(as_, names, desk, lab, now)
        return _answered(text, Context(member, lab, names, now, lambda: desk.deadlines(member.id, now)), desk, names)
    finally:
        desk.ledger.close()


def _answered(text: str, context: Context, desk: Desk, names: Mapping[str, str]) -> Answered:
    reader = Reader(ZoneInfo(context.zone.key), context.now, {id_: name for name, id_ in names.items()}, {})
    try:
        reply = answer(text, context, desk)
        if isinstance(reply, OpenForm):
            raise InputError("When, and for how long?", example="book 2 a100 tomorrow 9am for 8h")
    except BotError as error:
        return Answered(failures.failed(error), UNUSABLE if isinstance(error, InputError) else REFUSED, reader)
    return Answered(reply, REFUSED if reply.decision == "refused" else DONE, reader)


def _line(offer: Offer) -> str:
    return offer_line(offer, line_of(offer.request))


def _member(as_: str, names: Mapping[str, str], desk: Desk, lab: Lab, now: datetime) -> Member:
    """Somebody the bot has seen; by id also somebody whom it has not, in the lab's zone."""
    id_ = names.get(as_.lstrip("@").lower(), as_)
    known = desk.known(None, id_, now)
    if known is not None:
        return desk.member(known)
    if not _SLACK_ID.fullmatch(id_):
        raise ConfigError([f"--as: nobody called {as_!r} has been seen yet; write a Slack id such as U0ALICE"])
    return Member(id_, id_, lab.timezone, admin=desk.admin(id_))
