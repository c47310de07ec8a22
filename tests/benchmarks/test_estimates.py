"""What the estimates are judged by: rows that set no band, and the tables of the docs as the program prints them."""

from math import ceil, floor
from pathlib import Path

import pytest

from benchmarks.estimates import judged, summary, table
from benchmarks.estimating.rows import FOUNDRY, SETTING, SETTING_TIMM, TIMM
from bot.estimates.figures import DOUBLED, ORDINARY, TUNED, Figure
from bot.estimates.hardware import HARDWARE
from bot.estimates.work import Kind

Row = tuple[str, int, str, int, int, int]
PAGE = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text(encoding="utf-8")


def test_the_tables_of_the_docs_are_what_the_program_prints() -> None:
    rows = list(judged())
    assert summary(rows) in PAGE
    assert table(rows) in PAGE


def test_no_row_that_set_a_band_is_judged_by_it() -> None:
    assert not set(SETTING) & set(FOUNDRY)
    assert not set(SETTING_TIMM) & set(TIMM)
    assert {(row[0], row[2], row[3]) for row in SETTING}.isdisjoint(
        {(row[0], row[2], row[3]) for row in FOUNDRY if row[1] == 2048}
    )


@pytest.mark.parametrize(("row", "gpu"), [(SETTING[0], "a100"), (SETTING[1], "h100")])
def test_the_ends_of_language_models_follow_from_the_rows_that_set_them(
    row: tuple[str, int, str, int, int, int], gpu: str
) -> None:
    _, _, _, count, parameters, rate = row
    share = rate * 6 * parameters / (count * HARDWARE[gpu].peak * 1e12)
    figure = TUNED[HARDWARE[gpu].name, Kind.LANGUAGE]
    assert figure.share == pytest.approx(_outwards(share))


def test_the_end_of_plain_code_follows_from_its_row() -> None:
    share = 600_000 * 491_520 * 6 * 124e6 / (8 * 312e12 * 5 * 86_400)
    assert ORDINARY.share == floor(share * 100) / 100


def test_the_ends_of_images_follow_from_their_row() -> None:
    ((_, gmacs, rate),) = SETTING_TIMM
    assert TUNED["RTX 3090", Kind.VISION].share == pytest.approx(round(rate * 6e9 * gmacs / 71e12, 2))


def test_the_worst_doubling_is_that_of_its_rows() -> None:
    assert Figure(SETTING[3][5] / SETTING[2][5] / 2, DOUBLED.run, DOUBLED.source) == DOUBLED


def test_enough_is_judged() -> None:
    rows = list(judged())
    by_group = {row.group: sum(other.group == row.group for other in rows) for row in rows}
    assert by_group["Pythia, as it was trained"] == 5
    assert by_group['"$100K or 100 Days"'] == 4
    assert by_group["llm-foundry"] + by_group["timm"] + by_group["MLPerf"] >= 20


def _outwards(share: float) -> float:
    return ceil(share * 100 - 1e-9) / 100
