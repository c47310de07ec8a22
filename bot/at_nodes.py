"""What people on a node are answered, by way of its agent: their reservations there, bookings, releases."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from bot.booking.decision import Refused
from bot.booking.members import Member, is_login
from bot.booking.model import Before, Fixed, Request, Window
from bot.booking.standing import Standing
from bot.desk import Booked, Desk, Kept, Once, Outcome, Waitlisted
from bot.desk.attending import Job
from bot.errors import BotError, Busy, InputError, NotFound, WrongState
from bot.estimates.reports import read_report
from bot.sandbox.plain import Reader, from_markup
from bot.web.agents import Ask
from handlers import said
from handlers.context import Context
from handlers.lines import line_of
from handlers.outcomes import Told, told
from handlers.parse import parse
from handlers.views.offers import offer_line
from handlers.views.words import asked, gpus, length, unmarked
from storage.readings import Readings

EXAMPLE = '--book "2 a100 for 4h"'


class AtNodes:
    """Answers agents, from one desk. Threads may call it at the same time."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._readings = desk, Readings(desk.ledger)

    def answer(self, ask: Ask, now: datetime) -> Mapping[str, Any]:
        """JSON values: "reservations" of the caller, with what was "booked" or "released"; or what is "waiting" for
        GPUs ("W3"), and the "words" that say so; or an "error" with its code and text. The codes "busy" and
        "unreachable" say that asking again can help."""
        try:
            return self._answered(ask, now)
        except Busy as error:
            return _no("busy", str(error))
        except InputError as error:
            return _no("input", " ".join(filter(None, (str(error), error.hint))))
        except BotError as error:
            return _no("refused", str(error))

    def _answered(self, ask: Ask, now: datetime) -> Mapping[str, Any]:
        node = next((one.name for one in self._desk.lab.nodes if one.name.casefold() == ask.node.casefold()), None)
        if node is None:
            return _no("node", f"The lab has no node called {ask.node}: name it so in the lab file.")
        who = self._desk.whose(ask.login, now) if is_login(ask.login) else None
        if who is None:
            return _no("login", _unknown(ask.login))
        match ask.act:
            case "mine":
                return self._standing(who, node, now)
            case "here" if ask.reservation.startswith("W"):
                return self._awaited(int(ask.reservation[1:]), who, node, now)
            case "here":
                return self._here(ask, who, node, now)
            case "book":
                return self._book(ask, who, node, now)
            case "release":
                return self._release(ask, who, node, now)
            case _:
                assert_never(ask.act)

    def _standing(self, who: Member, node: str, now: datetime, also: int | None = None) -> dict[str, Any]:
        uuids = {device.name: device.uuid for device in self._readings.devices().values()}
        standing = self._desk.standing(who, now, also)
        return {"node": node, "reservations": [_values(one, node, who, uuids, now) for one in standing]}

    def _here(self, ask: Ask, who: Member, node: str, now: datetime) -> Mapping[str, Any]:
        id_ = _id(ask)
        answer = self._standing(who, node, now, also=id_)
        found = next((one for one in answer["reservations"] if one["id"] == ask.reservation), None)
        if found is None:
            return _no("refused", f"You have no {ask.reservation}.")
        self._take_report(ask, who, node, now)
        if ask.job:
            self._desk.attend(id_, Job(ask.job, node, now, ask.waits))
            found["job"] = ask.job
        return answer

    def _awaited(self, id_: int, who: Member, node: str, now: datetime) -> Mapping[str, Any]:
        """What its job looks at while it waits for GPUs: how that stands, or the reservation that came of it."""
        found = self._desk.awaited(who, id_, now)
        if isinstance(found, int):
            return {"booked": f"R{found}", **self._standing(who, node, now, also=found)}
        zone = _zone(who)
        request = found.waiting.request
        what = asked(request, zone)
        if isinstance(request.when, Fixed) and request.when.window.start <= now:
            what = f"{gpus(request.count, request.pool)} on {node} for {length(request.when.window.length)}"
        nth = "next in line" if found.place == 1 else f"place {found.place} in line"
        then = (
            "nothing in sight yet" if found.expected is None else f"expected {_at(found.expected, zone)} ({zone.key})"
        )
        label = found.waiting.label
        return {"waiting": label, "words": f"{label} waits for {unmarked(what, zone)}: {nth}, {then}."}

    def _book(self, ask: Ask, who: Member, node: str, now: datetime) -> Mapping[str, Any]:
        desk, names = self._desk, self._desk.names(None, now)
        context = Context(who, desk.lab, names, now, lambda: desk.deadlines(who.id, now))
        command = parse(f"book {ask.text}", context)
        if not isinstance(command, said.Book):
            raise InputError("When, and for how long?", hint=f"Write it as in {EXAMPLE}.")
        request = self._here_only(command.request, who, node)

        def id_of(outcome: Outcome) -> str:
            if isinstance(outcome, Waitlisted):
                return outcome.waiting.label
            return outcome.reservation.label if isinstance(outcome, Booked) and outcome.reservation else ""

        digest = hashlib.sha256(ask.text.encode()).hexdigest()
        once = Once(f"run:{who.id}:{ask.job}", digest, id_of, keep_refusals=False) if ask.job else None
        begin = partial(desk.wait, for_job=True) if ask.waits else desk.reserve
        outcome = begin(request, who, now, once)
        booked = outcome.answer if isinstance(outcome, Kept) else id_of(outcome)
        if booked.startswith("W"):
            return self._awaited(int(booked[1:]), who, node, now)
        if booked:
            return {"booked": booked, **self._standing(who, node, now)}
        assert isinstance(outcome, Booked)  # noqa: S101 - only what was booked is kept
        return self._refused(outcome, context, names)

    def _refused(self, outcome: Booked, context: Context, names: Mapping[str, str]) -> Mapping[str, Any]:
        reader = Reader(context.zone, context.now, {id_: name for name, id_ in names.items()}, {})
        reply = told(outcome, Told(context, (), ""))
        text = " ".join(from_markup(reason, reader) for _, reason in reply.reasons)
        refused = outcome.decision
        # They are offers for anywhere in the lab, so they are lines to type; asking somebody is for Slack.
        lines = (
            [offer_line(one, line_of(one.request)) for one in refused.offers] if isinstance(refused, Refused) else []
        )
        return _no("refused", text or from_markup(reply.text, reader), [line for line in lines if "book " in line])

    def _here_only(self, request: Request, who: Member, node: str) -> Request:
        """The request for this node's GPUs. Raises InputError where it cannot be one."""
        if request.member != who.id:
            raise InputError("A job on a node runs on one's own GPUs.", hint="For somebody else book in Slack.")
        if isinstance(request.when, Before) and request.when.pieces is not None:
            raise InputError("A job that waits here cannot be cut into pieces.", hint="Book those in Slack.")
        here = [gpu for gpu in self._desk.lab.gpus.values() if gpu.node == node]
        if any(name not in {gpu.name for gpu in here} for name in request.gpus):
            raise InputError(f"These GPUs are not on {node}.")
        pools = {gpu.pool for gpu in here}
        pool = request.pool or (next(iter(pools)) if len(pools) == 1 else None)
        there = sum(pool in (None, gpu.pool) for gpu in here)
        if there < max(1, request.count):
            raise InputError(f"{node} has {there or 'no'} {pool or 'GPU'}{'' if there == 1 else 's'}.")
        return replace(request, pool=pool, node=node)

    def _release(self, ask: Ask, who: Member, node: str, now: datetime) -> Mapping[str, Any]:
        self._take_report(ask, who, node, now)
        released = True
        try:
            if ask.reservation.startswith("W"):
                self._left(int(ask.reservation[1:]), who, now)
            else:
                self._desk.release(who, _id(ask), now)
        except WrongState:  # over already, or somebody was first: that is what was wanted
            released = False
        return {"released": released, **self._standing(who, node, now)}

    def _take_report(self, ask: Ask, who: Member, node: str, now: datetime) -> None:
        """What its job says of itself, if it does. What is not understood is passed over: the job is none the wiser."""
        report = read_report(ask.report) if ask.report and ask.job and ask.reservation.startswith("R") else None
        if report is None:
            return
        standing = self._desk.standing(who, now, _id(ask))
        of = next((one.reservation for one in standing if one.reservation.label == ask.reservation), None)
        here = sum(gpu.rpartition(":")[0] == node for gpu in of.gpus) if of is not None else 0
        if here:
            self._desk.take_report(who, _id(ask), ask.job, replace(report, gpus=report.gpus or here), now)

    def _left(self, id_: int, who: Member, now: datetime) -> None:
        """It waits no more; what it got at this very moment is given back. Raises as Desk.release does."""
        try:
            self._desk.leave(who, id_, now)
        except WrongState:
            got = self._desk.awaited(who, id_, now)
            assert isinstance(got, int)  # noqa: S101 - else this has raised: it waits no more
            self._desk.release(who, got, now)


