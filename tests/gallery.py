"""Every message, form and Home tab of a few acted days, as JSON that can be looked at.

`PYTHONPATH=. uv run python tests/gallery.py FOLDER` writes a file for each, for Slack's Block Kit Builder or for any
program that draws blocks; the fallbacks of dates are what Slack's clients show to the reader.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.booking.observed import Fault
from bot.sandbox.fleet import Hosts
from bot.sandbox.lab import with_logins
from bot.sandbox.plain_dates import localised
from bot.sandbox.script import read_line
from make import lab, monday
from worlds import Play, playing

DAYS = {
    "booking": """
        alice: /gpu
        alice: submit when=whenever
        alice: submit when="tomorrow 9am" length=8h pool=a100 count=2 reason="ablations for the rebuttal"
        alice: /gpu book 1 3090 now for 3h
        bob: /gpu book 4 a100 2026-11-03T08:00Z/2026-11-03T16:00Z
        bob: click 1
        bob: /gpu free
        bob: /gpu who
        alice: /gpu mine
        alice: /gpu show R1
        alice: click 1
        alice: submit length=2h
        alice: /gpu book 2 a100 thu 9am for 8h
        alice: click 3
        alice: submit when="fri 10:00"
        alice: /gpu release R1 keep 1
        alice: /gpu undo R1
        alice: /gpu book 2 h100 tomorrow
        alice: /gpu bok 2 a100 tomorrow
        alice: /gpu help
        alice: /gpu help book
        carol: /gpu book 4 3090 2026-11-06T08:00Z/2026-11-09T08:00Z because ICLR ablations
        ada: home
        ada: click 4
        ada: submit reason="the group meeting needs two of them"
        carol: /gpu book 4 3090 wed 9am for 30h because a sweep
        ada: /gpu approve R6
        ada: /gpu book 1 a100 sat 9am for 8h for @dan
        alice: /gpu extend
        alice: /gpu settings
        alice: click 1
        alice: close
        alice: home
        alice: click 2
        carol: say Can somebody book 2 a100 wed 9am for 8h for the demo?
        alice: shortcut book for this
        bob: thread @crunchtime free 3090
        bob: dm help wait
        bob: @crunchtime
        ada: advance 26h
        alice: home
    """,
    "estimating": """
        dan: /gpu book 2 a100 now until 2026-11-05T09:00Z because a sweep
        carol: /gpu book 2 a100 now until 2026-11-05T17:00Z because ablations
        alice: /gpu estimate pythia-1b on 4 a100
        alice: /gpu estimate 1.4b params 3b tokens on 2 3090 before fri 18:00
        alice: /gpu estimate 30000 steps at 16.5s on 2 3090 before sat 18:00
        alice: click 1
        alice: /gpu estimate like R3 on 1
        alice: /gpu estimate 7b params 2b tokens on 4 3090
        alice: /gpu estimate pythia1z on 4 3090
        alice: /gpu
        alice: submit pool=3090 count=2 estimate="pythia-160m 2b tokens" when="before wed 18:00"
        bob: /gpu estimate 60000 steps of tiny-gpt on 2 3090
        bob: /gpu book 2 3090 now for 2h
        bob: train 10000 steps of tiny-gpt at 0.42s
        bob: advance 2h
        bob: /gpu estimate 60000 steps of tiny-gpt on 2 3090
        bob: click 1
        bob: train 60000 steps of tiny-gpt at 0.42s
        bob: advance 8h
        alice: /gpu estimate 60000 steps of tiny-gpt on 2 3090
    """,
    "waiting": """
        alice: /gpu book 2 a100 now for 30h
        bob: /gpu book 2 a100 now for 20h
        carol: /gpu book 2 a100 now for 8h because rebuttal
        carol: click 3
        carol: /gpu wait 2 a100 now for 8h
        carol: /gpu waitlist
        carol: home
        dan: /gpu ask R1 2 a100 now for 4h because our demo
        alice: click 1
        dan: /gpu ask R2
        bob: click 2
        bob: /gpu release R2
        carol: home
        carol: click 3
        bob: /gpu book 1 3090 tomorrow 9am for 4h
        bob: /gpu give R4 to @dan
        dan: click 1
        alice: /gpu release R1
    """,
    "deadlines": """
        ada: /gpu deadlines add iclr 2026-11-04 23:59 AoE
        alice: /gpu deadlines add "thesis" 2027-02-01
        alice: /gpu book 2 a100 now until thu noon
        carol: /gpu book 2 a100 for 30h after tomorrow 8am before sun 6pm
        bob: /gpu book 2 a100 for 24h after 4pm before iclr because ablations
        dan: /gpu book 2 a100 for 48h before iclr
        dan: click 4
        dan: home
        bob: /gpu deadlines
        bob: /gpu deadlines iclr
        bob: /gpu book 12 gpu-hours 3090 before iclr
        bob: /gpu book 2 3090 for 30h before sun 6pm in pieces of 4h
        ada: /gpu claims
        ada: click 1
        ada: /gpu deadlines add iclr 2026-11-03 23:59 AoE
        ada: /gpu deadlines drop iclr
        bob: home
    """,
    "approvals": """
        alice: /gpu book 4 a100 2026-11-05T08:00Z/2026-11-05T16:00Z because ICLR ablations
        carol: /gpu book 2 a100 2026-11-05T10:00Z/2026-11-05T12:00Z
        carol: /gpu wait 2 a100 2026-11-05T10:00Z/2026-11-05T12:00Z
        ada: home
        ada: /gpu approve R9
        ada: click 4
        ada: submit count=2 when="before fri 6pm for 3h"
        ada: submit count=9
        ada: submit count=2 when="thu 9:00 for 4h"
        alice: click 1
        bob: /gpu book 4 3090 thu 9am for 8h because a sweep
        ada: advance 4h
        ada: /gpu approve R2
        bob: /gpu book 4 3090 fri 9am for 8h because a sweep
        ada: /gpu deny R3 the lab's demo needs them
        dan: /gpu book 4 3090 now for 8h
        ada: advance 61m
        dan: click 1
        dan: /gpu book 4 3090 tomorrow 9am for 8h
        ada: click 2
        dan: click 2
        dan: /gpu book 4 3090 wed 9am for 8h
        dan: /gpu release R6
        dan: /gpu book 8 gpus 2026-11-04T08:00Z/2026-11-04T12:00Z because scaling curves
    """,
    "day": """
        ada: /gpu deadlines add iclr 2026-11-09 23:59 AoE
        alice: /gpu settings
        alice: click 1
        alice: submit reminders="start, end, needed, more" quiet_start=23:00 quiet_end=07:00 delegate=@bob auto=auto
        alice: /gpu settings start off
        alice: /gpu settings start on
        alice: /gpu book 2 a100 10:30 for 2h because evaluation
        alice: /gpu book 1 3090 10:30 for 3h
        carol: /gpu book 2 a100 2026-11-02T11:30Z/2026-11-02T15:30Z
        dan: /gpu book 2 a100 11:00 for 3h because pretraining
        dan: /gpu book 2 a100 2026-11-03T08:30Z/2026-11-03T12:30Z because a long run
        bob: /gpu book 3 3090 2026-11-03T09:00Z/2026-11-03T13:00Z
        alice: /gpu book 2 a100 2026-11-04T06:00Z/2026-11-04T18:00Z
        ada: advance 95m
        alice: /gpu mine
        bob: /gpu book 2 3090 now for 4h
        bob: away
        dan: /gpu book 3 3090 now for 2h
        dan: click 3
        ada: advance 61m
        alice: click 1
        ada: advance 30m
        dan: /gpu book 4 a100 thu 9am for 30h because pretraining
        dan: /gpu book 20 gpu-hours 3090 before iclr
    """,
    "digest": """
        ada: /gpu deadlines add iclr 2026-11-09 23:59 AoE
        alice: /gpu book 2 a100 2026-11-02T08:30Z/2026-11-02T14:30Z because evaluation
        carol: /gpu book 2 a100 2026-11-02T16:00Z/2026-11-03T10:00Z
        bob: /gpu book 3 3090 2026-11-02T09:00Z/2026-11-02T18:00Z
        dan: /gpu book 1 3090 now for 30h
        dan: /gpu book 40 gpu-hours a100 before iclr
        carol: /gpu wait 4 3090 2026-11-02T10:00Z/2026-11-02T14:00Z
        alice: /gpu book 4 a100 thu 9am for 30h because pretraining
        ada: advance 31m
        carol: /gpu free
        carol: click 2
        alice: /gpu calendar
        bob: /gpu calendar a100
        ada: /gpu policy
        ada: /gpu audit
        ada: /gpu audit R3
        ada: /gpu audit @alice
        ada: /gpu export
        bob: /gpu audit
    """,
    "outages": """
        alice: /gpu book atlas:2,3 now for 30h because ablations
        bob: /gpu book 2 a100 now for 30h
        carol: /gpu book 4 3090 tomorrow 9am for 8h
        ada: /gpu approve R3
        ada: /gpu outage atlas:2 until fri "fan"
        ada: /gpu outage titan until wed noon "new power supply"
        alice: /gpu outage
        bob: /gpu who
        ada: /gpu outage end atlas:2
        ada: /gpu revoke R1 the demo comes first
        ada: /gpu revoke R2
        bob: /gpu outage atlas:1 until fri
    """,
    "watched": """
        alice: /gpu link alice
        ada: click 1
        carol: /gpu link cc
        ada: click 2
        carol: /gpu link
        alice: /gpu book atlas:0,1 now for 8h because ablations
        gpus: run stranger atlas:2
        gpus: run alice atlas:0 0
        bob: /gpu book 2 3090 now for 15m
        bob: /gpu link bob
        ada: click 1
        gpus: run bob titan:0
        carol: /gpu book 4 3090 2026-11-02T08:15Z/2026-11-02T10:15Z
        ada: /gpu approve R3
        dan: /gpu book 2 a100 now for 9h
        gpus: run dan atlas:3
        ada: advance 12m
        ada: advance 21m
        dan: /gpu link dan
        ada: click 1
        bob: /gpu wait 2 a100 now for 2h
        ada: advance 62m
        gpus: lose atlas:0
        gpus: silence titan
        ada: advance 6m
        bob: home
        ada: /gpu audit
    """,
    "fleet": """
        alice: /gpu book atlas:0,1 now for 8h because ablations
        dan: /gpu book atlas:2,3 now for 6h
        bob: /gpu book titan:0 now for 30m
        carol: /gpu book titan:0 2026-11-02T08:30Z/2026-11-02T12:30Z
        alice: run atlas:0
        dan: run atlas:2,3
        bob: run titan:0,1
        gpus: run mallory titan:3
        ada: advance 12m
        bob: click 1
        ada: advance 25m
        carol: home
        ada: /gpu free
        ada: /gpu who
        dan: idle
        carol: /gpu wait 2 a100 now for 2h
        alice: /gpu book 1 3090 2026-11-02T11:00Z/2026-11-02T13:00Z
        ada: advance 28m
        alice: click 1
        ada: advance 36m
        ada: /gpu who
        alice: home
        dan: stop
        ada: advance 65m
        ada: advance 31m
        dan: home
        gpus: lose titan:2
        ada: advance 3m
        ada: click 1
        gpus: reorder atlas 2 3 0 1
        ada: advance 1m
        alice: /gpu show R1
        gpus: silence atlas
        ada: advance 25m
        ada: /gpu free
        ada: /gpu who
        dan: /gpu ask R1 2 a100 now for 2h because our demo
    """,
    "month": """
        ada: /gpu book 1 3090 now for 2h
        alice: /gpu book 2 a100 now for 8h because ablations
        bob: /gpu book 1 a100 now for 5h
        carol: /gpu book 1 a100 now for 3h
        dan: /gpu book 1 3090 now for 3h
        ada: /gpu pulse
        ada: /gpu pulse ask
        ada: advance 1m
        alice: click 1
        alice: submit mark=2 waiting="a night before the deadline"
        alice: click 1
        ada: /gpu report this
        ada: /gpu report 2027-12
    """,
}

BEGIN = {"digest": monday(7.5)}  # the others at 8, when Berlin's digest has gone out

_DATE = re.compile(r"<!date\^(\d+)\^([^|>]*)\|([^>]*)>")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that the bot showed: where in the day, to whom, and the payload, times as the reader sees them."""

    name: str
    reader: str
    shown: dict[str, Any]


