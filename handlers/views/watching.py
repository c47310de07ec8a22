"""What is told of what GPUs really do: idle ones to their holder, jobs without a reservation, GPUs that are gone.

Facts of such a notice: `act`, and `gpus` (see `bot.desk.watching.listed`); `until` (an instant), `waited_for`, and for
what was passed on `given` (names, comma-separated). A missing or unreadable fact leaves its words out.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId, offer_action
from handlers.lines import lasts
from handlers.views import words
from handlers.views.card import buttons, devices, state_shown, uuids_of, value_of
from handlers.views.kit import VALUE, Headline, Reply, actions, button, context, listed, named, paragraphs, section
from handlers.views.offers import book_button

Told = tuple[Headline, list[Any]]
_UNTOUCHED = "No process is touched."
_IDLE = {
    "unused": "no process",
    "parked": "memory held, no compute",
    "partly_used": "idle, while others of it compute",
}
_FAULTS = {
    "lost": "fell off the bus, or needs a reset",
    "missing": "is not listed any more",
    "driver": "has no driver that works",
    "denied": "may not be read by the agent",
    "hangs": "does not answer its driver",
    "unreachable": "the node does not answer",
    "unknown": "cannot be read",
}
_BOOKED_FOR = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class _Row:
    """One GPU of a notice."""

    gpu: str
    kind: str
    since: datetime
    login: str
    member: str
    fault: str


def of_reservation(notice: Notice, reservation: Reservation, zone: tzinfo) -> Told:
    """To a holder: what of theirs is idle, or was passed on, or runs on past its end."""
    match notice.facts.get("act"):
        case "passed_on":
            return _passed_on(notice, reservation, zone)
        case "renumbered":
            return _renumbered(notice, reservation)
        case "overrun":
            return _overrun(notice, reservation)
        case _:
            return _idle(notice, reservation)


def of_none(notice: Notice) -> Told:
    """Of GPUs that are nobody's reservation: to who runs there, or to the admins."""
    rows, act = _rows(notice), notice.facts.get("act", "")
    if act == "squatter":
        return _squatter(notice, rows)
    if act.startswith("admins "):
        return _for_admins(act.removeprefix("admins "), rows)
    return Headline("Something needs a look:", _places(rows)), []


def lingering(notice: Notice) -> str:
    """At a start: who is still on its GPUs, by the fact `lingers`, JSON, a list of [GPU, login, member's id]."""
    try:
        found = [(str(gpu), str(login), str(member)) for gpu, login, member in json.loads(notice.facts["lingers"])]
    except (KeyError, ValueError, TypeError):
        return ""
    told = [f"{_whose(login, member)} on {named(gpu)}" for gpu, login, member in found]
    return f"Still running there: {listed(told, most=4)}. {_UNTOUCHED}" if told else ""


def acknowledged(reservation: Reservation, zone: tzinfo) -> Reply:
    """They use it: nothing changes."""
    what = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline("Good.", f"{reservation.label} stays as it is: {what}.")
    if not reservation.holds:
        headline = Headline(f"{reservation.label} is {state_shown(reservation.state)}", "already.")
    return Reply(headline.text, (section(headline.mrkdwn),), "done", (reservation,))


def _idle(notice: Notice, reservation: Reservation) -> Told:
    rows = [row for row in _rows(notice) if row.gpu in reservation.gpus]
    if not reservation.holds or not rows:
        return Headline(f"{reservation.label} was idle,", f"and is {state_shown(reservation.state)} now."), []
    count = len(rows)
    what = f"{words.gpus(count, reservation.pool)} on {words.nodes([row.gpu for row in rows])}"
    quiet = words.length(notice.about - min(row.since for row in rows))
    waits = " Someone is waiting." if notice.facts.get("waited_for") else ""
    headline = Headline(
        f"Your {what} {'has' if count == 1 else 'have'} been quiet for {quiet}.", f"{reservation.label}.{waits}"
    )
    how = {row.kind: [each.gpu for each in rows if each.kind == row.kind] for row in rows}
    told = [f"{words.numbered(gpus)} · {_IDLE.get(kind, named(kind))}" for kind, gpus in how.items()]
    until, value = _instant(notice.facts.get("until", "")), value_of(reservation)
    passed = f"No answer by {words.moment(until)}: empty GPUs are passed on. " if until else ""
    keep = max(1, reservation.count - count)
    row = [button("Still using", ActionId.STILL_USING, value)]
    if reservation.count > 1:
        row.append(button(f"Keep {keep:,}", ActionId.KEEP, f"{value}:{keep}"))
    row.append(button("Release", ActionId.RELEASE, value))
    return headline, [*context(*told), *actions(*row), *context(f"{passed}{_UNTOUCHED}")]


def _passed_on(notice: Notice, reservation: Reservation, zone: tzinfo) -> Told:
    given = [gpu for gpu in notice.facts.get("given", "").split(",") if gpu]
    lead = f"{listed(map(named, given), most=6) or 'GPUs'} of {reservation.label} {_are(len(given))} passed on:"
    rest = f"no process ran there, and nobody answered. {_UNTOUCHED}"
    headline = Headline(lead, rest)
    if not reservation.holds:
        return headline, actions(book_button())
    keeps = f"You keep {words.held(reservation)}, {words.span(reservation.window, zone)}."
    return headline, [section(keeps), *buttons(reservation, reader=reservation.member)]


