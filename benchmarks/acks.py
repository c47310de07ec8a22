"""How long Slack waits for an answer: `crunchtime serve` over signed HTTP, many people at once.

    uv run python benchmarks/acks.py [--people 24] [--rounds 20] [--database URL] [--json OUT]

In each round all people press enter at the same instant; every acknowledgement carries its card, after the commit.
The server is a process of its own, its Slack a stand-in on this machine; both share the machine's cores with the
people.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.serving import Served, Server, people_of, sent, workspace_of
from bot import clock
from bot.sandbox.slack.people import Person

WARM_UP = 2  # rounds: the first answers compile statements and start threads


def main() -> None:
    """Measure, print, and write JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=24)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--database", help="default: a scratch SQLite file")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    people = people_of(chosen.people)
    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_of(people)
        with workspace, Server(Path(folder), workspace, chosen.database) as served:
            rows = [
                _measured("book", served, people, chosen.rounds, _booking),
                _measured("free", served, people, chosen.rounds, lambda _, __: "/gpu free"),
                _measured("one alone, book", served, people[:1], chosen.rounds, lambda p, r: _booking(p, r + 1000)),
            ]
    print(f"{'operation':<18}{'people':>8}{'answers':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for row in rows:
        print(
            f"{row['operation']:<18}{row['people']:>8}{row['answers']:>9}"
            f"{row['p50_ms']:>9.1f}{row['p99_ms']:>9.1f}{row['max_ms']:>9.1f}"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))


def _booking(person: int, round_: int) -> str:
    start = clock.now() + timedelta(hours=1 + (round_ * 31 + person * 7) % 150)
    return f"/gpu book 1 a100 {start:%Y-%m-%dT%H:%MZ}/PT1H"


def _measured(
    operation: str, served: Served, people: list[Person], rounds: int, line: Callable[[int, int], str]
) -> dict[str, float | str | int]:
    took: list[float] = []
    answers: list[str] = []
    for round_ in range(-WARM_UP, rounds):
        requests = [served.prepared(person, line(number, round_)) for number, person in enumerate(people)]
        for seconds, text in sent(requests):
            answers.append(text)
            if round_ >= 0:
                took.append(seconds)
    if operation != "free" and not all("yours" in text for text in answers):
        raise SystemExit(f"a booking was not granted: {next(text for text in answers if 'yours' not in text)}")
    took.sort()
    return {
        "operation": operation,
        "people": len(people),
        "answers": len(took),
        "p50_ms": statistics.median(took) * 1e3,
        "p99_ms": took[min(len(took) - 1, int(len(took) * 0.99))] * 1e3,
        "max_ms": took[-1] * 1e3,
    }


if __name__ == "__main__":
    main()
