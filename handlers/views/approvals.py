"""The card that asks admins, what it becomes when one decides, and what the member is offered instead.

Facts of the card's notice, beside those of `notices`: `lapses` (when it does), `later` (the start to which it is put
off then instead; "": none), `left` ("2/8": what it leaves of the pool at its busiest), `waits` (ids, comma-separated),
`delayed` (JSON: [member, "W3", start, start without it]), `part` and `others` (offers, see `storage.offers`), `settled`
and `decided` (the audit's word for how, and when). Instants are
ISO 8601.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.amend import as_request
from bot.booking.decision import Offer
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId, suggest_action
from handlers.lines import line_of
from handlers.views import pieces, words
from handlers.views.approval_reasons import because, effect
from handlers.views.card import buttons, details, state_shown, value_of
from handlers.views.kit import VALUE, Block, Headline, actions, button, context, quoted, section
from handlers.views.offers import offer_text, starred
from storage.offers import offers_from_json

NAG = "nag"


def card(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """Who asks for what, why an admin is asked, what it means to others; or, once that is settled, how."""
    asker, count = reservation.member, reservation.count
    if notice.facts.get("act") == NAG:
        return _again(notice, reservation, zone)
    hours = words.gpu_hours(reservation.window.hours * count)
    said = f": {quoted(reservation.reason)}" if reservation.reason else ""
    more = pieces.asked(notice.facts.get("pieces", ""), zone)
    what = words.gpus(count, reservation.pool)
    if _offered(notice, reservation):
        what = f"GPUs: offered {what}"
    headline = Headline(
        f"{words.mention(asker)} asks for {what}",
        f"on {words.nodes(reservation.gpus)}, {words.span(reservation.window, zone)}, {hours}{said}{more}"
        f" · {reservation.label}",
    )
    if reservation.state is not State.PENDING:
        return headline, context(_decided(notice, reservation))
    part, others = (offers_from_json(notice.facts.get(name, "")) for name in ("part", "others"))
    told = [because(notice, asker), effect(notice, zone), _otherwise(notice, reservation, part)]
    value = value_of(reservation)
    instead = (*part, *others)[:2]
    row = actions(
        button(f"Approve {count:,}", ActionId.APPROVE, value, "primary"),
        *_suggestions(reservation, instead, notice.due_at, zone),
        *([] if reservation.group else [button("Other…", ActionId.OTHER, value)]),  # all pieces, or none
        button("Deny…", ActionId.DENY, value),
    )
    return headline, [section("\n".join(filter(None, told))), *row, *starred(instead)]


def suggested(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """To the member: what is offered in place of what they asked for."""
    facts, what = notice.facts, words.held(reservation)
    span = f"{words.span(reservation.window, zone)} · {reservation.label}"
    verb = "is" if reservation.count == 1 else "are"
    if facts.get("act") == "part":
        lead = f"No admin decided on {reservation.label} in time. {what} {verb} yours without one, if you like"
    else:
        lead = f"{words.mention(facts.get('by', ''))} offers you {what} instead"
    asked = facts.get("asked", "")
    small = f"You asked for {words.number(int(asked))}. " if asked.isdecimal() else ""
    until = _instant(facts.get("until", ""))
    small += f"Held for you until {words.moment(until)}; then it is free for others." if until else ""
    said = quoted(facts["reason"]) if facts.get("reason") else ""
    told = context(said, small, *details(reservation))
    return Headline(lead, f", {span}"), [*told, *buttons(reservation, reader=reservation.member)]


def _again(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    lapses = _instant(notice.facts.get("lapses", ""))
    until = f" until {words.moment(lapses)}" if lapses else ""
    waited = words.length(notice.due_at - reservation.created_at)
    what = f"{words.gpus(reservation.count, reservation.pool)}, {words.span(reservation.window, zone)}"
    headline = Headline(
        f"{reservation.label} has waited {waited} for an admin:",
        f"{words.mention(reservation.member)} asks for {what}. It can be decided on the card above{until}.",
    )
    return headline, []


def _otherwise(notice: Notice, reservation: Reservation, part: Sequence[Offer]) -> str:
    """The GPUs are held meanwhile; what happens where nobody decides."""
    lapses = _instant(notice.facts.get("lapses", ""))
    if lapses is None:
        return "The GPUs are held meanwhile."
    whom = words.mention(reservation.member)
    then, later = "it lapses", _instant(notice.facts.get("later", ""))
    if later is not None:
        then = f"its start is put off to {words.moment(later)}, and its deadline kept"
    elif part:
        count = part[0].request.count
        short = part[0].window.end < reservation.window.end
        then = f"{whom} is offered {count:,}{f' until {words.moment(part[0].window.end)}' if short else ''}"
        then += ", which delays nobody"
    return f"The GPUs are held meanwhile. No answer by {words.moment(lapses)}: {then}."


def _suggestions(reservation: Reservation, offers: Sequence[Offer], now: datetime, zone: tzinfo) -> list[Block]:
    """[Offer 4]: each carries the reservation as the card shows it, and the line that books the offer."""
    row = []
    for place, offer in enumerate(offers):
        request = offer.request
        plain = replace(request, asked_by=request.member, reason="")
        value = json.dumps(
            {"of": value_of(reservation), "line": line_of(plain)}, ensure_ascii=False, separators=(",", ":")
        )
        if len(value) > VALUE:
            continue
        asked = reservation.window
        if request.pool == reservation.pool and offer.window.start == max(asked.start, min(offer.window.start, now)):
            same_end = offer.window.end == asked.end
            text = f"{request.count:,}" if same_end else f"{request.count:,} for {words.length(offer.window.length)}"
            text += "*" if offer.linear else ""
        else:
            text = offer_text(offer, as_request(reservation, asked), now, zone)
        row.append(button(f"Offer {text}", suggest_action(place), value))
    return row


def _offered(notice: Notice, reservation: Reservation) -> bool:
    """Whether the reservation is what was offered, not what was asked for."""
    offered = reservation.state is State.OFFERED
    return offered or notice.facts.get("settled", "") in ("suggested", "part", "taken", "passed", "lapsed")


def _decided(notice: Notice, reservation: Reservation) -> str:
    """Who decided, and when; or why nobody needs to."""
    at, settled = _instant(notice.facts.get("decided", "")), notice.facts.get("settled", "")
    when = f", {words.moment(at)}" if at else ""
    by, approver = notice.facts.get("by", ""), reservation.approved_by
    what = words.held(reservation)
    another = f"*Another offer*{words.by(approver)}" if approver else "*Nobody decided in time*"
    match settled, reservation.state:
        case _, State.OFFERED:
            return f"{another}{when}: {words.mention(reservation.member)} is asked whether {what} will do."
        case "taken", _:
            return f"{another}: {words.mention(reservation.member)} has taken {what}{when}."
        case "passed" | "lapsed", _:
            return f"{another}: {words.mention(reservation.member)} did not take {what}{when}."
        case _, State.DENIED:
            return f"*Denied*{words.by(by)}{when}."
        case _, State.EXPIRED:
            return f"*Nobody decided in time*{when}: it lapsed."
    if approver:
        return f"*Approved*{words.by(approver)}{when if settled == 'approved' else ''}."
    return f"No decision is needed any more: {reservation.label} is {state_shown(reservation.state)}{when}."


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
