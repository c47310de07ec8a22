"""Extensions: whoever makes way for one gets GPUs that nobody else has."""

import random
from datetime import timedelta

from bot.booking.amend import extend
from bot.booking.calendar import Calendar
from bot.booking.decision import Granted
from bot.booking.lab import Policy
from bot.booking.model import Reservation, minute_of
from bot.booking.snapshot import Scene, Snapshot
from make import lab, monday, node, reservation

SMALL = lab(node("atlas", "a100", 3), policy=Policy(max_share=1))


def some_reservations(chance: random.Random) -> list[Reservation]:
    held: list[Reservation] = []
    for number in range(1, 7):
        start, gpu = chance.randint(9, 20), f"atlas:{chance.randrange(3)}"
        wish = reservation(number, start, start + chance.randint(1, 8), (gpu,))
        if not any(gpu in one.gpus and one.window.overlaps(wish.window) for one in held):
            held.append(wish)
    return held


def test_nobody_is_sent_to_the_gpus_of_one_that_is_extended() -> None:
    granted = 0
    for seed in range(2000):
        chance = random.Random(seed)
        first, *others = held = some_reservations(chance)
        calendar = Calendar(SMALL, minute_of(monday(8)))
        calendar.apply(held, 1)
        scene = Scene(Snapshot(calendar.of(first.member)), calendar, SMALL.policy, monday(8))
        verdict = extend(first, first.window.end + timedelta(hours=chance.randint(1, 4)), scene)
        if isinstance(verdict, Granted) and verdict.placement.rebinds:
            granted += 1
            there = {one.id: one.gpus for one in others} | dict(verdict.placement.rebinds)
            after = [(verdict.placement.window, verdict.placement.gpus)]
            after += [(one.window, there[one.id]) for one in others]
            for at, (window, gpus) in enumerate(after):
                for other, taken in after[at + 1 :]:
                    assert not (window.overlaps(other) and set(gpus) & set(taken)), seed
    assert granted > 100
