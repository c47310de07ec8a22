"""The table of a sweep: read whole or refused with a word for each line, and what is kept of it."""

import csv
import io
import random
from collections.abc import Callable, Mapping
from math import isfinite

import pytest

from bot.errors import ConfigError
from bot.estimates.band import Basis, Estimate
from bot.estimates.estimate import estimate
from bot.estimates.hardware import Place
from bot.estimates.imported import imported
from bot.estimates.recipes import RECIPES
from bot.estimates.sweep import LARGEST, MOST_ROWS, SWITCHES, read_sweep
from bot.estimates.work import Training
from make import lab, monday, node

POOLS = lab().pools
COLUMNS = (
    *("trial", "num_nodes", "gpus_per_node", "gpu_type", "model", "free_lunch", "activation_checkpointing", "sharding"),
    *("offloading", "benchmarking_steps", "max_micro_batch_size", "micro_batch_size", "step_time"),
    *("compile_disabled", "training_days"),
)
STEPS = 143_000


def row(step_time: float | None = 30.0, **changed: object) -> dict[str, object]:
    """Pythia-1B on 4 A100 with free lunch, 30 seconds a step: 35 % of the peak."""
    days = None if step_time is None else STEPS * step_time / 86_400
    usual = {
        "trial": 0,
        "num_nodes": 1,
        "gpus_per_node": 4,
        "gpu_type": "a100",
        "model": "pythia-1b",
        "free_lunch": "true",
        "activation_checkpointing": "false",
        "sharding": "zero_1",
        "offloading": "false",
        "benchmarking_steps": 3,
        "max_micro_batch_size": 8 if step_time else 0,
        "micro_batch_size": 8 if step_time else None,
        "step_time": step_time,
        "compile_disabled": "false" if step_time else None,
        "training_days": days,
    }
    return {**usual, **changed}


def written(*rows: Mapping[str, object]) -> bytes:
    """As polars writes it: nothing for null."""
    out = io.StringIO()
    lines = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    lines.writerows({name: "" if value is None else value for name, value in one.items()} for one in rows)
    return out.getvalue().encode()


def mistakes(content: bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_sweep(content, POOLS)
    return caught.value.mistakes


def test_of_each_model_on_some_gpus_the_fastest_settings_are_kept_and_estimates_rest_on_them() -> None:
    content = written(
        row(31, trial=0),
        row(30, trial=1),
        row(32, trial=2),
        row(40, sharding=""),
        row(None, sharding="", gpu_type="geforce3090", gpus_per_node=1),
    )
    found = imported(read_sweep(content, POOLS), POOLS, monday())
    assert [(one.name, one.pool, one.gpus, one.step_seconds) for one in found.kept] == [
        ("pythia-1b", "a100", 4, seconds) for seconds in (31, 30, 32)
    ]
    assert {one.settings for one in found.kept} == {"free lunch, zero_1"}
    assert found.unfit == (("pythia-1b", "3090", 1),)
    assert found.doubts == ()
    model = RECIPES["pythia-1b"]
    band = estimate(Training(model, model.items), Place(POOLS["a100"], 4), POOLS, found.kept)
    assert isinstance(band, Estimate)
    assert band.basis is Basis.MEASURED
    assert band.typical.hours == pytest.approx(STEPS * 31 / 3600)
    assert "(free lunch, zero_1)" in band.typical.because


def test_what_implies_over_65_percent_of_the_peak_is_flagged_and_not_relied_on() -> None:
    # The published 17.57 days imply 99 % of the peak.
    content = written(row(17.57 * 86_400 / STEPS, trial=0), row(30, sharding="zero_2"))
    found = imported(read_sweep(content, POOLS), POOLS, monday())
    assert [(doubt.trial.line, round(doubt.share, 2)) for doubt in found.doubts] == [(2, 0.96)]
    assert [one.step_seconds for one in found.kept] == [30]
    only = imported(read_sweep(written(row(10)), POOLS), POOLS, monday())
    assert [one.step_seconds for one in only.kept] == [10]
    model = RECIPES["pythia-1b"]
    band = estimate(Training(model, model.items), Place(POOLS["a100"], 4), POOLS, only.kept)
    assert isinstance(band, Estimate)
    assert band.basis is Basis.FIGURES
    assert "pythia-1b as measured here implies over 65% of the peak: it is not relied on." in band.notes


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"step_time": "-1"}, 'step_time: "-1" is not a number from 1e-06 to 86,400'),
        ({"step_time": "nan"}, 'step_time: "nan" is not a number'),
        ({"step_time": "1e999"}, 'step_time: "1e999" is not a number'),
        ({"step_time": ""}, "either both are there, or none is"),
        ({"training_days": "3"}, "143,000 steps of 30 s are 49.65 days, not 3; call a model with another recipe"),
        ({"gpus_per_node": "0"}, 'gpus_per_node: "0" is not a whole number from 1 to 1,000'),
        ({"gpus_per_node": "٤"}, "is not a whole number"),
        ({"gpu_type": "h100"}, 'gpu_type: the lab has no "h100"; its pools are a100, 3090'),
        ({"gpu_type": ""}, 'gpu_type: the lab has no ""'),
        ({"model": "<!channel>"}, 'model: "<!channel>" is no name'),
        ({"model": "x" * 500}, "..."),
        ({"model": "\x1b[31mred"}, '"?[31mred" is no name'),
        ({"free_lunch": "perhaps"}, 'free_lunch: "perhaps" is neither true nor false'),
        ({"sharding": "zero 3; drop table"}, "is no way to shard"),
        ({"trial": "x"}, 'trial: "x" is not a whole number'),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(wrong: dict[str, object], told: str) -> None:
    found = mistakes(written(row(), {**row(trial=1), **wrong}, row(31, trial=2)))
    assert found[0].startswith("line 3: ")
    assert told in found[0]
    assert found[1:] == ["Nothing was imported."]


