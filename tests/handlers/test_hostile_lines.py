"""Lines that are typed to break the readers: each is read or refused with an InputError, in under 50 ms."""

import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.booking.lab import Deadline
from bot.errors import InputError
from handlers.booking_line import read_booking, read_prefill
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.gleaned import gleaned
from handlers.mentions import line_after
from handlers.parse import parse
from handlers.spoken.words import clean
from handlers.when import read_day, read_instant, read_length, read_start, read_when
from make import ALICE, PEOPLE, lab, monday

SECONDS = 0.05
DEADLINES = (
    Deadline("neurips", datetime(2027, 5, 15, 12, tzinfo=UTC)),
    Deadline("neurips abstract", datetime(2027, 5, 9, 12, tzinfo=UTC)),
    Deadline("a b c d e f g h i j", datetime(2027, 1, 1, tzinfo=UTC)),
)
CONTEXT = Context(ALICE, lab(deadlines=DEADLINES), {**PEOPLE, "carol jones": "U0CAROL"}, monday(9.34))
AT = (CONTEXT.zone, CONTEXT.now, CONTEXT.deadlines)

TYPED = """
book free extend R1 move release keep ask give to @bob <@U0BOB> for from until before by after not in at on
the next this and because pool gpus 2 a100 3090 40 gpu-hours with 24gb pieces of 4h 8h 1d 90m 1.5 h ½ tomorrow
today tonight monday fri weekend noon eod 9am 9 pm 25:00 14:00-18:00 2026-12-01 12/1 29 feb
2026-11-24T17:00Z/PT8H 9999-12-31T23:59-12:00 days ago 0001-01-01T00:00+12:00 a an couple neurips utc aoe CET
+05:30 deadlines add drop settings quiet 22-8 reminders delegate outage atlas:0 revoke audit export policy
wait auto claims link calendar new - – / : , ; = % ' " \\ *
"""
WORDS = tuple(TYPED.split())
# Invisible, reordering, combining, other scripts' digits, letters that change their length, emoji, halves, controls.
STRANGE = (
    "\u200b\u200d\u202e\u2066\u061c\ufeff\u0301\u0489\u0663\u0967\uff11\u00b9\u00bd\u2167\u324f"
    "\u0130\u0131\u00df\u0149\ufb01\u01c6\u1e9e\U0001d7d9\U0001f469\U0001f3f3\ud800\udfff"
    "\x00\x07\x1b\x7f\u0085\u2028\u3000\ufdfa"
)
DIGITS = ("٣", "४", "２", "𝟚", "²", "Ⅱ", "①", "৪", "๔")
# What makes a naive reader go back and forth, or grow: nested, repeated, nearly right.
PIECES = (
    *(
        "a",
        "1",
        "9",
        ":",
        "-",
        "/",
        ".",
        "+",
        " ",
        "  ",
        "\t",
        "for ",
        "before ",
        "1h",
        "1h ",
        "9am ",
        "9:",
        "2026-",
        "T",
    ),
    *("1d1h1m", "1.", "1.1.", "a100 ", "2 ", "in ", "at ", "the ", "next ", "monday ", "mon-", "12/", "((", "[[", "{{"),
    *(
        "<@U0BOB>",
        "<@",
        "<!",
        "|",
        ">",
        "&amp;",
        "&",
        '"',
        "'",
        "`",
        "*",
        "_",
        "because ",
        "R1 ",
        "R",
        "W",
        "%s",
        "{0}",
    ),
    *("\u0301", "\u200b", "\u202e", "\ufdfa", "é", "e\u0301", "\u1100\u1161\u11a8", "👩‍👩‍👧‍👦", "\ud800", "\n", "\r\n"),
    *("a a", "aaaa ", "neurips ", "a b c ", "24gb ", "gpu-hours ", "PT1H", "P1D", "00", "9" * 40, "-1", "1e9", "0x"),
)
TAILS = ("", "!", "x", "\x00", " for 8h", "Z", " because", "am", "٣")

