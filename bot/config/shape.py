"""The shape of the lab file: one pydantic model per table. `description` is what a message tells people to write."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.booking.lab import Approval, Policy
from bot.booking.zones import iana_zone, shown
from bot.config.lengths import length_of

_ORDER = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(_ORDER)})"
_DAYS = re.compile(rf"{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_UNIT_WORD = re.compile(r"[0-9]{1,3}(?:m|min|h|hours?|d|days?|w|weeks?|gb|am|pm)")
_WEEKDAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
_RESERVED = (
    {"gpu", "gpus", "gpu-hours", "all", "any", "pieces", "keep"}
    | {"book", "free", "mine", "who", "show", "release", "cancel", "extend", "move", "approve", "deny", "undo", "help"}
    | {"now", "for", "before", "until", "till", "with", "because", "from", "to", "in", "at", "on", "by", "of", "after"}
    | {"and", "or", "not", "next", "this", "today", "tomorrow", "tonight", "weekend", "eod", "noon", "midnight"}
    | _WEEKDAYS
    | {day[:3] for day in _WEEKDAYS}
)


def slug(written: str) -> str:
    """A name that can be typed in a line: pools and deadlines. Raises ValueError with the fix."""
    if not _SLUG.fullmatch(written) or len(written) > 40:
        fixed = re.sub(r"[^a-z0-9._-]+", "-", written.lower()).strip("._-")[:40] or "a100"
        raise ValueError(f'{shown(written)} cannot be typed as a name; write small letters, such as "{fixed}"')
    if written in _RESERVED or _UNIT_WORD.fullmatch(written):
        raise ValueError(f"{shown(written)} has a meaning of its own in commands; write another name")
    return written


def _days(written: str) -> str:
    if not _DAYS.fullmatch(written.replace(" ", "").lower()):
        raise ValueError(f'{shown(written)} is not a list of days; write "mon-fri" or "mon,wed,fri"')
    return written


def weekdays(written: str) -> frozenset[int]:
    """The days of "mon-fri" or "mon,wed" (0 is Monday); "fri-mon" goes over the weekend."""
    found: set[int] = set()
    for part in written.replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        begin, end = _ORDER.index(first), _ORDER.index(last or first)
        found.update(day % 7 for day in range(begin, begin + (end - begin) % 7 + 1))
    return frozenset(found)


def _https(written: str) -> str:
    if not _is_url(written, ("https",)):
        raise ValueError(f"{shown(written)} is not an https address; write one such as https://example.org/dates.yml")
    return written


def _agent(written: str) -> str:
    if written != "local" and not _is_url(written, ("http", "https")):
        raise ValueError(f'{shown(written)} is no agent; write "local", or its address such as "http://atlas:9845"')
    return written


def _is_url(written: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(written)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and written.isprintable()
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False


def _some(length: timedelta) -> timedelta:
    if not length:
        raise ValueError('is no time at all; write a length such as "30m"')
    return length


Length = Annotated[timedelta, BeforeValidator(length_of)]
SomeLength = Annotated[timedelta, BeforeValidator(length_of), AfterValidator(_some)]
Share = Annotated[float, Field(gt=0, le=1, description="a share of the pool such as 0.5")]
Hours = Annotated[float, Field(gt=0, le=8784, description="hours such as 168")]
Days = Annotated[float, Field(gt=0, le=366, description="days such as 7")]
AdminId = Annotated[
    str,
    Field(
        pattern=r"^[UWS][A-Z0-9]{2,}$",
        description='a user id such as "U0ADA" (profile, three dots, Copy member ID), or a user group\'s, "S0ADMINS"',
    ),
]
ChannelId = Annotated[
    str,
    Field(pattern=r"^[CG][A-Z0-9]{2,}$", description='a channel id such as "C0GPUS" (end of its details)'),
]
Conference = Annotated[
    str,
    AfterValidator(lambda written: " ".join(map(slug, written.lower().split())) or slug("")),
    Field(max_length=40, description='a name such as "neurips"'),
]
Slug = Annotated[str, AfterValidator(slug), Field(description='a name such as "a100"')]
_DEFAULT = Policy()


class Table(BaseModel):
    """A table that knows its keys; values are not converted, so that "5" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class LabTable(Table):
    """`[lab]`"""

    name: str = Field(
        min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description='a name such as "Vision Lab"'
    )
    timezone: Annotated[str, BeforeValidator(iana_zone)] = "UTC"
    channel: ChannelId = ""
    admin_channel: ChannelId = ""
    url: str = Field(
        "",
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description='where people reach the bot, such as "https://gpus.example.org"',
    )
    admins: list[AdminId] = Field([], description='a list of user ids such as ["U0ADA"]')


