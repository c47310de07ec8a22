"""What the watch has seen, taken down and acted upon: people asked and told, idle GPUs passed on, never a process."""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.booking.acting import Ask, PassOn, Stage, Step, TellAdmins, TellUser, due
from bot.booking.amend import given_back
from bot.booking.calendar import Calendar
from bot.booking.findings import IDLE, Held, Open, Seen, changes
from bot.booking.life import as_found
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.observed import FindingKind
from bot.booking.waitlist import waits_for
from bot.desk.base import CLOCK, own
from bot.desk.binding import Binding
from bot.desk.ending import kept_of
from bot.desk.offering import Offering
from bot.desk.outcome import Changed, Kept, Once, Outcome
from bot.errors import Busy
from storage.book import Book

RUNS_ON = timedelta(days=7)  # so long after its end a job is still taken for the one that was reserved for
_LAST_TO_KEEP = (FindingKind.PARTLY_USED, FindingKind.PARKED, FindingKind.UNUSED)


class Watching(Binding, Offering):
    """The use cases of the watch."""

    def held(self, now: datetime) -> Held:
        """What the watch is to hold its readings against."""
        with self._looking(now) as (book, calendar):
            live = tuple(one for one in calendar.live.values() if one.id > 0)
            return Held(self.lab, live, tuple(book.ended_since(now - RUNS_ON)), self._logins(book))

    def findings(self, now: datetime) -> tuple[Open, ...]:
        """Everything that is found and not over."""
        with self._looking(now) as (book, _):
            return book.findings()

    def take_seen(self, seen: Seen, now: datetime) -> int:
        """Take down what is new and what is over, and do what follows from what is open. Returns how many steps.

        Harmless when several bots do it. Nothing is written where nothing has changed.
        """
        self._on = seen.at, seen.on
        with self._looking(now) as (book, calendar):
            present = book.findings()
            over, new = changes(present, seen, _running(calendar, now))
            self._uses = as_found(seen.uses, [*(one for one in present if one not in over), *new])
            if not over and not new and not self._due(book, calendar, seen, now):
                return 0
        with self._writing(now) as (book, calendar):
            over, new = changes(book.findings(), seen, _running(calendar, now))
            book.close_findings((one.id for one in over), now)
            book.open_findings(new)
            steps = self._due(book, calendar, seen, now)
            for step in steps:
                self._do(book, step, now)
        if any(isinstance(step, PassOn) for step in steps):
            with suppress(Busy):
                self.serve_waitlist(now)
        return len(steps)

    def show_seen(self, seen: Seen, now: datetime) -> None:
        """Have boards and digests show it; nothing follows from it."""
        with self._looking(now) as (book, _):
            self._uses = as_found(seen.uses, book.findings())

    def renumbered(self, uuids: Mapping[str, str], changed: AbstractSet[str], now: datetime) -> None:
        """`uuids` as in `Telling`, from now on; who runs on a GPU of `changed` is told what it is called now."""
        self.uuids = dict(uuids)
        if changed:
            with self._writing(now) as (book, calendar):
                for one in _running(calendar, now).values():
                    if not changed.isdisjoint(one.gpus):
                        self._tell_member(book, NoticeKind.WATCH, one, now, act="renumbered")

    def still_using(self, who: Member, id_: int, now: datetime) -> Reservation:
        """Its holder says so: nothing of it is passed on, and they are not asked again for a while.

        Raises NotFound, NotYours and Busy.
        """
        with self._writing(now) as (book, _):
            found = self._found(book, id_, None)
            own(who, found)
            book.answered((one.id for one in _idle_of(book, found)), now)
            book.audit(who.id, f"said to use {found.label} still", None, None, now)
            return found

    def keep_used(
        self, who: Member, id_: int, keep: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """As `release` with `keep`, keeping those of its GPUs that are used rather than those that are not."""

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._found(book, id_, version)
            own(who, before)
            if before.state is not State.ACTIVE:
                raise self._too_late(book, before)
            idle = _idle_of(book, before)
            rank = {one.finding.gpu: 1 + _LAST_TO_KEEP.index(one.finding.kind) for one in idle}
            best = tuple(sorted(before.gpus, key=lambda gpu: rank.get(gpu, 0)))
            wanted = kept_of(replace(before, gpus=best), keep).gpus
            changed = replace(before, gpus=tuple(gpu for gpu in before.gpus if gpu in wanted))
            entered = self._change(book, who, "kept", before, changed, now)
            self._tell_holder(book, who, "kept", entered, now)
            book.answered((one.id for one in idle), now)
            return Changed(Act.RELEASE, before, entered)

        return self._once(once, now, do)

    def _due(self, book: Book, calendar: Calendar, seen: Seen, now: datetime) -> tuple[Step, ...]:
        present = book.findings()
        if not present:
            return ()
        waiting = self._waiting(book, calendar)
        pools, minute = self.lab.pools, instant_of(minute_of(now))

        def waited_for(reservation: Reservation) -> bool:
            rest = Window(minute, reservation.window.end)
            others = (one for one in waiting if one.member != reservation.member)
            return any(waits_for(one, pools[reservation.pool], rest) for one in others)

        running = _running(calendar, now)
        out = {one.gpu for one in calendar.outages if one.window.start <= now < one.window.end}
        policy, logins = self.lab.policy, self._logins(book)
        quiet = self._quiet(book, (one.member for one in running.values()))
        zones = self._zones_of_all(book, now)
        stage = Stage(policy, now, running, seen.unsure, waited_for, logins, zones, out=out, quiet=quiet)
        return due(present, stage)

    def _do(self, book: Book, step: Step, now: datetime) -> None:
        ids = [one.id for one in step.findings]
        match step:
            case Ask(reservation, _, waited_for, answer_by):
                facts = {"gpus": listed(step.findings), "waited_for": "yes" if waited_for else ""}
                if answer_by is not None:
                    facts["until"] = answer_by.isoformat()
                self._tell_member(book, NoticeKind.WATCH, reservation, now, act="idle", **facts)
                book.told(ids, now, answer_by)
            case PassOn(reservation):
                self._pass_on(book, reservation, step.gpus, now)
                book.close_findings(ids, now)
            case TellUser(member, kind):
                reservation_id = step.findings[0].finding.reservation
                facts = {"act": kind.value, "gpus": listed(step.findings)}
                book.owe(Notice(NoticeKind.WATCH, member, reservation_id, now, now, facts))
                book.told(ids, now)
            case TellAdmins(kind):
                facts = {"act": f"admins {kind.value}", "gpus": listed(step.findings, self._logins(book))}
                for to in self._admins():
                    book.owe(Notice(NoticeKind.WATCH, to, 0, now, now, facts))
                book.told_admins(ids, now)
            case _:
                assert_never(step)

    def _pass_on(self, book: Book, before: Reservation, gpus: Sequence[str], now: datetime) -> None:
        kept = tuple(gpu for gpu in before.gpus if gpu not in gpus)
        changed = replace(before, gpus=kept) if kept else given_back(before, now)
        entered = self._change(book, CLOCK, "passed on", before, changed, now)
        self._tell_member(book, NoticeKind.WATCH, entered, now, act="passed_on", given=",".join(gpus))


def listed(findings: Sequence[Open], logins: Mapping[str, str] | None = None) -> str:
    """Findings as a notice's fact: JSON, a list of [GPU, kind, since, login, member's id, fault] ("": not known)."""
    found = [one.finding for one in findings]
    return json.dumps(
        [
            [
                one.gpu,
                one.kind.value,
                one.since.isoformat(),
                one.login or "",
                (logins or {}).get(one.login or "", ""),
                one.fault.value if one.fault else "",
            ]
            for one in found
        ]
    )


def _running(calendar: Calendar, now: datetime) -> dict[int, Reservation]:
    return {one.id: one for one in calendar.live.values() if one.state is State.ACTIVE and one.window.end > now}


def _idle_of(book: Book, reservation: Reservation) -> list[Open]:
    return [one for one in book.findings() if one.finding.reservation == reservation.id and one.finding.kind in IDLE]