def acted(play: Play, day: str, lines: str, hosts: Hosts | None = None) -> Iterator[Piece]:
    """What the bot shows in the course of a day, each thing once."""
    seen: set[str] = set()
    for place, line in enumerate(filter(None, map(str.strip, lines.splitlines())), 1):
        mark = play.workspace.timeline.mark
        if line.startswith("gpus: "):
            _happens(hosts, *line.split()[1:])
            continue
        play.say(line)
        read = read_line(line, None)
        assert read is not None
        for number, (kind, reader, shown) in enumerate(_shown(play, read.who, mark)):
            told = json.dumps([kind, shown], sort_keys=True)
            if told not in seen:
                seen.add(told)
                yield Piece(f"{day}-{place:02}-{number}-{kind}", reader, _localised(play, reader, shown))


def _happens(hosts: Hosts | None, what: str, *rest: str) -> None:
    """What the GPUs do: "run LOGIN GPU [USE]", "lose GPU", "silence NODE", "reorder NODE NUMBERS"."""
    assert hosts is not None
    match what, *rest:
        case "run", login, gpu, *use:
            hosts.run(login, gpu, utilisation=int(use[0]) if use else 95)
        case "lose", gpu:
            hosts.fail(gpu, Fault.LOST)
        case "silence", node:
            hosts.silence(node)
        case "reorder", node, *order:
            hosts.reorder(node, *map(int, order))
        case _:
            raise ValueError(what)


