"""Each refusal and limit of the core as a sentence: the one place where they are worded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from math import ceil, floor
from typing import assert_never

from bot.booking.outages import is_out
from bot.booking.reasons import (
    Alone,
    BadCount,
    Delayed,
    Holding,
    InPast,
    KeptFor,
    Limit,
    NoSuchMemory,
    NotByDeadline,
    OverCrunch,
    OverHours,
    OverOutstanding,
    OverQuota,
    OverShare,
    PoolAsks,
    Refusal,
    Shortage,
    Taken,
    TooFar,
    TooLong,
    TooManyGpus,
    TooManyPending,
    UnknownGpu,
    UnknownPool,
    WouldDelay,
)
from handlers.views import words
from handlers.views.kit import listed, named, quoted, sentence

MOST_HOLDERS = 4
NOBODY_TO_ASK = "No admin can be asked for this."


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: `code` for programs; `lead` says it, `rest` adds who or what would help. Both are mrkdwn."""

    code: str
    lead: str
    rest: str = ""

    @property
    def text(self) -> str:
        return f"{self.lead} {self.rest}".rstrip()


def why_not(refusal: Refusal, member: str, reader: str, zone: tzinfo, *, alone: str = NOBODY_TO_ASK) -> Reason:
    """The reason as `reader` is told it; `member` is who was to hold the GPUs, `zone` the reader's.

    `alone`: what is said to a limit for which no admin is asked here.
    """
    match refusal:
        case UnknownPool(asked, known):
            return Reason(
                "unknown_pool", f"No pool is called {quoted(asked, 60)}.", _known("Pools", known, words.pool_shown)
            )
        case UnknownGpu(asked, known):
            missing = listed((quoted(name, 60) for name in asked), most=4, last="or")
            return Reason("unknown_gpu", f"No GPU is called {missing}.", _known("GPUs", known, named))
        case BadCount(count):
            return Reason("bad_count", f"A booking takes at least 1 GPU, not {count:,}.")
        case TooManyGpus(count, size, pool):
            most = "No pool has" if pool is None else f"{words.pool_shown(pool)} has"
            than = "more than " if pool is None else ""
            return Reason("too_many_gpus", f"{most} {than}{words.number(size)} that would do, not {count:,}.")
        case NoSuchMemory(memory, largest):
            return Reason("no_such_memory", f"No such GPU has {memory:,} GB.", f"The largest has {largest:,} GB.")
        case InPast(instant):
            return Reason("in_past", f"{words.moment(instant)} is over.")
        case TooLong(asked_hours, limit):
            return Reason("too_long", f"{words.hours(asked_hours)} is too long: {words.hours(limit)} at most.")
        case TooFar(limit_at, days, movable):
            rule = "it must be done by" if movable else "it may begin by"
            later = "" if movable else "With a deadline it may be further ahead: `... before NAME`."
            return Reason("too_far", f"Too far ahead: {rule} {words.moment(limit_at)} ({days:g} days).", later)
        case Taken(named=names) if names:
            lead = f"{_not_free(names)} from {words.moment(refusal.window.start)}."
            return Reason("taken", lead, holders(refusal, reader, zone))
        case Taken():
            need = f"{_you(member, reader, 'need', 'needs')} {_of_pool(refusal.needed, refusal.pool)}"
            lead = f"Not {words.moment(refusal.window.start)}: {need}, {_free(refusal.free)}."
            return Reason("taken", lead, holders(refusal, reader, zone))
        case NotByDeadline(promise, run, taken, proof):
            none = f"no free {words.length(run)} was found"
            if proof is not None:
                none = f"there is no room for {words.length(run)}"
            lead = f"Not before {words.goal(promise)}: {none}."
            said = [_proven(proof, zone)] if proof is not None else []
            if taken is not None:
                which = f"{_not_free(taken.named)}. " if taken.named else ""
                where = "At the last start tried" if proof is None else "In the way"
                said.append(f"{where}: {which}{holders(taken, reader, zone)}")
                if proof is None and not taken.named:
                    said.insert(0, "It may fit in GPU-hours, but not in one piece.")
            return Reason("not_by_deadline", lead, " ".join(said))
        case TooManyPending(limit):
            lead = (
                f"{_you(member, reader, 'have', 'has')} {words.number(limit, 'request')} waiting for an admin already."
            )
            rest = "Withdraw one with `/gpu release` and its id (`/gpu mine` shows them), or wait for the decision."
            return Reason("too_many_pending", sentence(lead), rest)
        case WouldDelay(delayed):
            who = listed(map(_delayed, delayed), most=MOST_HOLDERS)
            return Reason("would_delay", "Others wait for that room.", f"It would delay {who}.")
        case Alone(limit):
            code, text = limit_text(limit, member, reader)
            return Reason(code, sentence(text) + ".", alone)
        case other:
            assert_never(other)


def _delayed(one: Delayed) -> str:
    """ "@bob (W3, expected 18:00) to 20:00"."""
    then = f"to {words.moment(one.then)}" if one.then else "for good"
    return f"{words.mention(one.member)} (W{one.waiting}, expected {words.moment(one.expected)}) {then}"


