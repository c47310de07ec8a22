"""What a member is answered when they ask for GPUs, change a reservation or look at one."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import assert_never

from bot.booking.decision import Choice, Moved, Refused
from bot.booking.lifecycle import Act
from bot.booking.model import Request, Reservation
from bot.booking.reasons import Limit
from handlers.ids import ActionId
from handlers.views import oversight, words
from handlers.views.card import AS_NUMBERED, Uuids, buttons, card, details, state_shown, value_of
from handlers.views.kit import (
    Headline,
    Reply,
    actions,
    button,
    context,
    escape,
    listed,
    noted,
    paragraphs,
    section,
)
from handlers.views.offers import LineOf, book_button, offer_buttons
from handlers.views.reasons import NOBODY_TO_ASK, limit_text, passed, why_not

MOST_ROWS = 40
# After these a member may think again; a decision stands.
_TAKEN_BACK = frozenset({Act.EXTEND, Act.MOVE, Act.RELEASE})


def granted(
    reservation: Reservation,
    *,
    zone: tzinfo,
    over: Sequence[Limit] = (),
    choice: Choice | None = None,
    notes: Sequence[str] = (),
    moves: Sequence[Moved] = (),
    pieces: Sequence[Reservation] = (),
    uuids: Uuids = AS_NUMBERED,
) -> Reply:
    """The GPUs are theirs. `over`: limits that did not bind; `notes`: what was assumed while reading the line.

    `moves`: others that made way. `pieces`: the reservations after the first, of a request that was split.
    """
    reader = reservation.asked_by or reservation.member
    verb = "is" if reservation.count == 1 else "are"
    whose = "yours" if reader == reservation.member else f"booked for {words.mention(reservation.member)}"
    lead = f"{words.held(reservation)} {verb} {whose}"
    headline = Headline(lead, f"{words.span(reservation.window, zone)} · {reservation.label}")
    more = [f"then {words.span(piece.window, zone)} · {piece.label}" for piece in pieces]
    told = [*details(reservation, uuids), _why(choice), passed(over), *map(_made_way, moves), *map(noted, notes)]
    blocks = [*paragraphs([headline.mrkdwn, *more]), *context(*told), *buttons(reservation, reader=reader, undo=True)]
    return Reply(headline.text, tuple(blocks), "granted", (reservation, *pieces))


def held(
    reservation: Reservation,
    limits: Sequence[Limit],
    *,
    zone: tzinfo,
    delays: Sequence[str] = (),
    choice: Choice | None = None,
    notes: Sequence[str] = (),
) -> Reply:
    """An admin decides; the GPUs are held meanwhile. `delays`: members whom it would delay."""
    reader = reservation.asked_by or reservation.member
    whom = "you" if reader == reservation.member else words.mention(reservation.member)
    lead = f"Held for {whom}: {words.held(reservation)}"
    headline = Headline(lead, f", {words.span(reservation.window, zone)} · {reservation.label}")
    reasons = [limit_text(limit, reservation.member, reader) for limit in limits]
    because = f"An admin decides, because {listed((text for _, text in reasons), most=6)}."
    if delays:
        because += f" It would delay {listed(words.mention(member) for member in delays)}."
    told = [*details(reservation), _why(choice), *map(noted, notes)]
    blocks = [section(f"{headline.mrkdwn}\n{because}"), *context(*told), *buttons(reservation, reader=reader)]
    return Reply(headline.text, tuple(blocks), "held", (reservation,), tuple(reasons))


def refused(
    decision: Refused,
    request: Request,
    *,
    key: str,
    line_of: LineOf,
    now: datetime,
    zone: tzinfo,
    notes: Sequence[str] = (),
    keeps: Reservation | None = None,
) -> Reply:
    """No, with every reason and up to three offers. `key` is the refusal's own; `line_of` writes an offer's line.

    `notes`: what was assumed while reading the line. `keeps`: the reservation that was to be changed, and stays.
    """
    reader = request.asked_by or request.member
    alone = NOBODY_TO_ASK if keeps is None else _besides(decision)
    reasons = [why_not(refusal, request.member, reader, zone, alone=alone) for refusal in decision.refusals]
    stays = f"{keeps.label} stays as it is: {words.span(keeps.window, zone)}" if keeps else ""
    limits = listed(limit_text(limit, request.member, reader)[1] for limit in decision.limits)
    besides = f"An admin would be asked besides: {limits}." if limits else ""
    if len(reasons) == 1:
        headline, more = Headline(reasons[0].lead, reasons[0].rest), []
    else:
        headline = Headline(f"Not booked, for {len(reasons)} reasons.")
        more = [f"• {reason.text}" for reason in reasons]
    blocks = [
        *paragraphs([headline.mrkdwn, *more]),
        *context(f"Asked: {words.asked(request, zone)}", stays, besides, *map(noted, notes)),
        *offer_buttons(decision.offers, request, key=key, line_of=line_of, now=now, zone=zone),
    ]
    text = headline.text if len(reasons) == 1 else " ".join([headline.text, *(reason.text for reason in reasons)])
    told = tuple((reason.code, reason.text) for reason in reasons)
    return Reply(text, tuple(blocks), "refused", reasons=told, offers=decision.offers)


def changed(
    act: Act,
    before: Reservation,
    after: Reservation,
    *,
    reader: str,
    zone: tzinfo,
    over: Sequence[Limit] = (),
    notes: Sequence[str] = (),
    uuids: Uuids = AS_NUMBERED,
) -> Reply:
    """A change was made by `reader`, and what holds now. A release after which it still holds GPUs kept those."""
    headline = _change(act, before, after, reader, zone)
    told = [*details(after, uuids), passed(over), *map(noted, notes)] if after.holds else list(map(noted, notes))
    row = buttons(after, reader=reader, undo=act in _TAKEN_BACK)
    return Reply(headline.text, (section(headline.mrkdwn), *context(*told), *row), "done", (after,))


def undone(after: Reservation, *, reader: str, zone: tzinfo, uuids: Uuids = AS_NUMBERED) -> Reply:
    """The last change was taken back; `after` is the reservation as it is again (or cancelled, if it was new)."""
    what = f"{words.held(after)}, {words.span(after.window, zone)}"
    if after.holds:
        headline = Headline("Undone.", f"{after.label} is as it was: {what}.")
    else:
        headline = Headline(f"Undone: {after.label} is {state_shown(after.state)}.", f"{what}: free again.")
    told = details(after, uuids) if after.holds else []
    blocks = [section(headline.mrkdwn), *context(*told), *buttons(after, reader=reader)]
    return Reply(headline.text, tuple(blocks), "done", (after,))


def mine(reservations: Sequence[Reservation], *, reader: str, zone: tzinfo, uuids: Uuids = AS_NUMBERED) -> Reply:
    """Their reservations in the order given: one as its card, several as a list with a [Show] each."""
    if not reservations:
        headline = Headline("You have no reservations.", "`/gpu free` says what is free.")
        return Reply(headline.text, (section(headline.mrkdwn), *actions(book_button())))
    if len(reservations) == 1:
        headline, card_blocks = card(reservations[0], zone, reader=reader, uuids=uuids)
        return Reply(headline.text, tuple(card_blocks), reservations=tuple(reservations))
    count = len(reservations)
    headline = Headline(f"You have {count} reservations", ": " + listed(r.label for r in reservations))
    blocks = [section(f"*You have {count} reservations*")]
    for reservation in reservations[:MOST_ROWS]:
        line, _ = card(reservation, zone, reader=reader)
        blocks.append(section(line.mrkdwn, button("Show", ActionId.SHOW, value_of(reservation))))
    if count > MOST_ROWS:
        blocks += context(f"… and {count - MOST_ROWS} more, such as `/gpu show {reservations[MOST_ROWS].label}`.")
    return Reply(headline.text, tuple(blocks), reservations=tuple(reservations))


def show(
    reservation: Reservation,
    history: Sequence[tuple[datetime, str, str]] = (),
    *,
    reader: str,
    zone: tzinfo,
    undo: bool = False,
    uuids: Uuids = AS_NUMBERED,
) -> Reply:
    """One reservation with its history, oldest first: (when, who, act)."""
    headline, blocks = card(reservation, zone, reader=reader, undo=undo, uuids=uuids)
    past = [f"{words.moment(at)} {escape(act)}{words.by(who)}" for at, who, act in history[-8:]]
    earlier = len(history) - len(past)
    return Reply(
        headline.text,
        (*blocks, *context(f"… {earlier} earlier changes" if earlier else "", *past)),
        reservations=(reservation,),
    )


def _besides(decision: Refused) -> str:
    """What is said to a limit that stands in the way of a change: whether it can be asked for besides."""
    if any(offer.asks for offer in decision.offers):
        return "An admin would have to agree: ask for it as a request of its own."
    return "No admin can be asked for this in a change."


def _change(act: Act, before: Reservation, after: Reservation, reader: str, zone: tzinfo) -> Headline:
    label, span = after.label, words.span(after.window, zone)
    what = f"{words.held(after)}, {span}"
    match act:
        case Act.EXTEND:
            more = words.length(after.window.end - before.window.end)
            end = words.beside(after.window.end, before.window.end, zone)
            return Headline(f"{label} extended by {more}, until {end}:", what)
        case Act.MOVE:
            lead = f"{label} moved: {words.moment(before.window.start)} → {words.moment(after.window.start)}"
            still = "Still" if words.held(before) == words.held(after) else "Now"
            return Headline(f"{lead}.", f"{still} {what}.")
        case Act.REASON:
            return Headline(f"{label} has another reason now:", f"{what}.")
        case Act.RELEASE if after.holds:
            freed = words.number(before.count - after.count)
            return Headline(f"{label} keeps {words.held(after)}", f", {span}; {freed} free again.")
        case Act.APPROVE:
            return Headline(f"{label} approved{words.by(reader)}:", f"{what}, for {words.mention(after.member)}.")
        case Act.DENY:
            whose = f"{what}, for {words.mention(after.member)}; free again."
            return Headline(f"{label} denied{words.by(reader)}:", whose)
        case Act.OFFER:
            return oversight.offered_instead(after, reader, zone)
        case Act.REVOKE:
            return oversight.revoked(before, after, reader, zone)
        case Act.ACCEPT:
            verb = "is" if after.count == 1 else "are"
            whose = "yours" if reader == after.member else f"booked for {words.mention(after.member)}"
            return Headline(f"{words.held(after)} {verb} {whose}", f"{span} · {label}")
        case Act.START:
            return Headline(f"{label} has begun:", f"{what}.")
        case Act.RELEASE | Act.END | Act.EXPIRE | Act.DECLINE:
            was = f"{words.held(before)}, {words.span(before.window, zone)}"
            verb = "is" if act is Act.RELEASE else "has"
            return Headline(f"{label} {verb} {state_shown(after.state)}.", f"{was}: free again.")
        case other:
            assert_never(other)


def _made_way(moved: Moved) -> str:
    begins = f"{words.moment(moved.window.start)} on {words.nodes(moved.gpus)}"
    return f"R{moved.reservation} made way: it now begins {begins}, and its holder is told."


def _why(choice: Choice | None) -> str:
    if choice is None:
        return ""
    tried = (
        f"{words.number(one.count)} "
        + ("not in time" if one.end is None else f"done {words.moment(one.end)}")
        + (" (an admin would be asked)" if one.asks else "")
        for one in choice.tried
    )
    return f"Why this many: {'; '.join(tried)}."
