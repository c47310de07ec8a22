"""People who book, change and click all the time, and deliver again what was not answered, as Slack would."""

import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot import clock
from bot.sandbox import payloads
from bot.sandbox.delivery import Delivery
from bot.sandbox.slack.people import Channel, Person
from serving import Proxy, Slack, said
from sweeping import LABEL, Journal

CHANNEL, ADMINS = "C0GPUS", "C0ADMIN"
ADMIN = Person("U0ADA", "ada")
LAB = """
[lab]
name = "Crash Lab"
channel = "C0GPUS"
admin_channel = "C0ADMIN"
admins = ["U0ADA"]
[policy]
horizon_days = 20
[pool.h100]
approval = true
"""
NODE = """
[[node]]
name = "{name}{number}"
[[node.gpus]]
pool = "{pool}"
memory_gb = 80
count = {count}
"""
POOLS = (("a", "a100", 8, 8), ("t", "3090", 2, 4), ("h", "h100", 2, 8))
"""Name of its nodes, pool, how many nodes, how many GPUs on each."""
DONE = re.compile(r"^(R\d+ (extended by|moved:|keeps |is (cancelled|released)\.)|Undone)")
GRANTED = re.compile(r"\b(is|are) yours\b|^Held for you|^Yours in ")
BUSY = "The ledger is busy"
UNSURE = "The database went away while this was written"
OURS = ("Something went wrong", "bug")


def lab() -> str:
    """The lab file: three pools, of which one asks an admin each time."""
    nodes = [
        NODE.format(name=name, number=number, pool=pool, count=count)
        for name, pool, many, count in POOLS
        for number in range(many)
    ]
    return LAB + "".join(nodes)


def workspace(people: int) -> Slack:
    """A Slack of so many members and an admin."""
    members = [Person(f"U0P{number:03}", f"p{number}") for number in range(people)]
    everyone = frozenset({*(one.id for one in members), ADMIN.id, "U0CRUNCH"})
    channels = [Channel(CHANNEL, "gpus", everyone), Channel(ADMINS, "admins", everyone)]
    return Slack([*members, ADMIN], channels, clock.now)


@dataclass(frozen=True, slots=True)
class Answered:
    """From when on an answer was waited for, how long it took (seconds), and whether it was one."""

    began: float
    seconds: float
    came: bool


@dataclass
class Crowd:
    """All who do something, and what they were told. `rest`: seconds between an answer and the next line."""

    slack: Slack
    proxy: Proxy
    seed: int
    rest: float = 1.0
    journal: Journal = field(default_factory=Journal)
    answers: list[Answered] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    deliveries: int = 0
    again: int = 0
    busy: int = 0
    clicks: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def live(self, number: int) -> None:
        """A member's day, until it is over; what was begun is answered."""
        Member(self, self.slack.people[f"U0P{number:03}"], random.Random(self.seed * 1000 + number)).live()

    def decide(self, _: int) -> None:
        """The admin's day: what waits is approved or denied."""
        chance = random.Random(self.seed)
        while not self.over.wait(self.rest):
            with self.lock:
                label = self.pending.pop() if self.pending else None
            if label is not None:
                self.command(ADMIN, f"/gpu {chance.choice(['approve', 'approve', 'deny'])} {label}")

    def command(self, person: Person, line: str) -> dict[str, Any]:
        """A typed line and its answer; the same delivery comes again until there is one."""
        delivery, _ = payloads.command(self.slack, self.slack.url, person, line, CHANNEL)
        return said(self.deliver(delivery) or "")

    def deliver(self, delivery: Delivery, most: float = 600) -> str | None:
        """The body of the answer, or None where there was none in `most` seconds."""
        until, lost = time.monotonic() + most, False
        with self.lock:
            self.deliveries += 1
        body = delivery.body()
        while time.monotonic() < until:
            began = time.monotonic()
            headers = delivery.headers(self.slack.signing_secret, clock.now())
            answer = self.proxy.post(body, headers)
            with self.lock:
                self.answers.append(Answered(began, time.monotonic() - began, answer is not None))
            if answer is not None:
                status, text = answer
                with self.lock:
                    if status != 200 or any(word in text for word in OURS):
                        self.bugs.append(f"{status} {text[:300]}")
                    self.busy += BUSY in text
                # That nothing was changed is true of the attempt that says so; one before it may still be under way.
                if not (lost and BUSY in text):
                    return text
            lost = lost or answer is None
            with self.lock:
                self.again += 1
            time.sleep(0.1)
        with self.lock:
            self.unanswered.append(json.dumps(delivery.payload)[:300])
        return None


