"""The key figures of a report as a table: this month's beside those of the month before."""

from collections.abc import Callable, Sequence

from bot.report.figures import Figures, Report
from bot.report.hours import Hours
from handlers.views.report_units import percent, span
from handlers.views.report_words import pool_said
from handlers.views.words import gpu_hours

MOST_POOLS = 4
NONE = "–"


def table(report: Report) -> tuple[tuple[str, str, str], Sequence[tuple[str, str, str, str]]]:
    """The heads of its columns, and its lines: what it is, this month, the month before, and how it changed."""
    before = report.before
    change = "change" if before is not None and not before.is_empty else ""
    heads = (report.figures.month.name, before.month.name if before else "", change)
    return heads, [_line(name, of, report) for name, of in _figures(report)]


_Of = Callable[[Figures], float | None]
_Said = Callable[[float], str]


def _figures(report: Report) -> list[tuple[str, tuple[_Of, _Said]]]:
    pools = list(report.figures.pools)[:MOST_POOLS] if len(report.figures.pools) > 1 else []
    return [
        ("GPU-hours reserved", (lambda one: one.hours.reserved / 60, _hours)),
        ("… of those in service", (lambda one: one.hours.share_reserved, percent)),
        *((f"… on {pool_said(pool)}", (_share_of(pool), percent)) for pool in pools),
        ("Used, of what was reserved and seen", (lambda one: one.hours.share_used, percent)),
        ("Later than wanted: half within", (lambda one: one.waits.wait, span)),
        ("Later than wanted: nine of ten within", (lambda one: one.waits.wait_90, span)),
        ("GPU-hours refused for want of GPUs", (_refused, _hours)),
        ("GPU-hours that joined the waitlist", (lambda one: one.demand.waitlisted / 60, _hours)),
        ("Promised runs done by their deadline", (_met, percent)),
        ("Members who had or asked for GPUs", (lambda one: one.members, lambda figure: f"{figure:,.0f}")),
        ("Jain's index of what they had", (lambda one: one.jain, lambda figure: f"{figure:.2f}")),
    ]


def _line(name: str, figure: tuple[_Of, _Said], report: Report) -> tuple[str, str, str, str]:
    of, said = figure
    now = of(report.figures)
    then = None if report.before is None or report.before.is_empty else of(report.before)
    return name, NONE if now is None else said(now), NONE if then is None else said(then), _change(now, then, said)


def _change(now: float | None, then: float | None, said: _Said) -> str:
    if now is None or then is None:
        return ""
    if said is percent:
        points = round(100 * now) - round(100 * then)
        return f"{points:+d} {'point' if abs(points) == 1 else 'points'}".replace("-", "−") if points else "the same"
    if said(now) == said(then):
        return "the same"
    if not then:
        return "new"
    return f"{100 * (now - then) / then:+.0f} %".replace("-", "−")


def _hours(figure: float) -> str:
    return gpu_hours(figure).removesuffix(" GPU-h")


def _share_of(pool: str) -> _Of:
    return lambda one: one.pools.get(pool, Hours()).share_reserved


def _refused(one: Figures) -> float | None:
    return one.demand.refused / 60 if one.refusals_kept else None


def _met(one: Figures) -> float | None:
    return one.deadlines.met / one.deadlines.promised if one.deadlines.promised else None
