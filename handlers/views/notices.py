"""Notices as messages: changes in the board's thread, requests for the admins, decisions, bookings by others.

What a notice's facts may say: `act` (what happened: "booked", "released", ...), `by` (the id of who did it, empty for
what time does), `reason` (their words), `was` (the window before, an ISO interval), `limits` (JSON, a list of [name of
the Limit, its fields]) and `delays` (ids, comma-separated). A missing or unreadable fact leaves its words out, since a
message must still go out.
"""

import json
from dataclasses import fields
from datetime import tzinfo
from typing import Any, assert_never

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind
from bot.booking.reasons import (
    KeptFor,
    Limit,
    OverCrunch,
    OverHours,
    OverOutstanding,
    OverQuota,
    OverShare,
    PoolAsks,
)
from handlers.ids import ActionId
from handlers.views import links, moved, needed, questions, waitlist, watching, words
from handlers.views.card import buttons, details, value_of
from handlers.views.deadline_notices import redated, report, window_of
from handlers.views.kit import Headline, actions, button, context, listed, named, quoted, section
from handlers.views.offers import book_button
from handlers.views.reasons import limit_text

_LIMITS: dict[str, type[Limit]] = {
    kind.__name__: kind for kind in (OverHours, OverShare, OverOutstanding, OverQuota, PoolAsks, OverCrunch, KeptFor)
}


def message(notice: Notice, reservation: Reservation | None, *, late: bool, zone: tzinfo) -> dict[str, Any]:
    """The notice as {"text", "blocks"}; `reservation` as it is now. `late`: it goes out well after it was due."""
    headline, blocks = _of_none(notice) if reservation is None else _about(notice, reservation, zone)
    small = context(f"Late: this is from {words.moment(notice.about)}.") if late else []
    return {"text": headline.text, "blocks": [section(headline.mrkdwn), *blocks, *small]}


def _of_none(notice: Notice) -> tuple[Headline, list[Any]]:
    if notice.kind is NoticeKind.WATCH:
        return watching.of_none(notice)
    return links.notice(notice) if notice.kind is NoticeKind.LOGIN else report(notice)


def _about(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    match notice.kind:
        case NoticeKind.CHANGE:
            return _change(notice, reservation, zone)
        case NoticeKind.APPROVAL:
            return _approval(notice, reservation, zone)
        case NoticeKind.DECISION:
            return _decision(notice, reservation, zone)
        case NoticeKind.BOOKED_FOR:
            return _booked_for(notice, reservation, zone)
        case NoticeKind.QUESTION:
            return questions.question(notice, reservation, zone)
        case NoticeKind.ANSWER:
            return questions.answer(notice, reservation, zone)
        case NoticeKind.OFFER:
            return waitlist.offer(notice, reservation, zone)
        case NoticeKind.MOVED:
            return moved.moved(notice, reservation, zone)
        case NoticeKind.NEEDED:
            return needed.still_needed(notice, reservation, zone)
        case NoticeKind.START:
            return _start(reservation, zone)
        case NoticeKind.DEADLINE:
            return redated(notice, reservation, zone)
        case NoticeKind.WATCH:
            return watching.of_reservation(notice, reservation, zone)
        case NoticeKind.REPORT | NoticeKind.LOGIN:
            return _of_none(notice)
        case other:
            assert_never(other)


def _change(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    act, by = notice.facts.get("act", ""), notice.facts.get("by", "")
    whose = "" if by == reservation.member else words.by(by)
    if act == "made way" and by:
        whose = f" for {words.mention(by)}"
    span, was = words.span(reservation.window, zone), window_of(notice.facts.get("was", ""))
    if was is not None and was != reservation.window:
        span = f"{words.span(was, zone)} → {span}"
    rest = f"· {words.mention(reservation.member)} · {words.held(reservation)}, {span}"
    return Headline(f"{reservation.label} {_happened(act)}{whose}", rest), []


def _approval(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    asker, count = reservation.member, reservation.count
    hours = words.gpu_hours(reservation.window.hours * count)
    said = f": {quoted(reservation.reason)}" if reservation.reason else ""
    headline = Headline(
        f"{words.mention(asker)} asks for {words.gpus(count, reservation.pool)}",
        f"on {words.nodes(reservation.gpus)}, {words.span(reservation.window, zone)}, {hours}{said}"
        f" · {reservation.label}",
    )
    if reservation.state is not State.PENDING:
        return headline, context(_decided(notice, reservation))
    reasons = [limit_text(limit, asker, "")[1] for limit in _limits(notice.facts.get("limits", ""))]
    because = f"Asks an admin, because {listed(reasons, most=6)}." if reasons else ""
    delays = [words.mention(member) for member in notice.facts.get("delays", "").split(",") if member]
    delayed = f"It would delay {listed(delays)}." if delays else ""
    told = " ".join(part for part in (because, delayed, "The GPUs are held meanwhile.") if part)
    value = value_of(reservation)
    row = actions(
        button(f"Approve {count:,}", ActionId.APPROVE, value, "primary"),
        button("Deny…", ActionId.DENY, value),
    )
    return headline, [section(told), *row]


def _decision(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    act, by = notice.facts.get("act", ""), notice.facts.get("by", "")
    what = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    if act == "expired":
        lead = f"{reservation.label} lapsed:"
        return Headline(lead, f"no admin decided in time. {what}, is not held any more."), actions(book_button())
    reason = notice.facts.get("reason", "")
    if act == "withdrawn":
        lead = f"The claim of {reservation.label} to {named(reason)} is withdrawn{words.by(by)}:"
        return Headline(lead, f"it keeps its place, but counts as work without the deadline. {what}."), []
    said = f" {quoted(reason)}" if reason else ""
    headline = Headline(f"{reservation.label} {_happened(act)}{words.by(by)}:", f"{what}.{said}")
    if not reservation.holds:
        return headline, []
    return headline, [*context(*details(reservation)), *buttons(reservation, reader=reservation.member)]


def _booked_for(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    who = words.mention(notice.facts.get("by") or reservation.asked_by)
    what, rest = words.held(reservation), f", {words.span(reservation.window, zone)} · {reservation.label}"
    asked = reservation.state is State.PENDING
    headline = Headline(f"{who} asked an admin for {what} for you" if asked else f"{who} booked for you: {what}", rest)
    return headline, [*context(*details(reservation)), *buttons(reservation, reader=reservation.member)]


def _start(reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    verb = "is" if reservation.count == 1 else "are"
    headline = Headline(
        f"{reservation.label} has begun: {words.held(reservation)} {verb} yours", words.span(reservation.window, zone)
    )
    return headline, [*context(*details(reservation)), *buttons(reservation, reader=reservation.member)]


def _decided(notice: Notice, reservation: Reservation) -> str:
    if reservation.state is State.DENIED:
        return f"Denied{words.by(notice.facts.get('by', ''))}."
    if reservation.approved_by:
        return f"Approved{words.by(reservation.approved_by)}."
    return f"No decision is needed any more: {reservation.label} is {reservation.state.value}."


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
        case "started" | "ended":
            return f"has {act}"
        case _:
            return named(act or "changed")


def _limits(fact: str) -> list[Limit]:
    try:
        return [_limit(name, values) for name, values in json.loads(fact)] if fact else []
    except (ValueError, TypeError, KeyError):
        return []


def _limit(name: str, values: dict[str, Any]) -> Limit:
    kind = _LIMITS[name]
    return kind(**{field.name: values[field.name] for field in fields(kind)})
