"""What a booking line asks for, before its time: how many GPUs or GPU-hours, of which pool, which ones, what memory."""

import re
from dataclasses import dataclass

from bot.booking.lab import Lab
from bot.errors import InputError
from handlers.spoken.days import is_month
from handlers.spoken.fleet import GPU_WORDS, refuse_node, take_gpus, take_pool
from handlers.spoken.lengths import NUMBERS, UNIT_WORDS
from handlers.spoken.words import Words, listed, quoted

EXAMPLE = "book 2 a100 tomorrow 9am for 8h"

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_TIMES = re.compile(r"(-?[0-9]+)[x×]")
_ONTO = re.compile(r"([0-9]{1,12})[xX×](.+)")
_GPU_HOURS = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?)(gpu-?h(?:(?:ou)?rs?)?)")
_GPU_HOUR_WORD = re.compile(r"gpu-?h(?:(?:ou)?rs?)?")
_HOUR_WORDS = frozenset({"h", "hr", "hrs", "hour", "hours"})
_MEMORY = re.compile(r"([0-9]{1,6})(gb|gib)?")
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class What:
    """`count` None: none was said. `pool` None: any. `any_pool`: any was said. `gpu_hours`: of a sweep."""

    count: int | None = None
    pool: str | None = None
    any_pool: bool = False
    gpus: tuple[str, ...] = ()
    gpu_hours: float | None = None


def take_what(words: Words, lab: Lab) -> What:
    """Reads what comes before the time. What is not understood stays for the caller.

    Raises InputError for a count below 1 or with a fraction, for one that is not that of the GPUs named, for all of no
    pool, and for a node.
    """
    everything = _take_all(words, lab)
    gpu_hours = _take_gpu_hours(words)
    count = _take_count(words, lab) if gpu_hours is None else None
    pool = take_pool(words, lab)
    any_pool = pool is None and (words.take("any") | words.take_any(GPU_WORDS))
    gpus = take_gpus(words, lab)
    refuse_node(words, count or 2, lab)
    if everything and count is None and pool is not None and not gpus:
        count = lab.pools[pool].size
    elif everything and pool is None and not gpus:
        raise InputError(
            "All of which pool?",
            hint=f"The pools are {listed(lab.pools)}.",
            example="book all a100 tomorrow 9am for 8h",
        )
    if gpus and count not in {None, len(gpus)}:
        raise InputError(
            f"You said {count}, and named {len(gpus)}.",
            hint="Leave the count out where you name the GPUs.",
            example="book atlas:0,1 tomorrow 9am for 3h",
        )
    return What(count, pool, any_pool, gpus, gpu_hours)


def count_apart(typed: list[str], lab: Lab) -> list[str]:
    """The words, a count that is written onto what it counts ("2xa100") apart from it."""
    match = _ONTO.fullmatch(typed[0]) if typed else None
    if match is None or take_pool(Words(typed), lab) is not None:
        return typed
    return [match[1], "x", match[2], *typed[1:]]


def take_memory(typed: list[str]) -> tuple[int, list[str]]:
    """The gigabytes of "with 40gb" or "40gb gpu", 0 where they were not said, and the words without that."""
    low = [word.lower() for word in typed]
    for place, word in enumerate(low):
        match = _MEMORY.fullmatch(word)
        if match and match[2] and low[place + 1 : place + 2] and low[place + 1] in GPU_WORDS:
            return int(match[1]), typed[:place] + typed[place + 1 :]
        if word != "with":
            continue
        number = place + 3 if low[place + 1 : place + 3] == ["at", "least"] else place + 1
        match = _MEMORY.fullmatch(low[number]) if number < len(low) else None
        apart = low[number + 1 : number + 2] in (["gb"], ["gib"])
        if match and (match[2] or apart):
            end = number + (1 if match[2] else 2)
            return int(match[1]), typed[:place] + typed[end:]
    return 0, typed


def _take_gpu_hours(words: Words) -> float | None:
    """ "40 gpu-hours", "40 gpu hours", "40gpuh", with "of" or "on" after it."""
    start = words.at
    if match := _GPU_HOURS.fullmatch(words.peek()):
        number = match[1]
        words.at += 1
    elif not _NUMBER.fullmatch(words.peek()):
        return None
    else:
        number = words.peek()
        words.at += 1
        if _GPU_HOUR_WORD.fullmatch(words.peek()) and words.peek() not in GPU_WORDS:
            words.at += 1
        elif not (words.take("gpu") and words.take_any(_HOUR_WORDS)):
            words.at = start
            return None
    words.take_any({"of", "on"})
    if len(number) > _MOST_DIGITS or float(number) <= 0:
        raise InputError(
            f"{quoted(number)} is not a number of GPU-hours that can be booked.",
            hint="Say a number above 0.",
            example="book 40 gpu-hours a100 before fri 6pm",
        )
    return float(number)


def _take_all(words: Words, lab: Lab) -> bool:
    """ "all", "all of the": what follows is to be a pool, and is meant as a whole."""
    start = words.at
    found = take_pool(words, lab) is None and words.take("all")
    if found and words.take("of"):
        words.take("the")
    if not found:
        words.at = start
    return found


def _take_count(words: Words, lab: Lab) -> int | None:
    """A count, if what comes next is one, and not a pool called by a number, a length or a date."""
    start = words.at
    match = _TIMES.fullmatch(words.peek())
    number = match[1] if match else words.peek()
    named = {"a": 1, "an": 1, **NUMBERS}.get(number)
    if named is None and not _NUMBER.fullmatch(number):
        return None
    if words.peek(1) in UNIT_WORDS or is_month(words.peek(1)):
        return None
    words.at += 1
    words.take_any({"x", "×"})
    words.take("of")
    place = words.at
    counts_gpus = words.peek() in GPU_WORDS
    counts = counts_gpus or words.peek() == "any" or take_pool(words, lab) is not None or bool(take_gpus(words, lab))
    words.at = start
    is_pool = take_pool(words, lab) is not None
    words.at = start
    if (is_pool and (counts_gpus or not counts)) or ("." in number and not counts):
        return None
    if named is None and (len(number) > _MOST_DIGITS or "." in number or int(number) < 1):
        raise InputError(f"{quoted(number)} is not a number of GPUs.", hint="Ask for 1 or more.", example=EXAMPLE)
    words.at = place
    return named or int(number)
