"""How answers grow with history, people and GPUs: the same questions to ledgers of several sizes, in turn.

    uv run python benchmarks/growth.py [--kind postgresql] [--past 1000 10000 100000 1000000] [--json OUT]
    uv run python benchmarks/growth.py --members 10 100 1000
    uv run python benchmarks/growth.py --gpus 8 64 256 1024

Each ledger has the same 200 reservations ahead and the past of benchmarks/history.py: reservations with their audit,
their notices and the answers that Slack got. The sizes take turns, question by question, so that what else the machine
does hits them alike. A ratio is a size's median over that of the first.
"""

import argparse
import gc
import json
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter, thread_time

from benchmarks.databases import KINDS, scratch
from benchmarks.fills import NOW, lab_of
from benchmarks.history import fill, members_of, spoken
from benchmarks.timing import duration
from bot.app import open_desk
from bot.booking.lab import Policy
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Window
from bot.desk import Booked, Changed, Desk
from bot.desk.past import Past
from bot.jobs.turnover import turnover
from storage.outbox import Outbox

AHEAD = 200  # reservations, in the week to come
ROUNDS = 60
FEW = 6  # rounds of what takes long
LEASE = timedelta(seconds=60)


@dataclass(slots=True)
class Ledger:
    """One ledger that is asked, by a desk with the rules as they are by default, and by one with a quota."""

    name: str
    url: str
    desk: Desk
    strict: Desk
    members: list[Member]
    said: int = 0
    booked: list[Reservation] = field(default_factory=list)

    def key(self) -> str:
        """A delivery's that was not there before."""
        self.said += 1
        return f"command:T0:9.{self.said}"

    def say(self, who: Member, line: str) -> str:
        """What `who` is answered to a line."""
        return spoken(self.desk, who, line, NOW, self.key())


def opened(stack: ExitStack, kind: str, past: int, members: int, gpus: int, name: str) -> Ledger:
    """A ledger with so much past, so many people and GPUs, and AHEAD reservations to come."""
    url = stack.enter_context(scratch(kind))
    lab = replace(lab_of(gpus), channel="C0GPUS")
    people = members_of(members)
    first = open_desk(url, lab)
    first.ledger.close()
    fill(url, lab, past, people, NOW)
    desk = open_desk(url, lab)
    stack.callback(desk.ledger.close)
    chance = random.Random(5)
    for number in range(AHEAD):
        who = people[number % members]
        begin = NOW + timedelta(hours=chance.randrange(0, 160))
        window = Window(begin, begin + timedelta(hours=chance.randrange(1, 5)))
        desk.reserve(Request(who.id, 1, Fixed(window), pool="a100", asked_by=who.id), who, NOW)
    while desk.owe_reminders(NOW) or turnover(desk, NOW):
        pass
    strict = Desk(desk.ledger, replace(desk.lab, policy=Policy(quota_gpu_hours=5_000)))
    return Ledger(name, url, desk, strict, people)