class Member:
    """One of them: books of all kinds, and changes what they have."""

    def __init__(self, crowd: Crowd, person: Person, chance: random.Random) -> None:
        self.crowd, self.person, self.chance = crowd, person, chance
        self.own: list[str] = []
        self.marks = 0

    def live(self) -> None:
        """Until it is over."""
        while not self.crowd.over.is_set():
            acts = [self.book] * 4 + [self.look]
            acts += [self.extend, self.undo, self.release, self.keep, self.move, self.click] if self.own else []
            self.chance.choice(acts)()
            self.crowd.over.wait(self.chance.uniform(0.5, 1.5) * self.crowd.rest)

    def book(self) -> None:
        """Any kind: a window, before an instant, independent runs, in pieces, one that an admin must approve."""
        mark = f"{self.person.name}-{self.marks}"
        self.marks += 1
        chance, now = self.chance, clock.now()
        start = now + timedelta(hours=chance.randint(1, 24 * 14), minutes=chance.randrange(60))
        by = f"{now + timedelta(hours=chance.randint(24, 24 * 18)):%Y-%m-%dT%H:%MZ}"
        count, hours = chance.randint(1, 2), chance.randint(1, 4)
        kind = chance.choice(["window", "window", "now", "before", "sweep", "pieces", "asks"])
        what = {
            "window": f"{count} a100 {start:%Y-%m-%dT%H:%MZ}/PT{hours}H",
            "now": f"1 a100 now for {hours}h",
            "before": f"{count} a100 for {hours}h before {by}",
            "sweep": f"{hours * 4} gpu-hours a100 before {by}",
            "pieces": f"{count} 3090 for {2 + hours}h before {by} in pieces of 1h",
            "asks": f"{count} h100 {start:%Y-%m-%dT%H:%MZ}/PT{hours}H",
        }[kind]
        answer = self.crowd.command(self.person, f"/gpu book {what} because {mark}")
        text = str(answer.get("text", ""))
        with self.crowd.lock:
            if not GRANTED.search(text):
                if UNSURE in text:
                    self.crowd.journal.unsure.add(mark)
                self.crowd.refused.append(text)
                return
            labels = tuple(dict.fromkeys(f"R{number}" for number in LABEL.findall(text)))
            self.crowd.journal.booked[mark] = labels
            if kind == "pieces":
                self.crowd.journal.hours[mark] = count * (2 + hours)
            elif kind == "asks":
                self.crowd.pending += labels
            if kind not in ("pieces", "asks"):
                self.own += labels

    def look(self) -> None:
        """What changes nothing."""
        self.crowd.command(self.person, self.chance.choice(["/gpu mine", "/gpu free", "/gpu deadlines"]))

    def extend(self) -> None:
        """By an hour."""
        self.change("extend {} 1h")

    def undo(self) -> None:
        """What was done last."""
        self.change("undo {}")

    def release(self) -> None:
        """All of it."""
        self.change("release {}")

    def keep(self) -> None:
        """One GPU of it."""
        self.change("release {} keep 1")

    def move(self) -> None:
        """To any other hour."""
        start = clock.now() + timedelta(hours=self.chance.randint(1, 24 * 14))
        self.change(f"move {{}} {start:%Y-%m-%dT%H:%MZ}")

    def change(self, line: str) -> dict[str, Any]:
        """One of one's own; its reservation is the last or any."""
        label = self.chance.choice([self.own[-1], *self.own])
        answer = self.crowd.command(self.person, f"/gpu {line.format(label)}")
        text = str(answer.get("text", ""))
        with self.crowd.lock:
            if DONE.search(text):
                self.crowd.journal.changed[self.person.id, label] += 1
            else:
                if UNSURE in text:
                    self.crowd.journal.perhaps[self.person.id, label] += 1
                self.crowd.refused.append(text)
        return answer

    def click(self) -> None:
        """[Release] or [Undo] on the card of one's last, twice where the answer does not come."""
        label = self.own[-1]
        shown = self.crowd.command(self.person, f"/gpu show {label}")
        slack = self.crowd.slack
        buttons = [
            {"block_id": block.get("block_id", "b"), **element}
            for block in shown.get("blocks", ())
            for element in block.get("elements", ())
            if element.get("action_id") in ("release", "undo")
        ]
        if not buttons:
            return
        message = slack.post(CHANNEL, shown, only_for=self.person.id)
        for _ in range(2):
            delivery = payloads.action_on_message(slack, slack.url, self.person, message, self.chance.choice(buttons))
            token = str(delivery.payload["response_url"]).rpartition("/")[2]
            with self.crowd.lock:
                self.crowd.clicks += 1
                self.crowd.journal.perhaps[self.person.id, label] += 1
            if self.crowd.deliver(delivery) is None:
                continue
            until = time.monotonic() + 2
            while token not in slack.responded and time.monotonic() < until:
                time.sleep(0.05)
            if token not in slack.responded:
                continue  # its answer was lost with the process: whoever clicked does it again
            text = str(slack.responded[token].get("text", ""))
            if DONE.search(text):
                with self.crowd.lock:
                    self.crowd.journal.perhaps[self.person.id, label] -= 1
                    self.crowd.journal.changed[self.person.id, label] += 1
            return