def _shown(play: Play, who: str, mark: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    workspace = play.workspace
    for message in workspace.timeline.since(mark):
        if message.author == workspace.bot.id and message.text:  # a picture is a message without
            channel = workspace.channels[message.channel]
            (other, *_) = channel.members - {workspace.bot.id} if channel.direct else {message.only_for}
            reader = workspace.people[other].name if other else who
            kind = "thread" if message.thread and not message.only_for else channel.name or "dm"
            kind = "answer" if message.only_for else kind
            yield kind, reader, {"text": message.text, "blocks": list(message.blocks)}
    view, home = workspace.modal(play.person(who).id), workspace.home(play.person(who).id)
    if view is not None:
        yield "form", who, view.content
    if home is not None:
        yield "home", who, home.content


def _localised(play: Play, reader: str, shown: dict[str, Any]) -> dict[str, Any]:
    """As it was sent, but that the fallbacks of dates are what Slack's clients write for this reader."""
    zone = ZoneInfo(play.person(reader).zone)
    now = play.workspace.clock().astimezone(zone)

    def date(token: re.Match[str]) -> str:
        told = localised(token[2], datetime.fromtimestamp(int(token[1]), zone), now)
        return f"<!date^{token[1]}^{token[2]}|{told or token[3]}>"

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: written(part) for key, part in value.items() if key != "verbatim"}
        if isinstance(value, list):
            return [written(part) for part in value]
        if not isinstance(value, str):
            return value
        return _DATE.sub(date, value)

    made: dict[str, Any] = written(shown)
    return made


def pieces() -> Iterator[Piece]:
    """All days, each in a world of its own."""
    for day, lines in DAYS.items():
        # On the first of them who is called what on the nodes has yet to be said.
        of = with_logins(lab()) if day in {"fleet", "estimating"} else lab()
        hosts = Hosts(of) if "gpus: " in lines else None
        with (
            tempfile.TemporaryDirectory() as folder,
            playing(f"sqlite:///{folder}/ledger.db", lab=of, hosts=hosts, now=BEGIN.get(day)) as play,
        ):
            yield from acted(play, day, lines, hosts)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for piece in pieces():
        (out / f"{piece.name}-{piece.reader}.json").write_text(json.dumps(piece.shown, ensure_ascii=False, indent=1))
