"""Notices as messages: changes in the board's thread, requests for the admins, decisions, bookings by others.

What a notice's facts may say: `act` (what happened: "booked", "released", ...), `by` (the id of who did it, empty for
what time does), `reason` (their words), `was` (the window before, an ISO interval), `limits` (JSON, a list of [name of
the Limit, its fields]) and `delays` (ids, comma-separated). A missing or unreadable fact leaves its words out, since a
message must still go out.
"""

from datetime import tzinfo
from typing import Any, assert_never

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind
from handlers.views import (
    approvals,
    claims,
    links,
    moved,
    needed,
    outages,
    pieces,
    pulse,
    questions,
    reminders,
    waiting_notices,
    waitlist,
    watching,
    words,
)
from handlers.views.card import buttons, details_in
from handlers.views.deadline_notices import redated, report, window_of
from handlers.views.instead import instead
from handlers.views.kit import Headline, context, named, quoted, section


def message(notice: Notice, reservation: Reservation | None, *, late: bool, zone: tzinfo) -> dict[str, Any]:
    """The notice as {"text", "blocks"}; `reservation` as it is now. `late`: it goes out well after it was due."""
    if notice.kind is NoticeKind.WAITING:
        headline, blocks = waiting_notices.told(notice, zone)
    elif notice.kind is NoticeKind.CLAIMS:
        headline, blocks = claims.gathered(notice, zone)
    elif reservation is None:
        headline, blocks = _of_none(notice)
    else:
        headline, blocks = _about(notice, reservation, zone)
    small = context(f"Late: this is from {words.moment(notice.about)}.") if late else []
    return {"text": headline.text, "blocks": [section(headline.mrkdwn), *blocks, *small]}


def _of_none(notice: Notice) -> tuple[Headline, list[Any]]:
    match notice.kind:
        case NoticeKind.OUTAGE:
            return outages.told_lab(notice)
        case NoticeKind.WATCH:
            return watching.of_none(notice)
        case NoticeKind.LOGIN:
            return links.notice(notice)
        case NoticeKind.PULSE:
            return pulse.question(notice)
        case _:
            return report(notice)