def test_all_mistakes_are_told_up_to_twenty() -> None:
    found = mistakes(written(*(row(30, trial=place, model="?") for place in range(30))))
    assert len(found) == 22
    assert found[20:] == ["and 10 more lines", "Nothing was imported."]


def test_a_trial_that_is_there_twice_is_a_mistake() -> None:
    assert mistakes(written(row(30), row(31)))[0] == "line 3: is the same trial as line 2"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: lacks num_nodes, gpus_per_node"),
        (b"a,b\n1,2\n", "line 1: lacks num_nodes"),
        (written(), "The file has no rows."),
        (b"\xff\xfe\x00", "not UTF-8"),
        (written(row()) + b"1,2\n", "line 3: has 2 cells, not 15"),
        (written(row()) + b'"', "is not CSV"),
        (written(row()).replace(b"trial,num_nodes", b"model,num_nodes"), "names a column twice"),
        (b"x" * (LARGEST + 1), "over 4 MiB"),
        (written() + b"0" * 14 + b"\n" + b",".join([b"0"] * 15) * 1, "line 2: has 1 cells"),
    ],
)
def test_what_is_no_such_table_is_said(content: bytes, told: str) -> None:
    assert told in mistakes(content)[0]


def test_ten_thousand_hostile_tables_are_read_within_bounds_or_refused_in_words(
    rounds: Callable[[int, int], int],
) -> None:
    draw = random.Random(20)
    cells = ["", "1", "4", "a100", "3090", "pythia-1b", "x", "true", "null", "-1", "0", "nan", "inf", "1e308", "1e-300"]
    cells += ['"', "=cmd()", "\x00", "é", "9" * 40, "49.65277777777778", "30.0", "zero_1", "0.5", "\n", ","]
    read, told = 0, list[str]()
    for _ in range(rounds(2000, 10_000)):
        one = row(30, model=draw.choice(["pythia-1b", "mine"]))
        for _ in range(draw.randint(0, 3)):
            one[draw.choice(COLUMNS)] = draw.choice(cells)
        content = (
            written(one) if draw.random() < 0.8 else written(one).replace(b",", draw.choice([b";", b",,", b'"']), 1)
        )
        try:
            trials = read_sweep(content, POOLS)
        except ConfigError as error:
            told += error.mistakes
            continue
        read += 1
        for one_kept in imported(trials, POOLS, monday()).kept:
            band = estimate(Training(RECIPES["pythia-1b"], 1e9), Place(POOLS["3090"], 2), POOLS, [one_kept])
            assert isinstance(band, Estimate)
            ends = [band.optimistic.hours, band.typical.hours, band.pessimistic.hours]
            assert all(isfinite(hours) and hours > 0 for hours in ends)
            assert ends == sorted(ends)
    assert read > rounds(200, 1000)
    assert len(told) > read / 4
    assert all(line and line.isprintable() for line in told)


def test_a_pool_of_the_same_model_must_be_named() -> None:
    two = lab(
        node("atlas", "new", 4, model="NVIDIA A100-SXM4-80GB"), node("titan", "old", 4, model="NVIDIA A100")
    ).pools
    with pytest.raises(ConfigError, match="may be new or old; write the pool's name"):
        read_sweep(written(row()), two)
    assert read_sweep(written(row(gpu_type="old")), two)[0].pool == "old"


def test_the_limits_hold() -> None:
    assert "over 20,000 rows" in mistakes(written() + b"0,1,1,a100,x,,,,,,,,,,\n" * (MOST_ROWS + 1))[0]
    assert set(SWITCHES) <= set(COLUMNS)
