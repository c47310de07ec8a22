"""Use beside reservation, in words: idle, in use though not booked, no reading since. Nobody is named here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import assert_never

from bot.booking.board import GpuNow
from bot.booking.life import Life, LifeKind
from handlers.views import words
from handlers.views.kit import listed, named, one_line

_KINDS = {
    LifeKind.IDLE: "Reserved, but idle",
    LifeKind.UNBOOKED: "In use, not booked",
    LifeKind.UNREAD: "No reading",
}


def of_one(life: Life, now: datetime, zone: tzinfo) -> str:
    """Beside who has it: "idle 50 min", "in use, not booked", "no reading since 14:02"."""
    match life.kind:
        case LifeKind.IDLE:
            return f"idle {words.length(now - (life.since or now))}"
        case LifeKind.UNBOOKED:
            return "in use, not booked"
        case LifeKind.UNREAD:
            return f"no reading since {words.beside(life.since, now, zone)}" if life.since else "no reading yet"
        case other:
            assert_never(other)


def summed(gpus: Iterable[GpuNow], now: datetime, zone: tzinfo, *, ages: bool = True) -> list[str]:
    """A line for each kind: "Reserved, but idle: atlas:0,1 (50 min)"; without `ages` as it stays while time passes."""
    lives = {one.gpu: one.life for one in gpus if one.life is not None}

    def since(life: Life) -> str:
        if life.since is None:
            return ""
        return words.length(now - life.since) if ages else f"since {words.beside(life.since, now, zone)}"

    return list(_lines(lives, since, lambda at: words.beside(at, now, zone), named))


def in_plain(lives: Mapping[str, Life], now: datetime, said: Callable[[datetime], str]) -> list[str]:
    """The same for pictures and their alt texts: `said` writes an instant."""
    return list(_lines(lives, lambda life: words.length(now - life.since) if life.since else "", said, one_line))


def count_of(gpus: Iterable[GpuNow]) -> str:
    """How many are reserved and look idle; "" for none."""
    count = sum(one.life is not None and one.life.kind is LifeKind.IDLE for one in gpus)
    return f"{words.number(count, 'reserved GPU')} {'looks' if count == 1 else 'look'} idle" if count else ""


def _lines(
    lives: Mapping[str, Life], since: Callable[[Life], str], said: Callable[[datetime], str], name: Callable[[str], str]
) -> Iterator[str]:
    for kind, title in _KINDS.items():
        alike: dict[str, list[str]] = {}
        for gpu, life in lives.items():
            if life.kind is kind:
                when = _unread(life, said) if kind is LifeKind.UNREAD else since(life)
                alike.setdefault(when, []).append(gpu)
        if kind is LifeKind.UNREAD:
            yield from (f"{title} {when}: {_gpus(gpus, name)}" for when, gpus in alike.items())
        elif alike:
            told = [f"{_gpus(gpus, name)} ({when})" if when else _gpus(gpus, name) for when, gpus in alike.items()]
            yield f"{title}: {listed(told, most=4)}"


def _unread(life: Life, said: Callable[[datetime], str]) -> str:
    return f"since {said(life.since)}" if life.since else "yet"


def _gpus(names: Iterable[str], name: Callable[[str], str]) -> str:
    found = words.indices(names).items()
    return listed((f"{name(node)}:{','.join(numbers)}" for node, numbers in found), most=4)