def _values(one: Standing, node: str, who: Member, uuids: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """A reservation as JSON values; how far off its times are is in seconds, so that no two clocks need agree."""
    reservation, window = one.reservation, one.reservation.window
    here = [gpu for gpu in reservation.gpus if gpu.rpartition(":")[0] == node]
    return {
        "id": reservation.label,
        "state": reservation.state.value,
        "gpus": here,
        "uuids": [uuids.get(gpu, "") for gpu in here],
        "elsewhere": sorted({gpu.rpartition(":")[0] for gpu in reservation.gpus} - {node}),
        "when": _span(window, who),
        "starts_in": (window.start - now).total_seconds(),
        "ends_in": (window.end - now).total_seconds(),
        "needed_in": None if one.needed is None else (one.needed - now).total_seconds(),
        "job": one.job,
    }


def _span(window: Window, who: Member) -> str:
    zone = _zone(who)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    last = f"{end:%H:%M}" if start.date() == end.date() else _at(end, zone)
    return f"{_at(start, zone)} to {last} ({zone.key})"


def _zone(who: Member) -> ZoneInfo:
    try:
        return ZoneInfo(who.zone)
    except (KeyError, ValueError, OSError):  # not in this machine's database
        return ZoneInfo("UTC")


def _at(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _id(ask: Ask) -> int:
    if not ask.reservation:
        raise NotFound("Which reservation?")
    return int(ask.reservation[1:])


def _unknown(login: str) -> str:
    if not is_login(login):
        return f"{login} is nobody's own login: use your own."
    return f"Nobody in the lab has said that the login {login} is theirs: type `/gpu link {login}` in Slack."


def _no(code: str, text: str, offers: list[str] | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "text": text, "offers": offers or []}}
