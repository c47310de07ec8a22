"""The masks and the jump scan, held against minute-by-minute brute force."""

import random

import pytest

from bot.booking.minutes import Minutes

FULL = 0b1111


class Plain:
    """The same thing, one minute at a time."""

    def __init__(self, size: int) -> None:
        self.free = [FULL] * size

    def write(self, start: int, end: int, mask: int, *, take: bool) -> None:
        for minute in range(start, end):
            self.free[minute] = self.free[minute] & ~mask if take else self.free[minute] | mask

    def over(self, start: int, end: int) -> int:
        free = FULL
        for minute in range(start, end):
            free &= self.free[minute]
        return free

    def earliest(self, first: int, last: int, length: int, count: int) -> int | None:
        return next(
            (s for s in range(first, last + 1) if self.over(s, s + length).bit_count() >= count),
            None,
        )


def filled(dice: random.Random) -> tuple[Minutes, Plain]:
    minutes, plain = Minutes(FULL, 0), Plain(6000)
    for _ in range(dice.randrange(1, 30)):
        start = dice.randrange(0, 4000)
        end, mask, take = start + dice.randrange(1, 900), dice.randrange(1, 16), dice.random() < 0.7
        (minutes.take if take else minutes.give)(start, end, mask)
        plain.write(start, end, mask, take=take)
    return minutes, plain


@pytest.mark.parametrize("seed", range(40))
def test_the_jump_scan_finds_what_trying_every_start_finds(seed: int) -> None:
    dice = random.Random(seed)
    minutes, plain = filled(dice)
    for _ in range(6):
        length, count = dice.choice([1, 5, 63, 64, 65, 200, 1024, 1500]), dice.randrange(1, 5)
        first = dice.randrange(0, 2000)
        last = first + dice.randrange(0, 1200)
        found = minutes.earliest(first, last, length, lambda free: free.bit_count() >= count)  # noqa: B023
        assert found == plain.earliest(first, last, length, count)


@pytest.mark.parametrize("seed", range(20))
def test_the_and_over_a_window_and_its_first_failure_are_exact(seed: int) -> None:
    dice = random.Random(seed)
    minutes, plain = filled(dice)
    for _ in range(20):
        start, length, count = dice.randrange(0, 3000), dice.randrange(1, 2500), dice.randrange(1, 5)
        end = start + length
        assert minutes.over(start, end) == plain.over(start, end)
        short = next((m for m in range(start, end) if plain.free[m].bit_count() < count), None)
        assert minutes.first(start, end, lambda free: free.bit_count() >= count) == short  # noqa: B023
        run = next((n for n in range(length) if plain.over(start, start + n + 1).bit_count() < count), length)
        assert minutes.run(start, end, lambda free: free.bit_count() >= count) == run  # noqa: B023


@pytest.mark.parametrize("seed", range(20))
def test_by_count_every_minute_must_do_but_no_one_gpu_throughout(seed: int) -> None:
    dice = random.Random(seed)
    minutes, plain = filled(dice)
    length, count, first = dice.randrange(1, 400), dice.randrange(1, 5), dice.randrange(0, 3000)
    expected = next(
        (s for s in range(first, first + 800) if all(plain.free[m].bit_count() >= count for m in range(s, s + length))),
        None,
    )
    found = minutes.earliest_by_minute(first, first + 799, length, lambda free: free.bit_count() >= count, 100)
    assert found == expected


def test_what_was_never_touched_is_free_and_the_past_is_forgotten() -> None:
    minutes = Minutes(FULL, 5_000)
    minutes.take(6_000, 20_000, 0b0011)
    minutes.forget(15_000)
    assert minutes.base <= 15_000
    assert minutes.at(16_000) == 0b1100
    assert minutes.at(30_000_000) == FULL
    minutes.give(6_000, 20_000, 0b0011)
    assert minutes.over(15_000, 25_000) == FULL


@pytest.mark.parametrize("seed", range(10))
def test_filling_at_once_is_as_good_as_taking_one_window_after_the_other(seed: int) -> None:
    dice = random.Random(seed)
    one_by_one, at_once = Minutes(FULL, 0), Minutes(FULL, 0)
    toggles: dict[int, int] = {}
    for bit in range(4):
        at = dice.randrange(500)
        for _ in range(dice.randrange(1, 12)):
            start = at + dice.choice([0, dice.randrange(300)])
            at = start + dice.randrange(1, 700)
            one_by_one.take(start, at, 1 << bit)
            for minute in (start, at):
                toggles[minute] = toggles.get(minute, 0) ^ 1 << bit
    at_once.fill(toggles)
    assert all(one_by_one.at(minute) == at_once.at(minute) for minute in range(12_000))
    for start, length in ((0, 9000), (100, 64), (1000, 1100), (2047, 2), (64, 1024)):
        assert one_by_one.over(start, start + length) == at_once.over(start, start + length)


@pytest.mark.parametrize("seed", range(10))
def test_what_turns_over_and_what_is_undone_leaves_what_trying_each_minute_finds(seed: int) -> None:
    dice = random.Random(seed)
    minutes, plain = filled(dice)
    was = list(plain.free)
    minutes.note()
    start, end = dice.randrange(3000), dice.randrange(3001, 5000)
    turned = plain.over(start, end)  # free all through: taken now
    minutes.turn({start: turned, end: turned} if turned else {})
    plain.write(start, end, turned, take=True)
    minutes.take(100, 2000, 0b0110)
    plain.write(100, 2000, 0b0110, take=True)
    assert minutes.masks(0, 6000) == plain.free
    for first in range(0, 5000, 250):
        assert minutes.over(first, first + 900) == plain.over(first, first + 900)
    minutes.undo()
    minutes.end()
    plain.free = was
    assert minutes.masks(0, 6000) == plain.free
    for first in range(0, 5000, 250):
        assert minutes.over(first, first + 900) == plain.over(first, first + 900)