class NodeTable(Table):
    """`[[node]]`; its `gpus` are tables of their own."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description='a host name without spaces or colons such as "atlas"'
    )
    agent: Annotated[str, AfterValidator(_agent)] | None = Field(None, description='"local"')
    gpus: Any = None


class GpusTable(Table):
    """`[[node.gpus]]`: equal GPUs of a node, by how many they are or by their indices."""

    pool: Slug | None = None
    model: str = Field("", max_length=100, description='a model such as "NVIDIA A100-SXM4-80GB"')
    memory_gb: int = Field(0, ge=0, le=100_000, description="whole gigabytes such as 80")
    count: int | None = Field(None, ge=1, le=1024, description="how many GPUs there are, such as 4")
    indices: list[Annotated[int, Field(ge=0, le=1023, description="an index such as 0")]] | None = Field(
        None, min_length=1, max_length=1024, description="a list of indices such as [0, 1]"
    )


class PolicyTable(Table):
    """`[policy]`"""

    max_hours: Hours = _DEFAULT.max_hours
    hard_max_hours: Hours = _DEFAULT.hard_max_hours
    max_share: Share = _DEFAULT.max_share
    horizon_days: Days = _DEFAULT.horizon_days
    movable_horizon_days: Days = _DEFAULT.movable_horizon_days
    outstanding_pool_days: Days = _DEFAULT.outstanding_pool_days
    quota_gpu_hours: float = Field(_DEFAULT.quota_gpu_hours, ge=0, le=10_000_000, description="GPU-hours, 0 for none")
    quota_days: Days = _DEFAULT.quota_days
    approval: Approval = _DEFAULT.approval
    approval_timeout: SomeLength = _DEFAULT.approval_timeout
    no_show_grace: Length = _DEFAULT.no_show_grace
    idle_after: SomeLength = _DEFAULT.idle_after
    release_idle: Literal["if-waited-for", "never", "always"] = _DEFAULT.release_idle
    offer_hold: SomeLength = _DEFAULT.offer_hold
    move_notice: Length = _DEFAULT.move_notice
    moves: int = Field(_DEFAULT.moves, ge=0, le=10, description="a number from 0 to 10")
    margin: Length = _DEFAULT.margin


class PoolTable(Table):
    """`[pool.NAME]`"""

    approval: bool = Field(False, description="true or false")
    speed: float | None = Field(None, gt=0, le=100, description="a speed relative to an A100 such as 2.2")


class DeadlineTable(Table):
    """`[[deadline]]`; its `crunch` is a table of its own."""

    name: Slug
    at: Any = Field(description='a date and a time such as "2027-05-15 23:59:59"')
    timezone: str | None = Field(None, description='"AoE", "UTC+2" or a name such as "Europe/Berlin"')
    crunch: Any = None


class CrunchTable(Table):
    """`crunch` of a deadline: rules that bind from `days` before it."""

    days: Days
    max_share: Share | None = Field(None, description="a share of the pool such as 0.25")
    keep: Share | None = Field(None, description="a share of the pool such as 0.5")
    pools: list[str] | None = Field(None, min_length=1, description='a list of pools such as ["a100"]')


class FeedTable(Table):
    """`[feed]`"""

    url: Annotated[str, AfterValidator(_https), Field(description='an address such as "https://example.org/dates.yml"')]
    conferences: list[Conference] = Field(
        [], max_length=100, description='a list of names such as ["neurips", "ecml pkdd"]'
    )
    allow_private: bool = Field(False, description="true or false")


class DigestTable(Table):
    """`[digest]`"""

    at: str = Field("09:00", pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", description='a time of day such as "09:00"')
    days: Annotated[str, AfterValidator(_days), Field(description='"mon-fri"')] = "mon-sun"