def _renumbered(notice: Notice, reservation: Reservation) -> Told:
    node = words.nodes(reservation.gpus)
    headline = Headline(f"GPUs of {reservation.label} have other numbers now:", f"{node} counts them anew.")
    if reservation.state is not State.ACTIVE:
        return headline, []
    same = f"The GPUs are the same. {_UNTOUCHED}"
    return headline, context(f"{devices(reservation, uuids_of(notice))}.", same)


def _overrun(notice: Notice, reservation: Reservation) -> Told:
    rows = _rows(notice)
    lead = f"Your job still runs on {_places(rows)}, and somebody else is next."
    rest = f"{reservation.label} ended {words.moment(reservation.window.end)}. Please end it in the next 15 minutes."
    return Headline(lead, rest), [*actions(book_button()), *context(f"{_UNTOUCHED} The admins are told if it stays.")]


def _squatter(notice: Notice, rows: Sequence[_Row]) -> Told:
    since = words.moment(min((row.since for row in rows), default=notice.about))
    login = next((row.login for row in rows if row.login), "")
    whose = f" as {named(login)}" if login else ""
    headline = Headline(f"You run{whose} on {_places(rows)} without a reservation.", f"Since {since}.")
    row = [
        button("Book it now" if place == 0 else f"Book {node}", offer_action(place), line)
        for place, (node, ids) in enumerate(words.indices([row.gpu for row in rows]).items())
        if place < 5 and len(line := _line(notice, node, ids)) <= VALUE
    ]
    small = f"It is booked from now on, for {words.length(_BOOKED_FOR)}; or end the job."
    small += " Else the admins are told in half an hour."
    return headline, [*actions(*row), *context(small, _UNTOUCHED)]


def _line(notice: Notice, node: str, ids: Sequence[str]) -> str:
    """What an offer's button carries: the line that books them, once."""
    key = hashlib.sha256(f"{notice.key}:{node}".encode()).hexdigest()[:24]
    line = f"book {node}:{','.join(ids)} now for {lasts(_BOOKED_FOR)}"
    return json.dumps({"line": line, "key": key}, ensure_ascii=False, separators=(",", ":"))


def _for_admins(kind: str, rows: Sequence[_Row]) -> Told:
    if kind in ("lost", "missing"):
        together: dict[tuple[str, datetime], list[str]] = {}
        for row in rows:
            together.setdefault((_FAULTS.get(row.fault, "cannot be read"), row.since), []).append(row.gpu)
        lines = [
            f"{words.numbered(gpus)} · {fault}, since {words.moment(since)}."
            for (fault, since), gpus in together.items()
        ]
        gone = words.numbered([row.gpu for row in rows])
        lead = f"{words.number(len(rows))} {_are(len(rows))} gone:" if kind == "lost" else "No readings:"
        out = _outage_button(rows)
        small = "Who has them gets others, or waits." if out else "Nothing follows from silence: reservations stay."
        return Headline(lead, f"{named(gone, 120)}."), [*paragraphs(lines), *out, *context(small)]
    what = "past their reservation's end" if kind == "overrun" else "without a reservation"
    users: dict[tuple[str, datetime], list[str]] = {}
    for row in rows:
        users.setdefault((_who(row), row.since), []).append(row.gpu)
    lines = [f"{words.numbered(gpus)} · {who}, since {words.moment(since)}" for (who, since), gpus in users.items()]
    small = f"{_UNTOUCHED} `/gpu link LOGIN for @member` says whose a login is."
    return Headline(f"{words.number(len(rows))} in use {what}:", _places(rows)), [*paragraphs(lines), *context(small)]


def _outage_button(rows: Sequence[_Row]) -> list[Any]:
    """For cards that are gone; an agent that is silent says nothing of them, and costs nobody their GPUs."""
    gone = [row for row in rows if row.fault in ("lost", "missing")]
    if not gone:
        return []
    gpus = " ".join(row.gpu for row in gone)
    reason = _FAULTS[gone[0].fault]
    key = hashlib.sha256(f"{gpus}:{gone[0].since.isoformat()}".encode()).hexdigest()[:24]
    value = json.dumps({"line": f'outage {gpus} "{reason}"', "key": key}, separators=(",", ":"))
    these = "it" if len(gone) == 1 else f"these {len(gone):,}"
    return actions(button(f"Take {these} out of service", offer_action(0), value)) if len(value) <= VALUE else []


def _who(row: _Row) -> str:
    if row.member:
        return f"{words.mention(row.member)} (as {named(row.login)})"
    return f"login {named(row.login)}, which is nobody's here" if row.login else "unknown"


def _whose(login: str, member: str) -> str:
    if member:
        return words.mention(member)
    return f"login {named(login)}" if login else "somebody's job"


def _places(rows: Sequence[_Row]) -> str:
    return listed((named(row.gpu) for row in rows), most=6)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _rows(notice: Notice) -> list[_Row]:
    try:
        found = json.loads(notice.facts.get("gpus", "[]"))
        return [_Row(gpu, kind, datetime.fromisoformat(since), *rest) for gpu, kind, since, *rest in found]
    except (ValueError, TypeError):
        return []


def _instant(fact: str) -> datetime | None:
    try:
        return datetime.fromisoformat(fact)
    except ValueError:
        return None
