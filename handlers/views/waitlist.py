"""The waitlist as people see it: their place in it, who waits, and offers of what fell free."""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Reservation, Waiting
from bot.booking.notices import Notice
from bot.booking.waitlist import Shadow
from handlers.ids import ActionId, offer_action
from handlers.views import approvals, words
from handlers.views.card import buttons, details_in
from handlers.views.kit import Block, Headline, Reply, actions, button, context, named, noted, section
from handlers.views.offers import book_button

MOST_ROWS = 20
MOST_ON_BOARD = 6


def waitlisted(
    one: Waiting, place: int, expected: datetime | None, *, new: bool, zone: tzinfo, notes: Sequence[str] = ()
) -> Reply:
    """It waits; where in the line, and from when on it can have its GPUs as things stand."""
    lead = f"{'You' if new else 'You already'} wait for {words.asked(one.request, zone)}"
    nth = "You are next." if place == 1 else f"Place {place} among those who wait for these GPUs."
    then = f"Expected: {words.moment(expected)}." if expected else "Nothing is in sight yet."
    headline = Headline(lead, f"· {one.label}")
    how = (
        "It is booked for you by itself, and you are told."
        if one.auto
        else "When GPUs fall free, they are held for you, and you get a message with a button."
    )
    blocks = [section(headline.mrkdwn), *context(f"{nth} {then}", how, *map(noted, notes)), *actions(_leave(one))]
    return Reply(f"{headline.text} {nth} {then}", tuple(blocks), "waitlisted")


def left(one: Waiting, *, zone: tzinfo) -> Reply:
    """It does not wait any more."""
    headline = Headline(f"{one.label} does not wait any more:", f"{words.asked(one.request, zone)}.")
    return Reply(headline.text, (section(headline.mrkdwn),), "done")


def passed(before: Reservation, one: Waiting | None, *, zone: tzinfo) -> Reply:
    """An offer went on to the next."""
    what = f"{words.held(before)}, {words.span(before.window, zone)}"
    still = f"{one.label} goes on waiting." if one else "It was the last of its offers: it does not wait any more."
    if before.approved_by:  # an admin's, instead of what was asked for
        still = "Nothing is held for you in its place."
    headline = Headline(f"{before.label} passed on.", f"{what}. {still}")
    row = actions(_leave(one)) if one else actions(book_button())
    return Reply(headline.text, (section(headline.mrkdwn), *row), "done")


def waitlist(shadows: Sequence[Shadow], *, reader: str, zone: tzinfo) -> Reply:
    """Who waits, in their order, with when each can expect its GPUs."""
    if not shadows:
        headline = Headline("Nobody waits.", "`/gpu free` says what is free.")
        return Reply(headline.text, (section(headline.mrkdwn), *actions(book_button())))
    count = len(shadows)
    headline = Headline(f"{words.number(count, 'request')} {'waits' if count == 1 else 'wait'}")
    blocks = [section(headline.mrkdwn), *rows(shadows, reader=reader, zone=zone)]
    return Reply(headline.text, tuple(blocks))


def rows(shadows: Sequence[Shadow], *, reader: str, zone: tzinfo) -> list[Block]:
    """One line each; the reader's own with [Leave]."""
    blocks = []
    for shadow in shadows[:MOST_ROWS]:
        one = shadow.waiting
        who = "" if one.member == reader else f"{words.mention(one.member)}, "
        line = f"*{one.label}* · {who}{words.asked(one.request, zone)} · {_expected(shadow)}"
        own = reader in (one.member, one.request.asked_by)
        blocks.append(section(line, _leave(one) if own else None))
    more = len(shadows) - MOST_ROWS
    return [*blocks, *context(f"… and {more} more." if more > 0 else "")]


def in_one_line(shadows: Sequence[Shadow], *, zone: tzinfo) -> list[str]:
    """ "*Waiting:* @dave, 4 × A100 ... (W3, expected 18:00)", for boards; nothing where nobody waits."""
    told = [
        f"{words.mention(one.waiting.member)}, {words.asked(one.waiting.request, zone)}"
        f" ({one.waiting.label}, {_expected(one)})"
        for one in shadows[:MOST_ON_BOARD]
    ]
    more = len(shadows) - MOST_ON_BOARD
    if more > 0:
        told.append(f"{more:,} more, see `/gpu waitlist`")
    return [f"*Waiting:* {'; '.join(told)}"] if told else []


def offer(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """To who waits: GPUs are held for them, were booked for them, or went on to the next."""
    what, label = words.held(reservation), named(notice.facts.get("waiting", ""))
    span = f"{words.span(reservation.window, zone)} · {reservation.label}"
    match notice.facts.get("act", ""):
        case "taken":
            headline = Headline(f"{what}: booked for you", f"{span}. {label} was waiting for it.")
            if reservation.state is State.PENDING:
                headline = Headline(f"{what}: held for you", f"{span}. An admin decides; {label} was waiting for it.")
            return headline, [
                *context(*details_in(notice, reservation)),
                *buttons(reservation, reader=reservation.member),
            ]
        case "passed_on":
            return Headline(f"{reservation.label} went on to the next:", f"{what}. {label} goes on waiting."), []
        case "lapsed":
            rest = f"{what}. That was the last of its offers: {label} does not wait any more."
            if not label:
                rest = f"{what}, in place of what you had asked for."
            return Headline(f"{reservation.label} is not held for you any more:", rest), actions(book_button())
        case "suggested" | "part" if reservation.state is State.OFFERED:
            return approvals.suggested(notice, reservation, zone)
        case "sooner":
            return _sooner(notice, reservation)
    if reservation.state is not State.OFFERED:
        return Headline(f"{what} were held for you", f"{span}, and are not any more."), []
    until = _instant(notice.facts.get("until", ""))
    rest = f" until {words.moment(until)}; then the next who waits is asked" if until else ""
    held = f"Held for you{rest}. You waited as {label}."
    asks = "An admin would be asked, because others wait too." if notice.facts.get("asks") else ""
    verb = "is" if reservation.count == 1 else "are"
    headline = Headline(f"{what} {verb} free for you", span)
    return headline, [*context(held, asks), *buttons(reservation, reader=reservation.member)]


def _sooner(notice: Notice, reservation: Reservation) -> tuple[Headline, list[Any]]:
    start, label = _instant(notice.facts.get("start", "")), reservation.label
    booked = reservation.state is State.BOOKED and str(reservation.version) == notice.facts.get("version")
    if start is None or not booked:
        return Headline(f"{label} could have started sooner", "before it was changed."), []
    now = start - notice.due_at < MINUTE
    headline = Headline(
        f"{label} could start sooner:",
        f"{'now' if now else words.moment(start)} instead of {words.moment(reservation.window.start)}, "
        f"since GPUs have fallen free. {words.held(reservation)}.",
    )
    line = f"move {label} to {'now' if now else f'{start:%Y-%m-%dT%H:%MZ}'}"
    value = json.dumps({"line": line, "key": notice.key}, separators=(",", ":"))
    told = context("If you leave it, it stays where it is.")
    return headline, [*told, *actions(button("Start now" if now else "Move it", offer_action(0), value, "primary"))]


def _expected(shadow: Shadow) -> str:
    if shadow.waiting.offered is not None:
        return f"R{shadow.waiting.offered} is held for it"
    return f"expected {words.moment(shadow.placement.window.start)}" if shadow.placement else "nothing in sight yet"


def _leave(one: Waiting) -> Block:
    return button("Leave", ActionId.LEAVE, one.label)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
