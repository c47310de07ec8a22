"""The lines of the chat: who does what. `alice: /gpu free` -> Line("alice", ..., TypeCommand("/gpu free"))."""

import re
import shlex
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import InputError
from bot.sandbox.fleet_acts import FleetAct, read_fleet_act
from bot.sandbox.training import Train, read_train
from handlers.spoken.lengths import read_length

ADVANCE_MOST = timedelta(days=31)

EXAMPLES = (
    "alice: /gpu book 2 a100 tomorrow 9am for 8h",
    "bob: /gpu free",
    "bob: click 1",
    "alice: home",
    "bob: @crunchtime mine",
    "ada: advance 2h",
)


@dataclass(frozen=True, slots=True)
class TypeCommand:
    """A slash command is typed."""

    line: str


@dataclass(frozen=True, slots=True)
class Click:
    """The `number`-th button, from 1, of the last message with buttons is pressed."""

    number: int


@dataclass(frozen=True, slots=True)
class Submit:
    """The open form is filled in and sent."""

    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Advance:
    """The sandbox's clock is moved."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Write:
    """A message is written: in the channel, in a thread of it, or (`direct`) to the bot."""

    text: str
    thread: bool = False
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut is used: "Book GPUs", or (`on_message`) "Book for this" on the last message that somebody wrote."""

    on_message: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The bot's Home tab is opened."""


@dataclass(frozen=True, slots=True)
class Close:
    """The form in front is closed."""


@dataclass(frozen=True, slots=True)
class Away:
    """They do not come to what they hold (`away`), or are back."""

    away: bool


Act = TypeCommand | Click | Submit | Advance | Write | Shortcut | Home | Close | Away | Train | FleetAct


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says: by whom, in their words, and what it means."""

    who: str
    said: str
    act: Act


_SHORTCUTS = {"book gpus": False, "book for this": True}
_SPEAKER = re.compile(r"([A-Za-z][\w.-]*)\s*:\s*(.*)", re.DOTALL)
# Two blanks and "# " begin a comment; a command itself may hold a bare #.
_COMMENT = re.compile(r"\s{2,}#(\s.*)?$")


def read_line(text: str, speaker: str | None) -> Line | None:
    """Reads one line; None for blank lines and comments. A line without a name is said by `speaker`, if there is one.

    Raises InputError, with an example, for what is no such line.
    """
    bare = _COMMENT.sub("", text.strip())
    if not bare or bare.startswith("#"):
        return None
    named = _SPEAKER.fullmatch(bare)
    # "/gpu ..." may hold a colon (atlas:0) and is no name.
    if named is not None:
        return Line(named[1].lower(), named[2], read_act(named[2]))
    if speaker is None:
        raise InputError("begin with who speaks", example=EXAMPLES[0])
    return Line(speaker, bare, read_act(bare))


def read_act(said: str) -> Act:
    """What somebody does: a command, a message, click N, submit NAME=VALUE ..., home, advance LENGTH, away, back."""
    verb, _, rest = said.partition(" ")
    rest = rest.strip()
    if said.startswith("/") and len(said) > 1:
        return TypeCommand(said)
    match verb.lower():
        case "click":
            return Click(_number(rest))
        case "submit":
            return Submit(_fields(rest))
        case "advance":
            return Advance(_length(rest))
        case "home" if not rest:
            return Home()
        case "close" if not rest:
            return Close()
        case "say" | "thread" | "dm" if rest:
            return Write(rest, thread=verb.lower() == "thread", direct=verb.lower() == "dm")
        case "shortcut" if rest.lower() in _SHORTCUTS:
            return Shortcut(_SHORTCUTS[rest.lower()])
        case "away" | "back" if not rest:
            return Away(verb.lower() == "away")
        case "train":
            return read_train(rest)
        case _ if said.startswith("@"):
            return Write(said)
        case _ if (done := read_fleet_act(verb.lower(), rest)) is not None:
            return done
        case _:
            known = (
                "Understood: /gpu ..., click N, submit NAME=VALUE ..., close, home, advance LENGTH, away, back; "
                "messages: @crunchtime ..., say ..., thread ..., dm ...; shortcut book gpus, shortcut book for this; "
                "with --fleet: run GPUS, idle, busy, stop, lose GPUS, silence NODE, restore GPUS."
            )
            raise InputError(f"{said!r} is nothing that can be done here", hint=known, example="/gpu help")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) >= 1):
        raise InputError("click needs the number of a button", example="click 1")
    return int(text)


def _fields(text: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise InputError("a quotation mark is left open", example='submit when="tomorrow 9am" count=2') from None
    fields = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise InputError(f"{word!r} is no NAME=VALUE", example='submit when="tomorrow 9am" count=2')
        fields[name] = value
    return fields


def _length(text: str) -> timedelta:
    if not text:
        raise InputError("advance needs a length of time", example="advance 2h")
    length = read_length(text)
    if not timedelta(0) < length <= ADVANCE_MOST:
        raise InputError(f"the clock can be moved by up to {ADVANCE_MOST.days} days at a time", example="advance 2h")
    return length
