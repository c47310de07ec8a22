"""What follows `revoke`, `policy`, `audit` and `export`. Pure."""

import re

from bot.errors import InputError
from handlers.booking_line import read_reason
from handlers.changes import nothing_more, reservation_in
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.overseeing import Audit, Export, Policy, Revoke
from handlers.spoken.people import take_person
from handlers.spoken.words import plain_words, quoted

_ID = re.compile(r"[rR]([0-9]{1,9})")
FORMS = ("csv", "json")
WHATS = ("reservations", "audit")


def read_revoke(rest: str, _context: Context) -> Revoke:
    id_, rest = reservation_in(rest, "revoke")
    word, _, more = rest.partition(" ")
    return Revoke(id_, read_reason(more if word.lower() == "because" else rest, EXAMPLES["revoke"]))


def read_policy(rest: str, _context: Context) -> Policy:
    nothing_more(rest, "policy")
    return Policy()


def read_audit(rest: str, context: Context) -> Audit:
    """`audit`, `audit R12`, `audit @bob`."""
    if not rest:
        return Audit()
    if match := _ID.fullmatch(rest):
        return Audit(id=int(match[1]))
    try:
        person, left = take_person(["for", *plain_words(rest)], context.people)
    except InputError as error:
        raise InputError(str(error), hint=error.hint, example="audit @bob") from None
    if person is None or left:
        raise InputError(
            f"I did not understand {quoted(rest)}.", hint="Say a reservation or a person.", example=EXAMPLES["audit"]
        )
    return Audit(member=person)


def read_export(rest: str, _context: Context) -> Export:
    """`export`, `export json`, `export audit csv`."""
    words = rest.lower().split()
    forms, whats = [word for word in words if word in FORMS], [word for word in words if word in WHATS]
    if len(forms) > 1 or len(whats) > 1 or len(forms) + len(whats) < len(words):
        hint = "Say csv or json, and audit for that instead of reservations."
        raise InputError(f"I did not understand {quoted(rest)}.", hint=hint, example=EXAMPLES["export"])
    return Export(*(forms or FORMS[:1]), *(whats or WHATS[:1]))