def asked(ledger: Ledger, number: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked in one round, by name. Every round leaves the ledger's future as it was."""
    desk, who = ledger.desk, ledger.members[number % len(ledger.members)]
    begin = NOW + timedelta(hours=161, minutes=number)
    window = Window(begin, begin + timedelta(hours=1))
    request = Request(who.id, 1, Fixed(window), pool="a100", asked_by=who.id)
    yield "free", lambda: desk.board(NOW)
    yield "mine", lambda: desk.mine(who.id, NOW)
    yield "book", lambda: kept(ledger, desk.reserve(request, who, NOW))
    yield "extend", lambda: kept(ledger, desk.extend(who, ledger.booked[-1].id, timedelta(minutes=10), NOW))
    yield "cancel", lambda: kept(ledger, desk.release(who, ledger.booked[-1].id, NOW))
    when = f"{begin:%Y-%m-%dT%H:%MZ}/{window.end:%Y-%m-%dT%H:%MZ}"
    yield "answer: free", lambda: ledger.say(who, "free")
    yield "answer: mine", lambda: ledger.say(who, "mine")
    yield "answer: book", lambda: yours(ledger.say(who, f"book 1 a100 {when}"))
    last = f"R{desk.mine(who.id, NOW)[-1].id}"
    yield "answer: extend", lambda: yours(ledger.say(who, f"extend {last} 10m"))
    yield "answer: cancel", lambda: ledger.say(who, f"cancel {last}")
    yield "answer: show", lambda: ledger.say(who, f"show R{1 + number}")
    yield "answer: who", lambda: ledger.say(who, "who")
    # Those that come by themselves, with nothing due.
    yield "turnover", lambda: turnover(desk, NOW)
    yield "deliver", lambda: Outbox(desk.ledger).claim(NOW - timedelta(days=9000), LEASE, 1)
    yield "oldest notice", lambda: Outbox(desk.ledger).oldest_due(NOW)


def kept(ledger: Ledger, outcome: object) -> None:
    """Remember what was booked or changed, which it must have been."""
    match outcome:
        case Booked(reservation=Reservation() as made):
            ledger.booked.append(made)
        case Changed():
            pass
        case other:
            raise SystemExit(f"not granted: {other}")


def yours(text: str) -> None:
    """Make sure that it was granted."""
    if "yours" not in text and "now runs" not in text and "until" not in text:
        raise SystemExit(f"not granted: {text}")


def seldom(ledger: Ledger, number: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked more seldom, or of a lab with more rules."""
    desk, strict, admin = ledger.desk, ledger.strict, ledger.members[0]
    who = ledger.members[number % len(ledger.members)]
    begin = NOW + timedelta(hours=100 + number)
    window = Window(begin, begin + timedelta(hours=1))
    request = Request(who.id, 1, Fixed(window), pool="a100", asked_by=who.id)
    yield "book, with a quota", lambda: kept(ledger, strict.reserve(request, who, NOW))
    desk.release(who, ledger.booked[-1].id, NOW)
    yield "undo", lambda: desk.undo(who, ledger.booked[-1].id, NOW)
    desk.release(who, ledger.booked[-1].id, NOW)
    yield "audit", lambda: desk.audited(admin, NOW)
    yield "audit of a member", lambda: desk.audited(admin, NOW, member=who.id)
    yield "audit of a newcomer", lambda: desk.audited(admin, NOW, member="U0NEWCOMER")
    yield "digest", lambda: desk.digest(NOW)
    with strict._looking(NOW) as (book, _):
        yield "everybody's past", lambda: Past().hours(book, NOW)
    yield "start", lambda: start(ledger)


def start(ledger: Ledger) -> None:
    """As `serve` does: schema, guards, GPUs, and the first calendar."""
    desk = open_desk(ledger.url, ledger.desk.lab)
    desk.gpus_left(NOW)
    desk.board(NOW)
    desk.ledger.close()


def main() -> int:
    """Build, ask, print, and write JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", choices=KINDS, default="sqlite")
    options.add_argument("--past", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    options.add_argument("--members", type=int, nargs="+", default=[50])
    options.add_argument("--gpus", type=int, nargs="+", default=[64])
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--cpu", action="store_true", help="processor time, on a machine that others use too (SQLite)")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    several = len(chosen.members) > 1 or len(chosen.gpus) > 1
    sizes = [
        (past, members, gpus)
        for past in (chosen.past[:1] if several else chosen.past)
        for members in chosen.members
        for gpus in chosen.gpus
    ]
    timer = thread_time if chosen.cpu else perf_counter
    took: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        ledgers = []
        for past, members, gpus in sizes:
            name = f"{gpus} GPUs" if len(chosen.gpus) > 1 else f"{members} people" if several else f"{past:,}"
            began = perf_counter()
            ledgers.append(opened(stack, chosen.kind, past, members, gpus, name))
            print(f"{name}: made in {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        gc.collect()
        gc.freeze()
        for asks, rounds in ((asked, chosen.rounds), (seldom, FEW)):
            for number in range(-2, rounds):
                for ledger in ledgers:
                    for operation, ask in asks(ledger, number + 2):
                        began = timer()
                        ask()
                        if number >= 0:
                            took[operation][ledger.name].append(timer() - began)
    _told(took, [ledger.name for ledger in ledgers])
    if chosen.json:
        chosen.json.write_text(json.dumps(took))
    return 0


def _told(took: dict[str, dict[str, list[float]]], names: list[str]) -> None:
    print(f"{'':<24}" + "".join(f"{name:>20}" for name in names))
    for operation, each in took.items():
        medians = [statistics.median(each[name]) for name in names]
        cells = (f"{duration(middle * 1e6)} ({middle / medians[0]:.2f})" for middle in medians)
        print(f"{operation:<24}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
