"""Outcomes of the desk as replies, and replies as the text that is kept for a delivery that comes again."""

import json
from dataclasses import dataclass
from typing import assert_never

from bot.booking.decision import Granted, Held, Refused
from bot.desk import (
    Asked,
    Back,
    Booked,
    Changed,
    Dropped,
    Kept,
    Left,
    Linked,
    NotAsked,
    NotChanged,
    Outcome,
    Passed,
    Settled,
    TakenOut,
    Tracked,
    Undone,
    Waitlisted,
    Withdrawn,
)
from handlers.context import Context
from handlers.lines import line_of
from handlers.views import claims, deadlines, links, outages, pieces, questions, replies, waitlist
from handlers.views.kit import Reply

UNPROMISED = "This is outside of its bounds, so its deadline is not promised any more and it is not moved."


@dataclass(slots=True)
class Told:
    """To whom an outcome is told, with what was assumed in reading it, and the key that its offers would share.

    `last`: what was told, since it is told twice: to be kept, and to be sent.
    """

    context: Context
    notes: tuple[str, ...]
    refusal_key: str
    last: tuple[Outcome, Reply] | None = None


def told(outcome: Outcome, told_by: Told) -> Reply:
    """The reply."""
    if told_by.last is None or told_by.last[0] is not outcome:
        told_by.last = outcome, _told(outcome, told_by)
    return told_by.last[1]


def _told(outcome: Outcome, told_by: Told) -> Reply:
    context, zone = told_by.context, told_by.context.zone
    reader = context.member.id
    match outcome:
        case Booked(request, decision, reservation, more):
            match decision:
                case Refused():
                    return replies.refused(
                        decision,
                        request,
                        key=told_by.refusal_key,
                        line_of=line_of,
                        now=context.now,
                        zone=zone,
                        notes=told_by.notes,
                    )
                case Granted(placement, over, choice):
                    assert reservation is not None  # noqa: S101 - what is granted is in the ledger
                    return replies.granted(
                        reservation,
                        zone=zone,
                        over=over,
                        choice=choice,
                        notes=told_by.notes,
                        moves=placement.moves,
                        pieces=more,
                        uuids=context.uuids,
                    )
                case Held(_, limits, delays, choice):
                    assert reservation is not None  # noqa: S101 - what is held is in the ledger
                    reply = replies.held(
                        reservation, limits, zone=zone, delays=delays, choice=choice, notes=told_by.notes
                    )
                    return pieces.held(reply, more, zone=zone)
                case _:
                    assert_never(decision)
        case Changed(act, before, after, over, unpromised, changed, rest):
            notes = (*told_by.notes, *([UNPROMISED] if unpromised else []))
            reply = replies.changed(
                act, before, after, reader=reader, zone=zone, over=over, notes=notes, uuids=context.uuids
            )
            return pieces.changed(reply, changed, rest, zone=zone)
        case Undone(_, after, undone):
            return pieces.changed(
                replies.undone(after, reader=reader, zone=zone, uuids=context.uuids), undone, zone=zone
            )
        case NotChanged(reservation, request, refused):
            return replies.refused(
                refused,
                request,
                key=told_by.refusal_key,
                line_of=line_of,
                now=context.now,
                zone=zone,
                notes=told_by.notes,
                keeps=reservation,
            )
        case Tracked(deadline, was, replanned):
            return deadlines.tracked(deadline, was, replanned, zone=zone, notes=told_by.notes)
        case Dropped(deadline, replanned):
            return deadlines.dropped(deadline, replanned, zone=zone)
        case Asked(question, held, concessions):
            return questions.asked(question, held, concessions, zone=zone, now=context.now, notes=told_by.notes)
        case NotAsked(held, request, why):
            return questions.not_asked(held, request, why, zone=zone, notes=told_by.notes)
        case Settled(question, _, after, got):
            return questions.settled(question, after, got, reader=reader, zone=zone)
        case Withdrawn(claim):
            return claims.withdrawn(claim)
        case Waitlisted(waiting, place, expected, new):
            return waitlist.waitlisted(waiting, place, expected, new=new, zone=zone, notes=told_by.notes)
        case Left(waiting):
            return waitlist.left(waiting, zone=zone)
        case TakenOut(taken, hits):
            return outages.taken_out(taken, hits, zone=zone, notes=told_by.notes)
        case Back(over):
            return outages.back(over)
        case Linked(link):
            return links.linked(link, reader=reader)
        case Passed(before, still):
            return waitlist.passed(before, still, zone=zone)
        case _:
            assert_never(outcome)


def rendered(reply: Reply) -> str:
    """What of a reply is kept, as JSON."""
    return json.dumps({"text": reply.text, "blocks": list(reply.blocks), "decision": reply.decision})


def kept(answer: Kept) -> Reply:
    """The reply that was kept."""
    stored = json.loads(answer.answer)
    return Reply(stored["text"], tuple(stored["blocks"]), stored["decision"])
