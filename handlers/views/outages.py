"""Outages as people see them: to the admin whom they hit, to a holder what became of theirs, to the lab what is out.

Facts of a notice: `act` (see `booking.rescue`; for the lab "out" or "back"), `by`, `reason`, `was` (the window before,
an ISO interval), `had` (GPUs, comma-separated), `waiting` ("W3"), `offers` (see `storage.offers`);
`gpus` and `window`.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from bot.booking.outages import Outage
from bot.desk.outcome import Rescued
from handlers.ids import offer_action
from handlers.views import words
from handlers.views.card import buttons, details_in
from handlers.views.deadline_notices import window_of
from handlers.views.instead import instead
from handlers.views.kit import (
    Block,
    Headline,
    Reply,
    actions,
    button,
    context,
    listed,
    named,
    noted,
    paragraphs,
    quoted,
    section,
)

MOST_ROWS = 30
OPEN_ENDED = timedelta(days=300)  # an outage that is longer was said without an end


def taken_out(outages: Sequence[Outage], hits: Sequence[Rescued], *, zone: tzinfo, notes: Sequence[str] = ()) -> Reply:
    """What is out, and whom it hits: each is told."""
    first = outages[0]
    lead = f"{_gpus([one.gpu for one in outages])} {_are(outages)} out of service"
    headline = Headline(lead, f", {words.span(first.window, zone)}{_because(first.reason)}")
    rows = [_row(one, zone) for one in hits[:MOST_ROWS]]
    more = len(hits) - MOST_ROWS
    told = "Nobody is hit." if not hits else f"{words.number(len(hits), 'reservation')} hit; the holders are told:"
    blocks = [
        *paragraphs([headline.mrkdwn, told, *rows]),
        *context(f"… and {more} more." if more > 0 else "", *map(noted, notes)),
        *actions(*_back_button(outages)),
    ]
    return Reply(f"{headline.text} {told}", tuple(blocks), "done", tuple(one.after for one in hits))


def back(outages: Sequence[Outage]) -> Reply:
    """They are in service again."""
    headline = Headline(
        f"{_gpus([one.gpu for one in outages])} {_are(outages)} back in service.", "Who waits comes next."
    )
    return Reply(headline.text, (section(headline.mrkdwn),), "done")


def listed_out(outages: Sequence[Outage], *, zone: tzinfo) -> Reply:
    """All that are out, or will be; those that share a window and a reason in a line."""
    if not outages:
        text = "All GPUs are in service."
        return Reply(text, (section(text),))
    together: dict[tuple[object, str], list[Outage]] = {}
    for one in outages:
        together.setdefault((one.window, one.reason), []).append(one)
    lines = [
        f"{_gpus([one.gpu for one in group])} · {words.span(group[0].window, zone)}{_because(group[0].reason)}"
        f"{words.by(group[0].by)}"
        for group in together.values()
    ]
    headline = Headline(f"{words.number(len({one.gpu for one in outages}))} out of service, or soon")
    return Reply(headline.text, tuple(paragraphs([headline.mrkdwn, *lines])))


def told_lab(notice: Notice) -> tuple[Headline, list[Any]]:
    """To the lab's channel: GPUs are out of service, or back."""
    facts = notice.facts
    gpus = [gpu for gpu in facts.get("gpus", "").split(",") if gpu]
    verb = "is" if len(gpus) == 1 else "are"
    who = words.by(facts.get("by", ""))
    if facts.get("act") == "back":
        return Headline(f"{_gpus(gpus)} {verb} back in service", who.strip()), []
    window = window_of(facts.get("window", ""))
    until = f"from {words.moment(window.start)} until {words.moment(window.end)}" if window else ""
    if window is not None and window.length > OPEN_ENDED:
        until = f"from {words.moment(window.start)} until further notice"
    said = f": {quoted(facts['reason'])}" if facts.get("reason") else ""
    return Headline(f"{_gpus(gpus)} {verb} out of service", f"{until}{who}{said}"), []


def hit(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """To a holder: what the outage did to theirs, and what can be had instead."""
    facts, label = notice.facts, reservation.label
    was = window_of(facts.get("was", "")) or reservation.window
    has, span = words.held(reservation), words.span(reservation.window, zone)
    match facts.get("act", ""):
        case "re-placed" if was.start != reservation.window.start:
            moved = f"{words.moment(was.start)} → {words.moment(reservation.window.start)}"
            headline = Headline(f"{label} moved: {moved}", f"because of an outage. {has}, {span}.")
        case "re-placed":
            headline = Headline(f"{label} has other GPUs, because of an outage:", f"{has}, {span}.")
        case "reduced":
            headline = Headline(f"{label} has lost GPUs to an outage:", f"it keeps {has}, {span}.")
        case "shortened":
            end = words.moment(reservation.window.end)
            headline = Headline(f"{label} ends {end}, because of an outage then:", f"{has}, {span}.")
        case _:
            headline = Headline(f"{label} is lost to an outage:", f"{has}, {words.span(was, zone)}.")
    waiting = named(facts.get("waiting", ""))
    waits = f"What you have lost waits as {waiting}: when GPUs fall free, they are held for you." if waiting else ""
    said = quoted(facts["reason"]) if facts.get("reason") else ""
    held = details_in(notice, reservation) if reservation.holds else []
    row = buttons(reservation, reader=reservation.member) if reservation.holds else []
    return headline, [*context(said, waits, *held), *row, *instead(notice, reservation, zone)]


def _row(one: Rescued, zone: tzinfo) -> str:
    after, whose = one.after, words.mention(one.after.member)
    waits = f"; the rest waits as {one.waiting.label}" if one.waiting else ""
    match one.act:
        case "re-placed" if one.before.window != after.window:
            what = f"moved to {words.span(after.window, zone)}"
        case "re-placed":
            what = f"has {listed((named(gpu) for gpu in after.gpus), most=4)} now"
        case "reduced":
            what = f"keeps {words.number(after.count)}"
        case "shortened":
            what = f"ends {words.moment(after.window.end)}"
        case _:
            what = "has no place"
            waits = f"; it waits as {one.waiting.label}" if one.waiting else ""
    return f"• {after.label} of {whose} {what}{waits}"


def _back_button(outages: Sequence[Outage]) -> list[Block]:
    line = "outage end " + " ".join(one.gpu for one in outages)
    value = json.dumps({"line": line, "key": f"outage:{outages[0].id}"}, separators=(",", ":"))
    return [button("Back in service", offer_action(0), value)] if len(value) <= 2000 else []


def _gpus(names: Sequence[str]) -> str:
    found = words.indices(names).items()
    return listed((f"{named(node)}:{','.join(ids)}" for node, ids in found), most=6)


def _are(outages: Sequence[Outage]) -> str:
    return "is" if len(outages) == 1 else "are"


def _because(reason: str) -> str:
    return f" · {quoted(reason)}" if reason else ""


def until_said(end: datetime, start: datetime, zone: tzinfo) -> str:
    """When an outage is over, for boards."""
    return "until further notice" if end - start > OPEN_ENDED else f"until {words.beside(end, start, zone)}"