def limit_text(limit: Limit, member: str, reader: str) -> tuple[str, str]:
    """(code, clause) of a limit that an admin may let pass: "you would hold 6 of 8 A100 at once (over 4)"."""
    would = _you(member, reader, "would", "would")
    match limit:
        case OverHours(asked, most):
            return "over_hours", f"it would last {words.hours(asked)} (over {words.hours(most)})"
        case OverShare(count, most, size, pool):
            told = f"{count:,} of {words.counted(size, pool)} at once"
            if count > size:
                told = f"{words.gpus(count, pool)} at once, where there are only {size:,}"
            return "over_share", f"{would} hold {told} (over {most:,})"
        case OverOutstanding(asked, most, pool):
            total = f"{words.gpu_hours(asked)} of {words.pool_shown(pool)} ahead"
            return "over_outstanding", f"{would} have {total} (over {words.gpu_hours(most)})"
        case OverQuota(asked, most, days):
            total = f"{words.gpu_hours(asked)} in {days:g} days"
            return "over_quota", f"{would} have {total} (the quota is {words.gpu_hours(most)})"
        case PoolAsks(pool):
            return "pool_asks", f"every booking of {words.pool_shown(pool)} is an admin's to decide"
        case OverCrunch(deadline, asked, most, days, pool):
            total = f"{words.gpu_hours(asked)} of {words.pool_shown(pool)} in {_days_before(days, deadline)} without it"
            return "over_crunch", f"{would} have {total} (over {words.gpu_hours(most)})"
        case KeptFor(deadline, count, pool):
            return "kept_for", f"it would take from the {_of_pool(count, pool)} that are kept for {named(deadline)}"
        case other:
            assert_never(other)


def passed(limits: Sequence[Limit]) -> str:
    """Limits that were passed and did not bind: "Over 2 GPUs at once, fine while nobody waits."; "" for none."""
    over = listed(f"over {_passed(limit)}" for limit in limits)
    return sentence(f"{over}, fine while nobody waits.") if over else ""


def holders(taken: Taken, reader: str, zone: tzinfo) -> str:
    """Who has the GPUs: "<@U0BOB> has 2 until 17:00 · R7." """
    found = _together(taken.holders)
    told = [_holder(holding, taken, reader, zone) for holding in found[:MOST_HOLDERS]]
    more = len(found) - len(told)
    if more > 0:
        told.append(f"{words.number(more, 'other reservation')} too")
    return sentence(f"{', '.join(told)}.") if told else ""


def _together(holders: Sequence[Holding]) -> list[Holding]:
    """Outages of the same time as one; reservations as they are."""
    found: dict[object, Holding] = {}
    for one in holders:
        key = one.window if is_out(one.reservation) else one.reservation
        found[key] = replace(one, count=one.count + (found[key].count if key in found else 0))
    return list(found.values())


def _proven(proof: Shortage, zone: tzinfo) -> str:
    """ "Proven: between Tue 09:00 and 17:00 412 GPU-h are wanted, 384 exist."; the two figures never read alike."""
    start, end = proof.window.start, proof.window.end
    span = f"between {words.moment(start)} and {words.beside(end, start, zone)}"
    wanted = words.gpu_hours(ceil(round(proof.wanted * 10, 3)) / 10)
    existing = words.gpu_hours(floor(round(proof.existing * 10, 3)) / 10).removesuffix(" GPU-h")
    if proof.at_once:
        return f"Proven: {span}, {wanted} of {words.number(proof.at_once)} at once are wanted, {existing} exist."
    return f"Proven: {span}, {wanted} are wanted, {existing} exist."


def _holder(holding: Holding, taken: Taken, reader: str, zone: tzinfo) -> str:
    start, end = taken.window.start, holding.window.end
    since = f"from {words.beside(holding.window.start, start, zone)} " if holding.window.start > start else ""
    until = f"until {words.beside(end, start, zone)}"
    what = f"{holding.count:,}"
    if is_out(holding.reservation):
        return f"{what} {'is' if holding.count == 1 else 'are'} out of service {since}{until}"
    if holding.count == len(taken.named):
        what = "it" if holding.count == 1 else "them"
    return f"{_you(holding.member, reader, 'have', 'has')} {what} {since}{until} · R{holding.reservation}"


def _passed(limit: Limit) -> str:
    match limit:
        case OverHours(_, most):
            return words.hours(most)
        case OverShare(_, most, _, _):
            return f"{words.number(most)} at once"
        case OverOutstanding(_, most, pool):
            return f"{words.gpu_hours(most)} of {words.pool_shown(pool)} ahead"
        case OverQuota(_, most, days):
            return f"the quota of {words.gpu_hours(most)} in {days:g} days"
        case PoolAsks(pool):
            return f"what {words.pool_shown(pool)} gives without an admin"
        case OverCrunch(deadline, _, most, days, pool):
            return f"{words.gpu_hours(most)} of {words.pool_shown(pool)} in {_days_before(days, deadline)}"
        case KeptFor(deadline, count, pool):
            return f"what the {_of_pool(count, pool)} kept for {named(deadline)} leave"
        case other:
            assert_never(other)


def _you(member: str, reader: str, mine: str, theirs: str) -> str:
    return f"you {mine}" if member == reader else f"{words.mention(member)} {theirs}"


def _days_before(days: float, deadline: str) -> str:
    """ "the 7 days before neurips"."""
    return f"the {'day' if days == 1 else f'{days:g} days'} before {named(deadline)}"


def _of_pool(count: int, pool: str) -> str:
    return words.counted(count, pool) if pool else words.number(count)


def _not_free(names: Sequence[str]) -> str:
    return f"{listed(map(named, names), most=6)} {'is' if len(names) == 1 else 'are'} not free"


def _free(count: int) -> str:
    return "none is free" if count == 0 else f"{count:,} {'is' if count == 1 else 'are'} free"


def _known(what: str, known: Sequence[str], shown: Callable[[str], str]) -> str:
    return f"{what}: {listed((shown(name) for name in known), most=12)}." if known else ""
