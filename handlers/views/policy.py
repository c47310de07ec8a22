"""The lab's rules in words, with the values of its lab file."""

from datetime import datetime, timedelta

from bot.booking.lab import Crunch, Deadline, Lab
from bot.booking.limits import share_of
from handlers.views import words
from handlers.views.kit import Headline, Reply, listed, named, paragraphs

_APPROVAL = {
    "contention": "An admin is asked only where somebody else waits, or no GPU of the pool would be left.",
    "always": "Whatever is over one of these limits asks an admin.",
    "never": "No admin is asked: what is over a limit that counts is refused.",
}
_IDLE = {
    "if-waited-for": "GPUs that nobody uses are passed on only if somebody waits.",
    "never": "GPUs that nobody uses are left to their holders.",
    "always": "GPUs that nobody uses are passed on.",
}


def policy(lab: Lab, *, now: datetime) -> Reply:
    """Every rule, a line each."""
    headline = Headline(f"The rules of {named(lab.name)}")
    lines = [headline.mrkdwn, *map(_bullet, (*_booking(lab), *_asking(lab), *_moving(lab), *_crunches(lab, now)))]
    return Reply(headline.text, tuple(paragraphs(lines)))


def _booking(lab: Lab) -> list[str]:
    rules = lab.policy
    return [
        f"A window of your own begins at most {_days(rules.horizon_days)} ahead, work before a deadline"
        f" {_days(rules.movable_horizon_days)}; nothing lasts over {words.hours(rules.hard_max_hours)}.",
        "If nobody is next at its end, your job may run on.",
        f"Who has not begun {words.length(rules.no_show_grace)} after the start may lose it."
        f" {_IDLE[rules.release_idle]} Unused means for {words.length(rules.idle_after)}.",
    ]


def _asking(lab: Lab) -> list[str]:
    rules = lab.policy
    shares = listed(
        f"{share_of(pool, rules):,} of {pool.size:,} {words.pool_shown(pool.name)}" for pool in lab.pools.values()
    )
    told = [
        f"Without an admin: up to {words.hours(rules.max_hours)}, and at once up to {shares}.",
        f"While others wait: {_days(rules.outstanding_pool_days)} of a whole pool ahead for each member;"
        " work that may be moved counts half.",
    ]
    if rules.quota_gpu_hours > 0:
        quota = f"{words.gpu_hours(rules.quota_gpu_hours)} in {_days(rules.quota_days)}"
        told.append(f"Each member has {quota}; what is released counts no more.")
    asks = [words.pool_shown(pool.name) for pool in lab.pools.values() if pool.approval]
    if asks:
        told.append(f"Every booking of {listed(asks)} asks an admin.")
    if not lab.admins:
        return [*told, "No admin is named, so nobody can be asked: what is over a limit that counts is refused."]
    told.append(_APPROVAL[rules.approval])
    if rules.approval != "never":
        told.append(
            f"What nobody decides within {words.length(rules.approval_timeout)}, or by its start, is offered as far as"
            " it delays nobody; what its deadline leaves time for is put off first. Two requests of a member wait at"
            " most."
        )
    return told


def _moving(lab: Lab) -> list[str]:
    rules = lab.policy
    times = {0: "not moved", 1: "moved once at most"}.get(rules.moves, f"moved {rules.moves} times at most")
    notice = f", with {words.length(rules.move_notice)} notice and to no start at night" if rules.moves else ""
    hold = f"What falls free is held {words.length(rules.offer_hold)} for who waits; their nights do not count."
    margin = f" It is done {words.length(rules.margin)} before a named deadline." if rules.margin > timedelta() else ""
    return [f"Work before a deadline is {times}{notice}.{margin}", hold]


def _crunches(lab: Lab, now: datetime) -> list[str]:
    return [_crunch(one, one.crunch, lab) for one in lab.deadlines if one.crunch is not None and one.at > now]


def _crunch(deadline: Deadline, crunch: Crunch, lab: Lab) -> str:
    pools = listed(map(words.pool_shown, crunch.pools or lab.pools))
    told = []
    if crunch.max_share is not None:
        told.append(f"who is without it has at most {crunch.max_share:.0%} of the GPU-hours each")
    if crunch.keep is not None:
        told.append(
            f"{crunch.keep:.0%} are kept for it, and lent out until {words.length(lab.policy.move_notice)} before"
        )
    rule = listed(told) or "nothing is capped"
    when = f"In the {_days(crunch.days)} before {named(deadline.label)} ({words.moment(deadline.at)})"
    return f"{when}, of {pools}, while somebody with that deadline waits: {rule}."


def _days(figure: float) -> str:
    return f"{figure:g} day" if figure == 1 else f"{figure:g} days"


def _bullet(line: str) -> str:
    return f"• {line}"
