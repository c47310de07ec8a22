""" "in pieces of 4h": that a run may be split, for work that carries checkpoints."""

from datetime import timedelta

from bot.errors import InputError
from handlers.spoken.lengths import take_length
from handlers.spoken.words import Words

DEFAULT = timedelta(hours=4)
EXAMPLE = "book 4 a100 for 30h before fri 6pm in pieces of 4h"


def take_pieces(typed: list[str]) -> tuple[timedelta | None, list[str]]:
    """The shortest piece that was said (4 h for "in pieces" alone), None if nothing was, and the words without that.

    Raises InputError where no length follows "in pieces of".
    """
    low = [word.lower() for word in typed]
    for place in range(len(low) - 1):
        if low[place] != "in" or low[place + 1] not in {"piece", "pieces"}:
            continue
        words = Words(typed)
        words.at = place + 2
        if not words.take("of"):
            return DEFAULT, typed[:place] + typed[place + 2 :]
        length = take_length(words)
        if length is None or length <= timedelta():
            raise InputError("Pieces of what length?", hint='Say how long each is at least: "of 4h".', example=EXAMPLE)
        return length, typed[:place] + typed[words.at :]
    return None, typed
