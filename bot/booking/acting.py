"""What follows from open findings: who is told what, when next, and which GPUs are passed on. Never a process's end.

A finding is acted upon only while fresh readings say that it holds; where they say nothing, it waits.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.booking.findings import GONE, IDLE, Open
from bot.booking.lab import Policy
from bot.booking.model import Reservation
from bot.booking.observed import FindingKind
from bot.booking.waking import USUAL_NIGHT, Quiet, waking_end

ADMINS_AFTER = timedelta(minutes=30)  # a squatter hears of it first
OVERRUN_NOTICE = timedelta(minutes=15)  # who lingers hears of it first, too
RESTS = timedelta(hours=4)  # who has said that they use it is not asked again so soon
APART = timedelta(minutes=30)  # between two questions about one reservation
WORTH = timedelta(minutes=30)  # what is over sooner is not worth a question


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the holder about these idle GPUs. `waited_for`: somebody waits for such GPUs.

    `answer_by`: without an answer those that are unused are passed on then (None: they are not).
    """

    reservation: Reservation
    findings: tuple[Open, ...]
    waited_for: bool
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class PassOn:
    """Nobody answered in time: these GPUs are taken from the reservation; all of them: it is released."""

    reservation: Reservation
    findings: tuple[Open, ...]

    @property
    def gpus(self) -> tuple[str, ...]:
        """The GPUs that are passed on, in the reservation's order."""
        unused = {one.finding.gpu for one in self.findings}
        return tuple(gpu for gpu in self.reservation.gpus if gpu in unused)


@dataclass(frozen=True, slots=True)
class TellUser:
    """Tell a member of their own jobs where they have no reservation (any more): all of one kind."""

    member: str
    kind: FindingKind
    findings: tuple[Open, ...]


@dataclass(frozen=True, slots=True)
class TellAdmins:
    """Tell the admins, of all findings of one kind at once. For GPUs that are gone, an outage is proposed."""

    kind: FindingKind
    findings: tuple[Open, ...]


Step = Ask | PassOn | TellUser | TellAdmins


@dataclass(frozen=True, slots=True)
class Stage:
    """What the steps rest on, as of `now`.

    `unsure`: kinds and GPUs of which nothing can be said now. `running`: reservations that run, by id. `waited_for`:
    whether somebody waits for GPUs like a reservation's until its end. `logins`: members by login; `zones` and
    `quiet`: the nights of those who hold what runs. `out`: GPUs that are out of service, of which nobody has to be
    told that they are gone.
    """

    policy: Policy
    now: datetime
    running: Mapping[int, Reservation]
    unsure: Collection[tuple[FindingKind, str]]
    waited_for: Callable[[Reservation], bool]
    logins: Mapping[str, str]
    zones: Mapping[str, str]
    out: Collection[str] = ()
    quiet: Mapping[str, Quiet | None] = field(default_factory=dict)


def due(present: Iterable[Open], stage: Stage) -> tuple[Step, ...]:
    """What is to be done now about the findings that are open."""
    sure = [one for one in present if (one.finding.kind, one.finding.gpu) not in stage.unsure]
    by_reservation: dict[int, list[Open]] = {}
    for one in sure:
        if one.finding.kind in IDLE and one.finding.reservation in stage.running:
            by_reservation.setdefault(one.finding.reservation, []).append(one)
    steps: list[Step] = []
    for id_, theirs in by_reservation.items():
        steps += _about_idle(stage.running[id_], theirs, stage)
    return (*steps, *_about_strangers(sure, stage), *_about_gone(sure, stage))


def _about_idle(reservation: Reservation, idle: Sequence[Open], stage: Stage) -> list[Step]:
    now = stage.now
    if reservation.window.end - now < WORTH:
        return []
    waited_for = stage.waited_for(reservation)
    rule = stage.policy.release_idle
    passes_on = rule == "always" or (rule == "if-waited-for" and waited_for)
    unused = [one for one in idle if one.finding.kind is FindingKind.UNUSED and one.answered_at is None]
    lost = [one for one in unused if passes_on and one.answer_by is not None and one.answer_by <= now]
    if lost:
        return [PassOn(reservation, tuple(lost))]
    answered = max((one.answered_at for one in idle if one.answered_at is not None), default=None)
    told = max((one.told_at for one in idle if one.told_at is not None), default=None)
    if (answered is not None and now - answered < RESTS) or (told is not None and now - told < APART):
        return []
    # Asked once each; once more where nobody waited then and somebody does now.
    asked = [one for one in idle if one.told_at is None and one.answered_at is None]
    warned = [one for one in unused if passes_on and one.answer_by is None]
    if not asked and not warned:
        return []
    night = stage.zones.get(reservation.member), stage.quiet.get(reservation.member, USUAL_NIGHT)
    answer_by = waking_end(now, stage.policy.offer_hold, *night) if warned else None
    if answer_by is not None:
        answer_by = answer_by.replace(second=0, microsecond=0)
    about = {one.id: one for one in (*asked, *warned)}
    return [Ask(reservation, tuple(about.values()), waited_for, answer_by)]


def _about_strangers(sure: Iterable[Open], stage: Stage) -> list[Step]:
    """Themselves first, the admins after a grace; of who is not known, the admins at once."""
    users: dict[tuple[str, FindingKind], list[Open]] = {}
    admins: dict[FindingKind, list[Open]] = {}
    for one in sure:
        kind = one.finding.kind
        if kind not in (FindingKind.SQUATTER, FindingKind.OVERRUN):
            continue
        member = stage.logins.get(one.finding.login or "")
        grace = ADMINS_AFTER if kind is FindingKind.SQUATTER else OVERRUN_NOTICE
        if member is not None and one.told_at is None:
            users.setdefault((member, kind), []).append(one)
        elif one.admins_at is None and (member is None or (one.told_at and stage.now - one.told_at >= grace)):
            admins.setdefault(kind, []).append(one)
    told: list[Step] = [TellUser(member, kind, tuple(theirs)) for (member, kind), theirs in users.items()]
    return [*told, *(TellAdmins(kind, tuple(theirs)) for kind, theirs in admins.items())]


def _about_gone(sure: Iterable[Open], stage: Stage) -> list[Step]:
    gone: dict[FindingKind, list[Open]] = {}
    for one in sure:
        if one.finding.kind in GONE and one.admins_at is None and one.finding.gpu not in stage.out:
            gone.setdefault(one.finding.kind, []).append(one)
    return [TellAdmins(kind, tuple(theirs)) for kind, theirs in gone.items()]


def emptiest(
    reservation: Reservation, free: Collection[str], on: Mapping[str, Sequence[str | None]]
) -> tuple[str, ...]:
    """The GPUs to bind to a reservation at its start: its own, but those on which somebody is exchanged for empty ones.

    `free`: others of the same nodes that it may have, free in all of its window. `on`: who is on a GPU, by fresh
    readings; one that is not in it is not known to be empty, and not preferred. Named GPUs stay.
    """
    if reservation.named:
        return reservation.gpus
    spare = [gpu for gpu in free if gpu not in reservation.gpus and gpu in on and not on[gpu]]
    bound = []
    for gpu in reservation.gpus:
        node = gpu.rpartition(":")[0]
        other = next((one for one in spare if one.rpartition(":")[0] == node), None) if on.get(gpu) else None
        if other is not None:
            spare.remove(other)
        bound.append(other or gpu)
    return tuple(bound)