Read = Callable[[str], object]
READERS: dict[str, Read] = {
    "a line": lambda text: parse(text, CONTEXT),
    **{f"after {verb}": lambda text, verb=verb: parse(f"{verb} {text}", CONTEXT) for verb in EXAMPLES},
    "after extend R1": lambda text: parse(f"extend R1 {text}", CONTEXT),
    "after ask R1": lambda text: parse(f"ask R1 {text}", CONTEXT),
    "after deadlines add": lambda text: parse(f"deadlines add {text}", CONTEXT),
    "a booking": lambda text: read_booking(clean(text), CONTEXT),
    "a form": lambda text: read_prefill(clean(text), CONTEXT),
    "a time": lambda text: read_when(clean(text), *AT),
    "an instant": lambda text: read_instant(clean(text), *AT),
    "a start": lambda text: read_start(clean(text), *AT),
    "a day": lambda text: read_day(clean(text), *AT),
    "a length": lambda text: read_length(clean(text)),
    "a message": lambda text: gleaned(text, CONTEXT),
    "a mention": lambda text: line_after(text, "U0CRUNCH"),
}


def random_text(generator: random.Random) -> str:
    """Words in any order, with some of them broken."""
    parts = []
    for _ in range(generator.choice([1, 3, 6, 12, 40])):
        word = generator.choice(WORDS)
        match generator.randrange(12):
            case 0:
                at = generator.randrange(len(word) + 1)
                word = word[:at] + generator.choice(STRANGE) + word[at:]
            case 1:
                word = "".join(generator.choice(DIGITS) if char.isdigit() else char for char in word)
            case 2:
                word = chr(generator.randrange(0x110000))
            case 3:
                word = word.swapcase()
            case 4:
                word *= generator.choice([2, 3, 50])
        parts.append(word)
    return generator.choice([" ", " ", " ", "", "\n", "\u3000"]).join(parts)


def adversarial() -> Iterator[str]:
    """Pieces by the hundred and by the hundred thousand, each with an end that spoils what came before."""
    for piece in PIECES:
        for length in (50, 299, 599, 100_000):
            for tail in TAILS:
                yield (piece * length)[: length - len(tail)] + tail


def hostile(name: str, text: str) -> tuple[float, str]:
    """Seconds of this thread that reading took, and what went wrong ("": nothing; it was read or refused)."""
    began = time.thread_time()
    try:
        READERS[name](text)
    except InputError as refused:
        wrong = "" if str(refused) else "a refusal without words"
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    else:
        wrong = ""
    return time.thread_time() - began, wrong


@pytest.fixture(scope="module", autouse=True)
def settled() -> Iterator[None]:
    """What is loaded at the first use is loaded, and no collection of garbage falls on one of the lines."""
    for name in READERS:
        hostile(name, "2 days ago at 5")
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def checked(names: list[str], texts: Iterator[str], generator: random.Random) -> int:
    count = 0
    for text in texts:
        name = generator.choice(names)
        seconds, wrong = hostile(name, text)
        if seconds >= SECONDS:  # once more, in case it was the machine
            seconds = min(hostile(name, text)[0] for _ in range(2))
        assert (wrong, seconds < SECONDS) == ("", True), f"{name}: {text[:300]!r} ({len(text)}), {seconds:.3f} s"
        count += 1
        if count % 5000 == 0:
            gc.collect()
    return count


def test_random_lines_are_read_or_refused_at_once(rounds: Any) -> None:
    generator, wanted = random.Random(20261102), rounds(500, 100_000)
    texts = (random_text(generator) for _ in range(wanted))
    assert checked(list(READERS), texts, generator) == wanted


def test_lines_made_to_break_the_readers_are_read_or_refused_at_once(rounds: Any) -> None:
    generator = random.Random(20261102)
    texts = list(adversarial())
    assert len(texts) > 1_000
    for _ in range(rounds(1, 30)):
        picked = generator.sample(texts, rounds(100, len(texts)))
        assert checked(list(READERS), iter(picked), generator) == len(picked)


def test_a_line_that_is_far_too_long_costs_no_reader_anything() -> None:
    for name in READERS:
        texts = (piece * (100_000 // len(piece)) for piece in ("9 ", "a100 for ", "\u202e"))
        assert checked([name], texts, random.Random(1)) == 3


def test_the_check_would_see_a_crash_and_a_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(text: str) -> None:
        raise IndexError(text)

    def slow(text: str) -> None:
        began = time.thread_time()
        while time.thread_time() - began < 2 * SECONDS:
            pass

    for reader in (crash, slow):
        monkeypatch.setitem(READERS, "a line", reader)
        with pytest.raises(AssertionError):
            checked(["a line"], iter(["x"]), random.Random(1))


def test_a_members_zone_that_is_nonsense_breaks_no_reader() -> None:
    strange = replace(CONTEXT, member=replace(ALICE, zone="../../etc/passwd"))
    assert parse("book 1 a100 tomorrow 9am for 2h", strange)
