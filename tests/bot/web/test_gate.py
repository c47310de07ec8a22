"""The replay store: for ten minutes, and never without bound."""

import asyncio
from datetime import timedelta

from bot.web.gate import Replays
from make import monday


def done(answer):
    """Work that is finished at once."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(answer)
    return future


def test_an_answer_is_kept_for_ten_minutes():
    async def story():
        replays, made = Replays(), []

        def work():
            made.append(1)
            return done(len(made))

        answers = [await replays.once("key", monday(9) + timedelta(seconds=second), work) for second in (0, 599, 600)]
        return answers, len(replays)

    assert asyncio.run(story()) == ([1, 1, 2], 1)


def test_the_store_is_bounded_and_the_oldest_go_first():
    async def story():
        replays, made = Replays(most=3), []

        def work():
            made.append(1)
            return done(len(made))

        for key in ("a", "b", "c", "d", "d", "a"):
            await replays.once(key, monday(9), work)
        return len(made), len(replays)

    assert asyncio.run(story()) == (5, 3)


def test_the_work_goes_on_when_the_one_who_brought_it_hangs_up():
    async def story():
        replays, leave = Replays(), asyncio.Event()

        def work():
            return asyncio.ensure_future(leave.wait())

        first = asyncio.create_task(replays.once("key", monday(9), work))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        leave.set()
        return first.cancelled(), await replays.once("key", monday(9), work)

    assert asyncio.run(story()) == (True, True)
