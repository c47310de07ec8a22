"""Estimates against what was measured: `python benchmarks/estimates.py` prints the tables of docs/estimates.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.estimating.rows import (
    FOUNDRY,
    MLPERF_LORA,
    MLPERF_LORA_PARAMETERS,
    MLPERF_LORA_TOKENS,
    MLPERF_RESNET,
    MLPERF_RESNET_IMAGES,
    OTHERS,
    PYTHIA,
    RESNET_GMACS,
    TIMM,
)
from bot.booking.lab import Gpu, Pool
from bot.estimates.band import Estimate
from bot.estimates.estimate import estimate
from bot.estimates.figures import PUBLISHED
from bot.estimates.hardware import HARDWARE, Place
from bot.estimates.recipes import RECIPES, language, vision
from bot.estimates.work import Model, Training

TOKENS, IMAGES = 1e9, 1e6  # of which the hours are told where a throughput was measured


@dataclass(frozen=True, slots=True)
class Judged:
    """A measured run beside its estimate, both in hours."""

    group: str
    what: str
    where: str
    band: Estimate
    measured: float

    @property
    def off(self) -> float:
        """How many times as long as the band's nearer end it took: 1 inside, above 1 slower, below 1 faster."""
        if self.measured > self.band.pessimistic.hours:
            return self.measured / self.band.pessimistic.hours
        return min(1.0, self.measured / self.band.optimistic.hours)


def judged() -> Iterator[Judged]:
    """Every row, in the order of the tables."""
    yield from _published()
    for name, gpu_hours in PYTHIA:
        model = RECIPES[name]
        count = 32
        yield _row(
            "Pythia, as it was trained", f"{name}, all of it", "a100-40", count, model, model.items, gpu_hours / count
        )
    for name, length, gpu, count, parameters, rate in FOUNDRY:
        group = "llm-foundry" if length == 2048 else "llm-foundry, other contexts"
        what = f"{name}, {length:,} tokens of context"
        yield _row(group, what, gpu, count, language(name, parameters), TOKENS, TOKENS / rate / 3600)
    for name, how, gpu, count, size, rate, lora in OTHERS:
        model = language(name, size)
        yield _row(
            "torchtitan, torchtune", f"{name}, {how}", gpu, count, model, TOKENS, TOKENS / rate / 3600, lora=lora
        )
    for name, gmacs, images in TIMM:
        yield _row("timm", name, "3090", 1, vision(name, 0, gmacs), IMAGES, IMAGES / images / 3600)
    llama, resnet = language("llama-2-70b", MLPERF_LORA_PARAMETERS), vision("resnet-50", 0, RESNET_GMACS)
    for who, gpu, count, minutes in MLPERF_LORA:
        what = f"Llama-2 70B, LoRA, FP8 ({who})"
        yield _row("MLPerf", what, gpu, count, llama, MLPERF_LORA_TOKENS, minutes / 60, lora=True)
    for who, gpu, count, minutes in MLPERF_RESNET:
        yield _row("MLPerf", f"ResNet-50 ({who})", gpu, count, resnet, MLPERF_RESNET_IMAGES, minutes / 60)


def _published() -> Iterator[Judged]:
    keys = {hardware.name: key for key, hardware in HARDWARE.items()}
    for (name, hardware, count), days in PUBLISHED.items():
        model = RECIPES[name]
        yield _row('"$100K or 100 Days"', f"{name}, all of it", keys[hardware], count, model, model.items, days * 24)


def place_of(gpu: str, count: int) -> Place:
    """So many GPUs of a model, by its key in HARDWARE; "a100-40" is an A100 with less memory."""
    model = gpu.removesuffix("-40")
    return Place(Pool(gpu, tuple(Gpu("node", index, gpu, model.replace("-", " ")) for index in range(count))), count)


def _row(
    group: str, what: str, gpu: str, count: int, model: Model, items: float, hours: float, *, lora: bool = False
) -> Judged:
    place = place_of(gpu, count)
    band = estimate(Training(model, items, lora=lora), place, {})
    if not isinstance(band, Estimate) or place.hardware is None:
        raise TypeError(f"no estimate for {what}")
    name = place.hardware.name + (" 40GB" if gpu.endswith("-40") else "")
    return Judged(group, what, f"{count} × {name}", band, hours)


def summary(rows: list[Judged]) -> str:
    """By group: how many, how many inside, and how far off the others are."""
    lines = ["| measured by | rows | inside | faster than best | slower than worst |", "|---|---|---|---|---|"]
    groups = {row.group: [other for other in rows if other.group == row.group] for row in rows}
    for group, found in [*groups.items(), ("**all**", rows)]:
        faster, slower = [row.off for row in found if row.off < 1], [row.off for row in found if row.off > 1]
        inside = len(found) - len(faster) - len(slower)
        fast = f"{len(faster)}, by {1 - max(faster):.0%} to {1 - min(faster):.0%}" if faster else "0"
        slow = f"{len(slower)}, {min(slower):.2f} to {max(slower):.2f} times" if slower else "0"
        lines.append(f"| {group} | {len(found)} | {inside} | {fast} | {slow} |")
    return "\n".join(lines)


def table(rows: list[Judged]) -> str:
    """Every row: hours of the band and as measured."""
    lines = [
        "| measured by | what | on | at best | typically | at worst | measured | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ends = (row.band.optimistic, row.band.typical, row.band.pessimistic)
        hours = " | ".join(_hours(hours) for hours in (*(end.hours for end in ends), row.measured))
        lines.append(f"| {row.group} | {row.what} | {row.where} | {hours} | {_verdict(row.off)} |")
    return "\n".join(lines)


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"


def _verdict(off: float) -> str:
    if off == 1:
        return "inside"
    return f"**slower, {off:.2f} times**" if off > 1 else f"**faster, by {1 - off:.0%}**"


def main() -> None:
    """Print both tables."""
    rows = list(judged())
    print(summary(rows), table(rows), sep="\n\n")


if __name__ == "__main__":
    main()
