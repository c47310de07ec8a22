"""A report in plain words: what each figure says, with the month before.

Plain text without markup: it stands on the pages, in a message (escaped there), and in a terminal.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.report.demand import Demand
from bot.report.figures import Figures, Report
from bot.report.promises import OWN, Deadlines
from bot.report.waits import Waits
from handlers.views.kit import clip, listed, one_line
from handlers.views.report_units import percent, span, spread, within
from handlers.views.words import gpu_hours, is_model, number

MOST_NAMED = 5  # deadlines, pools
LONGEST_NAME = 28
NOTHING = "Nothing was reserved, asked for or used."
NOT_WATCHED = "The GPUs were not watched: how much of that was used is not known."
NO_DEADLINE = "No deadline of the lab's fell in this month, and no run was promised by one."


def title(report: Report) -> str:
    """ "Sandbox Lab · October 2026", and whether the month is over."""
    lab = clip(one_line(report.lab), LONGEST_NAME)
    name = report.figures.month.name + (", so far" if report.so_far else "")
    return f"{lab} · {name}" if lab else name


def fleet(report: Report) -> str:
    """ "16 GPUs: 8 A100, 8 × 3090"."""
    pools = listed((f"{size:,} × {pool_said(name)}" for name, size in report.pools.items()), most=5)
    return f"{number(sum(report.pools.values()))}: {pools}" if pools else "no GPU"


def pool_said(name: str) -> str:
    """A pool's name, as plain text; in capitals where it is a model's."""
    said = clip(one_line(name), 20)
    return said.upper() if is_model(said) else said


def facts(report: Report) -> tuple[str, ...]:
    """What there is to say, a sentence or two each; one alone where nothing was."""
    if report.figures.is_empty:
        return (NOTHING,)
    return tuple(
        said
        for said in (
            hours_said(report),
            waits_said(report),
            crunch_said(report),
            demand_said(report),
            deadlines_said(report),
            spread_said(report),
            pulse_said(report),
        )
        if said
    )


def hours_said(report: Report) -> str:
    """How much was reserved, and what was seen of it."""
    now = report.figures.hours
    reserved = f"{gpu_hours(now.reserved / 60)} of {gpu_hours(now.there / 60)} were reserved"
    before = _before(report, lambda one: percent(one.hours.share_reserved))
    told = f"{reserved}{_beside(percent(now.share_reserved), before)}."
    if report.before is not None and report.before.is_empty:
        told += f" In {report.before.month.name} nothing was reserved."
    if now.out:
        told += f" {gpu_hours(now.out / 60)} more were out of service."
    return f"{told} {use_said(report)}"


def pools_said(report: Report) -> str:
    """The same, pool by pool."""
    each = (
        f"{pool_said(name)} {gpu_hours(one.reserved / 60)} of {gpu_hours(one.there / 60)} reserved"
        f"{f', {percent(one.share_used)} of what was seen of it used' if one.known else ''}"
        for name, one in report.figures.pools.items()
    )
    told, more = list(each)[:MOST_NAMED], len(report.figures.pools) - MOST_NAMED
    return f"{'; '.join(told)}{f'; and {more} more' if more > 0 else ''}."


def use_said(report: Report) -> str:
    """What was seen of what was reserved."""
    now = report.figures.hours
    if not now.known + now.unknown + now.unbooked:
        return NOT_WATCHED
    used = f"{gpu_hours(now.used / 60)} were used and {gpu_hours(now.idle / 60)} idle"
    share = f"{percent(now.share_used)} used" if now.known else ""
    told = f"Of what was reserved, {used}{_beside(share, _before(report, lambda one: percent(one.hours.share_used)))}"
    dark = max(0, now.reserved - now.known)
    told += f"; {gpu_hours(dark / 60)} were not seen." if dark else "."
    if now.unbooked:
        told += f" {gpu_hours(now.unbooked / 60)} were used without a reservation."
    return told


def waits_said(report: Report) -> str:
    """How long GPUs were waited for."""
    now = report.figures.waits
    if not now.count:
        return "No reservation began."
    before = _before(report, lambda one: _both(one.waits) if one.waits.count else None)
    told = f"{number(now.count, 'reservation')} began, {spread(now)}{_beside('', before)}."
    if not now.lead_90:
        return told
    told += f" From the asking to the start half took {span(now.lead)} at most and nine of ten {span(now.lead_90)}"
    return f"{told}, bookings made ahead on purpose included."


def crunch_said(report: Report) -> str:
    """Whether the weeks before deadlines were different."""
    near, far = report.figures.near, report.figures.far
    if not near.count:
        return ""
    told = f"In the two weeks before a deadline {number(near.count, 'reservation')} began, {spread(near)}"
    return f"{told}; at other times {_both(far)}." if far.count else f"{told}."


def demand_said(report: Report) -> str:
    """What was refused, and what waited."""
    now = report.figures.demand
    return f"{_refused(report, now)} {_waitlisted(report, now)}"


def deadlines_said(report: Report) -> str:
    """Which promises were kept."""
    now = report.figures.deadlines
    if not now.each and not now.in_vain:
        return NO_DEADLINE
    told = "No run was promised by a deadline of this month."
    if now.promised:
        before = _before(report, lambda one: kept(one.deadlines) if one.deadlines.promised else None)
        told = f"{now.met:,} of {number(now.promised, 'run')} promised by a deadline were done in time"
        told += f"{_beside('', before)}: {listed(_each(now), most=MOST_NAMED)}."
    elif now.each:
        told = f"{listed((_label(one.label) for one in now.each), most=MOST_NAMED)}: no run was promised by it."
    if now.in_vain:
        told += f" {number(now.in_vain, 'request')} got no GPUs before their deadline."
    return told


def spread_said(report: Report) -> str:
    """How evenly GPU-time was spread."""
    now = report.figures
    if now.jain is None:
        return f"{number(now.members, 'member')} asked for GPUs." if now.members else ""
    before = _before(report, lambda one: None if one.jain is None else f"{one.jain:.2f}")
    ends = f"1: all had the same; {1 / now.members:.2f}: one had all"
    return (
        f"{number(now.members, 'member')} had or asked for GPUs; Jain's index of what they had is"
        f" {now.jain:.2f}{_beside(ends, before)}."
    )


def pulse_said(report: Report) -> str:
    """What people said, where enough did."""
    pulse = report.pulse
    if pulse is None:
        return ""
    return (
        f"Asked in {pulse.quarter}, {pulse.answers} of {pulse.asked} people answered how content they are with the"
        f" compute: {round(100 * pulse.low)} % gave 3 of 5 or less (in the published survey 66 %)."
    )


def _refused(report: Report, now: Demand) -> str:
    if not now.tries:
        return (
            "Nothing was refused for want of GPUs."
            if report.figures.refusals_kept
            else "No refusal for want of GPUs is on record."
        )
    before = _before(report, lambda one: gpu_hours(one.demand.refused / 60) if one.refusals_kept else None)
    verb = "was" if now.tries == 1 else "were"
    told = f"{number(now.tries, 'request')}, {gpu_hours(now.refused / 60)}, {verb} refused for want of GPUs"
    vain = f"{now.in_vain:,} of them ({gpu_hours(now.refused_in_vain / 60)}) led to nothing"
    return f"{told}{_beside('', before)}; {vain}."


def _waitlisted(report: Report, now: Demand) -> str:
    before = _before(report, lambda one: gpu_hours(one.demand.waitlisted / 60))
    if not now.waited:
        return f"Nobody joined the waitlist{_beside('', before)}."
    left = now.waited - now.taken - now.open
    ends = [f"{now.taken:,} got GPUs", f"{left:,} left or came too late"]
    ends += [f"{now.open:,} still wait"] if now.open else []
    joined = f"{number(now.waited, 'request')} joined the waitlist, {gpu_hours(now.waitlisted / 60)}"
    return f"{joined}{_beside('', before)}: {listed(ends)}."


def _each(now: Deadlines) -> Iterable[str]:
    return (f"{_label(one.label)} {one.met} of {one.promised}" for one in now.each if one.promised)


def _label(label: str) -> str:
    return label if label == OWN else clip(one_line(label), LONGEST_NAME)


def kept(found: Deadlines) -> str:
    """ "14 of 15"."""
    return f"{found.met:,} of {found.promised:,}"


def _both(found: Waits) -> str:
    return f"half {within(found.wait)}, nine of ten {within(found.wait_90)}"


def _before(report: Report, of: Callable[[Figures], str | None]) -> str:
    """ "September: 45 %"; "" where nothing was in the month before, "none" where it has no such figure."""
    if report.before is None or report.before.is_empty:
        return ""
    name = report.before.month.name.split()[0]
    return f"{name}: {of(report.before) or 'none'}"


def _beside(said: str, before: str) -> str:
    told = "; ".join(filter(None, (said, before)))
    return f" ({told})" if told else ""


def made(report: Report) -> str:
    """When it was made, in the lab's zone."""
    there = report.now.astimezone(ZoneInfo(report.zone))
    return f"made {there:%-d %b %Y %H:%M} {report.zone}"


def clock_changed(report: Report) -> str:
    """That the clocks changed in the month, which has an hour more or less than its days; "" where they did not."""
    if report.so_far:
        return ""
    whole = report.figures.window.length
    odd = whole % timedelta(days=1)
    if not odd:
        return ""
    return f"The clocks changed: the month had {whole // timedelta(hours=1)} hours."
