"""Names of pools, nodes and GPUs as people type them: "A100s", "3090", "atlas:0,1", "atlas:0-3 titan:2"."""

import re
from difflib import get_close_matches
from itertools import pairwise
from typing import NoReturn

from bot.booking.lab import Lab
from bot.errors import InputError
from handlers.spoken.grammar import is_time_word
from handlers.spoken.words import LONGEST_QUOTE, Words, listed, plain_words, quoted

GPU_WORDS = frozenset({"gpu", "gpus"})
MOST_NAMED = 256
MOST_IN_HINT = 8

_GPU = re.compile(r"([^\s:,]{1,64}):([0-9].{0,600})")
_INDEXES = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


def take_pool(words: Words, lab: Lab) -> str | None:
    """Reads a pool's name, in any case and number, and the word "GPUs" after it; None where none comes next.

    "pool NAME" is the name of a pool for certain, even of one called "gpu".
    """
    start = words.at
    said = words.take("pool")
    for name, spelled in _spellings(lab):
        if (said or spelled[0] not in GPU_WORDS) and words.take(*spelled):
            words.take_any(GPU_WORDS)
            return name
    words.at = start
    return None


def take_gpus(words: Words, lab: Lab) -> tuple[str, ...]:
    """Reads the names of GPUs that come next, in the order said, each once. Those that the lab lacks stay as typed.

    Raises InputError for what looks like GPUs and is not, and for more than MOST_NAMED.
    """
    known = {name.lower(): name for name in lab.gpus}
    nodes = {node.name.lower() for node in lab.nodes}
    found: dict[str, None] = {}
    while (match := _GPU.fullmatch(words.peek())) and (match[1] in nodes or match[1][0].isalpha()):
        typed = words.typed[words.at]
        for name in _names(typed):
            found[known.get(name.lower(), name)] = None
        if len(found) > MOST_NAMED:
            raise InputError(
                f"{quoted(typed)} names too many GPUs: {MOST_NAMED} can be named at most.",
                hint="Say how many of which pool instead.",
                example="book 8 a100 tomorrow 9am for 8h",
            )
        words.at += 1
    return tuple(found)


def refuse_node(words: Words, count: int, lab: Lab) -> None:
    """Raises InputError if a node comes next, or "on" a node later: its GPUs are to be named, such as `count` of them.

    A node that is called like a time ("friday") is read as that.
    """
    nodes = {node.name.lower(): node for node in lab.nodes if not is_time_word(node.name.lower())}
    rest = [word.lower() for word in words.typed[words.at :]]
    for before, word in pairwise(["on", *rest]):
        if before in {"on", "node"} and word in nodes:
            node = nodes[word]
            indexes = ",".join(str(gpu.index) for gpu in node.gpus[: min(count, MOST_IN_HINT)])
            raise InputError(
                f"{quoted(node.name)} is a node: its GPUs are booked by their names.",
                hint=f"Say {node.name}:{indexes}, or leave the node out.",
                example=f"book {node.name}:{indexes} tomorrow 9am for 3h",
            )


def no_such_pool(typed: str, lab: Lab, example: str) -> NoReturn:
    """Raises InputError that says which pools there are, and the nearest."""
    pools = {name.lower(): name for name in lab.pools}
    near = get_close_matches(typed.lower()[:LONGEST_QUOTE], pools, n=1, cutoff=0.5)
    known = f"the pools are {listed(lab.pools)}" if len(lab.pools) != 1 else f"the only pool is {listed(lab.pools)}"
    meant = f" Did you mean {pools[near[0]]}?" if near else ""
    raise InputError(
        f"There is no pool {quoted(typed)}: {known}.{meant}",
        hint="Say a pool, or gpus for those of any pool.",
        example=example,
    )


def _spellings(lab: Lab) -> list[tuple[str, tuple[str, ...]]]:
    """Every pool by its words and their plural, the longest first, and what is spelled exactly before plurals."""
    exact = [(name, tuple(word.lower() for word in plain_words(name))) for name in lab.pools]
    exact = [(name, spelled) for name, spelled in exact if spelled]
    plural = [(name, (*spelled[:-1], f"{spelled[-1]}s")) for name, spelled in exact]
    return sorted([*exact, *plural], key=lambda pair: -len(pair[1]))


def _names(typed: str) -> list[str]:
    names: list[str] = []
    node = ""
    for part in filter(None, typed.split(",")):
        head, colon, tail = part.rpartition(":")
        node = head if colon else node
        match = _INDEXES.fullmatch(tail)
        if match is None or not node:
            raise InputError(
                f"I did not understand {quoted(typed)} as GPUs.",
                hint="Name GPUs by node and index.",
                example="book atlas:0,1 tomorrow 9am for 3h",
            )
        first, last = int(match[1]), int(match[2] or match[1])
        names += [f"{node}:{index}" for index in range(first, min(last, first + MOST_NAMED) + 1)]
    return names
