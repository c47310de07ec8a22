"""The YAML of huggingface/ai-deadlines to deadlines: both its forms, its zones and its free-text types. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.booking.lab import Deadline
from bot.booking.zones import instant_of, shown, zone_of
from bot.errors import FeedError

MOST_NODES = 100_000  # the real feed has a tenth of that
DEEPEST = 12
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text: no dates or numbers are guessed

_PACIFIC = "America/Los_Angeles"
# People on the US west coast write PST all the year; in summer this is the earlier reading, and so the safe one.
_ZONES = {"pst": _PACIFIC, "pdt": _PACIFIC, "pt": _PACIFIC}
_KINDS = {
    **dict.fromkeys(("paper", "submission", "full-paper", "paper-submission", "full-paper-submission"), "paper"),
    **dict.fromkeys(("abstract", "abstract-submission", "abstract-registration"), "abstract"),
    **dict.fromkeys(("rebuttal-start", "author-response-start"), "rebuttal"),
    **dict.fromkeys(("rebuttal-end", "rebuttal-and-revision", "author-response-end"), "rebuttal-end"),
    **dict.fromkeys(("supplementary", "supplementary-material"), "supplementary"),
    **dict.fromkeys(("notification", "first-notification", "final-notification"), "notification"),
    **dict.fromkeys(("camera-ready", "cameraready"), "camera-ready"),
    "review-release": "reviews",
    "commitment-deadline": "commitment",
    "revision-deadline": "revision",
}
_BEGINS = re.compile(r"\b(?:start|starts|begin|begins|open|opens)\b", re.IGNORECASE)
_UNKNOWN_YET = frozenset({"", "tba", "tbd", "tbc", "~", "null"})
_YEAR = re.compile(r"(?:19|20)?[0-9]{2}$")


def deadlines_of(text: str, conferences: Iterable[str], now: datetime) -> tuple[Deadline, ...]:
    """The dates ahead of the conferences named, of each kind the next one.

    `text` is all of the feed. Raises FeedError for what is no feed, for a conference that it does not have, and for
    an entry of one of them that cannot be read: what is half understood is not used.
    """
    entries = _entries(text)
    found: dict[tuple[str, str], Deadline] = {}
    for name in conferences:
        mine = [entry for entry in entries if _is(entry, name)]
        if not mine:
            raise FeedError(f"The feed has no conference {shown(name)}.")
        dated = (one for entry in mine for one in _dates(entry, name, now))
        for one in sorted(dated, key=lambda deadline: deadline.at):
            found.setdefault((one.name, one.kind), one)
    return tuple(found.values())


def kind_of(type_: str, label: str = "") -> str:
    """The kind of a date, of its free-text type: "rebuttal_end" -> "rebuttal-end", "submission" -> "paper".

    A rebuttal that is said to be neither its start nor its end is its end, unless the label says that it begins.
    """
    word = re.sub(r"[^a-z0-9]+", "-", type_.lower()).strip("-")[:40].rstrip("-")
    if word in ("rebuttal", "author-response", "response"):
        return "rebuttal" if _BEGINS.search(label) else "rebuttal-end"
    return _KINDS.get(word, word)


def zone_written(written: str) -> tuple[str, tzinfo]:
    """A zone in any spelling of the feed: how we write it, and the zone. Raises ValueError."""
    name = _ZONES.get(written.strip().lower())
    if name is not None:
        return name, ZoneInfo(name)
    name = written.strip()
    return name, zone_of(name)


def _entries(text: str) -> list[Mapping[str, Any]]:
    if text.lstrip()[:1] == "<":
        raise FeedError("A web page came instead of the feed.")
    try:
        _look_through(text)
        read = yaml.load(text, _LOADER)  # noqa: S506 - it makes nothing but texts, lists and tables
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark is not None else ""
        raise FeedError(f"The feed is not YAML{place}.") from error
    except (ValueError, RecursionError) as error:
        raise FeedError("The feed is not YAML.") from error
    if not isinstance(read, list) or not read or not all(isinstance(entry, dict) for entry in read):
        raise FeedError("The feed is not a list of conferences.")
    return read


def _look_through(text: str) -> None:
    """Raises FeedError for what could grow when it is read: aliases (a few lines of them make gigabytes), depth."""
    depth = nodes = 0
    for event in yaml.parse(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise FeedError("The feed refers to parts of itself (YAML aliases), which it need not.")
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if nodes > MOST_NODES or depth > DEEPEST:
            raise FeedError("The feed is too large or too deep to be a list of conferences.")


def _is(entry: Mapping[str, Any], name: str) -> bool:
    """By its title or its id without the year, whatever the case, blanks and signs."""
    title, id_ = str(entry.get("title", "")), str(entry.get("id", ""))
    return _bare(name) in {_bare(title), _bare(_YEAR.sub("", id_.strip())), _bare(_YEAR.sub("", title.strip()))}


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _dates(entry: Mapping[str, Any], name: str, now: datetime) -> Iterator[Deadline]:
    """The entry's dates ahead."""
    which = f"{name} {entry.get('year', '')}".strip()
    for kind, date, zone in _written(entry, which):
        if date.strip().lower() in _UNKNOWN_YET or _long_past(date, now):
            continue
        try:
            written_in, its_zone = zone_written(zone)
            at = instant_of(date.replace("T", " ").replace("  ", " "), its_zone, has_zone=True)
        except ValueError as error:
            raise FeedError(f"The feed's entry for {which} cannot be read: {error}.") from error
        if at > now:
            yield Deadline(name, at, written_in, kind=kind, source="feed")


def _long_past(date: str, now: datetime) -> bool:
    """Whether it is past in every zone: what was badly written of an edition that is over hurts nobody."""
    try:
        return datetime.fromisoformat(date.strip()[:10]) < now.replace(tzinfo=None) - timedelta(days=2)
    except ValueError:
        return False


def _written(entry: Mapping[str, Any], which: str) -> Iterator[tuple[str, str, str]]:
    """Kind, date and zone of each date, as they are written. Raises FeedError for another shape than the two forms."""
    listed = entry.get("deadlines") or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise FeedError(f"The feed's entry for {which} has deadlines that are no list of dates.")
    for one in listed:
        texts = [one.get(key, "") for key in ("type", "label", "date", "timezone")]
        if not all(isinstance(text, str) for text in texts) or not texts[0] or "date" not in one:
            raise FeedError(f"The feed's entry for {which} has a date without a type, or none that is text.")
        yield kind_of(texts[0], texts[1]), texts[2], texts[3]
    if listed:
        return
    for key, kind in (("deadline", "paper"), ("abstract_deadline", "abstract")):
        if key in entry:
            date, zone = entry[key], entry.get("timezone", "")
            if not isinstance(date, str) or not isinstance(zone, str):
                raise FeedError(f"The feed's entry for {which} has a {key} that is no date.")
            yield kind, date, zone
