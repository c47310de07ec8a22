"""The names by which Slack tells us what was clicked, filled in or sent: action, block and callback ids."""

import re
from enum import StrEnum


class ActionId(StrEnum):
    """What a button does. A reservation's buttons carry "R12:3" (id and version), see `card.value_of`."""

    EXTEND = "extend"
    RELEASE = "release"
    MOVE = "move"
    UNDO = "undo"
    APPROVE = "approve"
    DENY = "deny"
    SHOW = "show"
    BOOK = "book"
    WHO = "who"
    GIVE_UP = "give_up"  # of several in one block, see CHOICES; these three carry a question, see views/questions.py
    DECLINE = "decline"
    TAKE = "take"
    TAKE_OFFER = "take_offer"  # of a reservation that is held for somebody who waits
    LET_GO = "let_go"
    LEAVE = "leave"  # carries "W3", what waits
    PICTURE = "picture"  # carries JSON, see views/pictures.py
    WITHDRAW = "withdraw"  # carries "R12" or "W3", whose claim is withdrawn
    STILL_NEEDED = "still_needed"
    HERE = "here"
    SETTINGS = "settings"
    SUGGEST = "suggest"  # an admin offers something else; of several in one block, see SUGGESTIONS
    OTHER = "other"  # what an admin offers is said in a form
    STILL_USING = "still_using"
    KEEP = "keep"  # carries "R12:3:2": of R12, as of its version 3, 2 GPUs
    CONFIRM_LOGIN = "confirm_login"  # these two carry "L3", whose login is to be confirmed
    REFUSE_LOGIN = "refuse_login"
    PULSE = "pulse"  # carries the quarter, "2026-Q4"
    OFFER = "offer"  # of several in one block: "offer:0", "offer:1" ..., see OFFERS
    VALUE = "value"  # the element of every input block


class BlockId(StrEnum):
    """The fields of the forms; `InputError.field` uses the same names."""

    POOL = "pool"
    COUNT = "count"
    WHEN = "when"
    START = "start"
    LENGTH = "length"
    REASON = "reason"
    ESTIMATE = "estimate"
    RESERVATION = "reservation"


class SettingId(StrEnum):
    """The fields of the settings' form."""

    REMINDERS = "reminders"
    QUIET_START = "quiet_start"
    QUIET_END = "quiet_end"
    DELEGATE = "delegate"
    AUTO = "auto"


class PulseId(StrEnum):
    """The fields of the pulse's form."""

    MARK = "mark"
    WAITING = "waiting"


class CallbackId(StrEnum):
    """Which form was sent."""

    BOOKING = "booking"
    EXTEND = "extend"
    MOVE = "move"
    DENY = "deny"
    SUGGEST = "suggest"
    ANSWER = "answer"
    BOOK_GPUS = "book_gpus"  # the shortcuts; the manifest names them too
    BOOK_FOR_THIS = "book_for_this"
    SETTINGS = "settings"
    PULSE = "pulse"


OFFERS = re.compile(rf"{ActionId.OFFER}:\d+")
SUGGESTIONS = re.compile(rf"{ActionId.SUGGEST}:\d+")
CHOICES = re.compile(rf"{ActionId.GIVE_UP}:\d+")


def choice_action(place: int) -> str:
    """The action id of what could be given up at `place`: unique in its block, matched by CHOICES."""
    return f"{ActionId.GIVE_UP}:{place}"


def suggest_action(place: int) -> str:
    """The action id of what an admin could offer instead at `place`: unique in its block, matched by SUGGESTIONS."""
    return f"{ActionId.SUGGEST}:{place}"


def offer_action(place: int) -> str:
    """The action id of the offer at `place` (0 is the best one): unique in its block, matched by OFFERS."""
    return f"{ActionId.OFFER}:{place}"