def _about(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    match notice.kind:
        case NoticeKind.CHANGE:
            return _change(notice, reservation, zone)
        case NoticeKind.APPROVAL:
            return approvals.card(notice, reservation, zone)
        case NoticeKind.DECISION:
            return _decision(notice, reservation, zone)
        case NoticeKind.BOOKED_FOR:
            return _booked_for(notice, reservation, zone)
        case NoticeKind.QUESTION:
            return questions.question(notice, reservation, zone)
        case NoticeKind.ANSWER:
            return questions.answer(notice, reservation, zone)
        case NoticeKind.OUTAGE:
            return outages.hit(notice, reservation, zone)
        case NoticeKind.OFFER:
            return waitlist.offer(notice, reservation, zone)
        case NoticeKind.MOVED:
            return moved.moved(notice, reservation, zone)
        case NoticeKind.NEEDED if notice.facts.get("act") == "today":
            return reminders.needed_today(reservation, zone)
        case NoticeKind.NEEDED:
            return needed.still_needed(notice, reservation, zone)
        case NoticeKind.LENT:
            return needed.lent(notice, reservation, zone)
        case NoticeKind.REMINDER:
            return reminders.reminder(notice, reservation, zone)
        case NoticeKind.NO_SHOW:
            return reminders.no_show(notice, reservation)
        case NoticeKind.START:
            return _start(notice, reservation, zone)
        case NoticeKind.DEADLINE:
            return redated(notice, reservation, zone)
        case NoticeKind.CLAIMS:
            return claims.gathered(notice, zone)
        case NoticeKind.WAITING:
            return waiting_notices.told(notice, zone)
        case NoticeKind.WATCH:
            return watching.of_reservation(notice, reservation, zone)
        case NoticeKind.REPORT | NoticeKind.DIGEST | NoticeKind.LOGIN | NoticeKind.MONTH | NoticeKind.PULSE:
            return _of_none(notice)
        case other:
            assert_never(other)


def _change(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    act, by = notice.facts.get("act", ""), notice.facts.get("by", "")
    whose = "" if by == reservation.member else words.by(by)
    if act == "made way" and by:
        whose = f" for {words.mention(by)}"
    if act == "taken suggested":
        whose = words.by(reservation.approved_by or "")
    span, was = words.span(reservation.window, zone), window_of(notice.facts.get("was", ""))
    if was is not None and was != reservation.window:
        span = f"{words.span(was, zone)} → {span}"
    rest = f"· {words.mention(reservation.member)} · {words.held(reservation)}, {span}"
    return Headline(f"{reservation.label} {_happened(act)}{whose}", rest), []


def _decision(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    act, by = notice.facts.get("act", ""), notice.facts.get("by", "")
    window = reservation.window
    if act == "revoked":  # what ran has ended now: that is not what is taken from them
        window = window_of(notice.facts.get("was", "")) or window
    what = f"{words.held(reservation)}, {words.span(window, zone)}"
    if act == "expired":
        lapsed = Headline(f"{reservation.label} lapsed:", f"no admin decided in time. {what}, is not held any more.")
        return lapsed, instead(notice, reservation, zone)
    if act == "postponed" and reservation.state is State.PENDING:
        was = window_of(notice.facts.get("was", ""))
        instead_of = f", not {words.span(was, zone)}" if was else ""
        verb = "is" if reservation.count == 1 else "are"
        waits = f"{what}, {verb} held for you now{instead_of}. Your deadline is kept."
        held = context(*details_in(notice, reservation))
        return Headline(f"{reservation.label} still waits for an admin:", waits), [
            *held,
            *buttons(reservation, reader=reservation.member),
        ]
    reason = notice.facts.get("reason", "")
    if act == "withdrawn":
        lead = f"The claim of {reservation.label} to {named(reason)} is withdrawn{words.by(by)}:"
        return Headline(lead, f"it keeps its place, but counts as work without the deadline. {what}."), []
    said = f" {quoted(reason)}" if reason else ""
    besides = pieces.decided(notice.facts.get("pieces", ""))
    headline = Headline(f"{reservation.label} {_happened(act)}{words.by(by)}:", f"{what}.{besides}{said}")
    if act == "revoked" or not reservation.holds:
        return headline, instead(notice, reservation, zone)
    held = context(*details_in(notice, reservation))
    return headline, [*held, *buttons(reservation, reader=reservation.member)]


def _booked_for(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    who = words.mention(notice.facts.get("by") or reservation.asked_by)
    what, rest = words.held(reservation), f", {words.span(reservation.window, zone)} · {reservation.label}"
    asked = reservation.state is State.PENDING
    headline = Headline(f"{who} asked an admin for {what} for you" if asked else f"{who} booked for you: {what}", rest)
    return headline, [
        *context(*details_in(notice, reservation)),
        *buttons(reservation, reader=reservation.member),
    ]


def _start(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    verb = "is" if reservation.count == 1 else "are"
    headline = Headline(
        f"{reservation.label} has begun: {words.held(reservation)} {verb} yours", words.span(reservation.window, zone)
    )
    there = watching.lingering(notice)
    return headline, [
        *context(*details_in(notice, reservation), there),
        *buttons(reservation, reader=reservation.member),
    ]


def _happened(act: str) -> str:
    """The facts' word for what happened, as it stands after "R12 "."""
    match act:
        case "asked":
            return "waits for an admin"
        case "kept":
            return "gives some of its GPUs back"
        case "expired":
            return "lapsed: no admin decided in time"
        case "taken":
            return "booked from the waitlist"
        case "taken suggested":
            return "booked, as offered"
        case "taken part":
            return "booked: the part that needs no admin"
        case "started" | "ended":
            return f"has {act}"
        case "no_show":
            return "released as a no-show"
        case _:
            return named(act or "changed")
