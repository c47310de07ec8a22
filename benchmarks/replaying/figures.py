"""The figures of a replay: of one outcome, and their means over the seeds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import DAY
from bot.report.spread import jain, quantile

Figures = dict[str, float | None]

LAST_WEEK = 7 * DAY


def figures(outcome: Outcome, gpus: int) -> Figures:
    """All figures of one policy; None where it has none, as the wait of a policy that ran nothing."""
    runs = list(outcome.runs.values())
    work, met = sum(run.job.work for run in runs), [run for run in runs if run.met]
    promised = [run for run in runs if run.promised] if outcome.promises else []
    begin, end = min(run.job.submit for run in runs), max(run.job.submit for run in runs)
    waits = [run.wait / 60 for run in runs if run.wait is not None]
    late = [run.wait / 60 for run in runs if run.wait is not None and run.job.due - run.job.submit <= LAST_WEEK]
    seconds = sorted(outcome.seconds)
    return {
        "met_by_count": len(met) / len(runs),
        "met_by_gpu_hours": sum(run.job.work for run in met) / work,
        "promises": len(promised) / len(runs) if outcome.promises else None,
        "promises_broken": sum(not run.kept for run in promised),
        "promises_delivered": sum(run.met for run in promised) / len(promised) if promised else None,
        "moves_per_accept": sum(run.moves for run in promised) / len(promised) if promised else 0.0,
        "earlier_per_accept": sum(run.earlier for run in promised) / len(promised) if promised else 0.0,
        "utilisation": sum(_within(run, begin, end) for run in runs) / (gpus * max(1, end - begin)),
        "mean_wait_hours": fmean(waits) if waits else None,
        "p95_wait_last_week_hours": quantile(sorted(late), 0.95),
        "jain": jain(_shares(runs)),
        "decision_p50_ms": _ms(quantile(seconds, 0.5)),
        "decision_p99_ms": _ms(quantile(seconds, 0.99)),
    }


def means(each: Sequence[Figures]) -> Figures:
    """Over the seeds; a figure that none of them has stays None."""
    return {name: _mean(one[name] for one in each) for name in each[0]}


def _shares(runs: Iterable[Run]) -> list[float]:
    """Per member the GPU-hours met, as a part of what they asked for."""
    asked: dict[str, int] = {}
    met: dict[str, int] = {}
    for run in runs:
        asked[run.job.member] = asked.get(run.job.member, 0) + run.job.work
        met[run.job.member] = met.get(run.job.member, 0) + run.job.work * run.met
    return [met[member] / asked[member] for member in asked]


def _within(run: Run, begin: int, end: int) -> int:
    """GPU-minutes that it ran between the first and the last submission."""
    return run.job.gpus * sum(max(0, min(stop, end) - max(start, begin)) for start, stop in run.stretches)


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return fmean(found) if found else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


COLUMNS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "met_by_gpu_hours": ("met GPU-h", "{:.3f}".format),
    "met_by_count": ("met count", "{:.3f}".format),
    "promises_broken": ("broken", "{:g}".format),
    "promises_delivered": ("delivered", "{:.3f}".format),
    "moves_per_accept": ("moves/acc", "{:.3f}".format),
    "utilisation": ("used", "{:.3f}".format),
    "mean_wait_hours": ("wait h", "{:.1f}".format),
    "p95_wait_last_week_hours": ("p95 last wk h", "{:.1f}".format),
    "jain": ("Jain", "{:.3f}".format),
    "decision_p50_ms": ("p50 ms", "{:.2f}".format),
    "decision_p99_ms": ("p99 ms", "{:.2f}".format),
}


def table(policies: Mapping[str, Figures]) -> str:
    """One line a policy."""
    lines = [f"{'policy':21}" + "".join(f"{title:>14}" for title, _ in COLUMNS.values())]
    for name, found in policies.items():
        cells = (_cell(found[key], form) for key, (_, form) in COLUMNS.items())
        lines.append(f"{name:21}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def _cell(value: float | None, form: Callable[[float], str]) -> str:
    return "-" if value is None else form(value)
