"""What is said of what GPUs really do, and of who is who: commands, as in `said`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeepUsed:
    """Of a reservation keep so many of the GPUs that are used, and give the others back."""

    id: int
    keep: int


@dataclass(frozen=True, slots=True)
class Links:
    """My Linux logins."""


@dataclass(frozen=True, slots=True)
class Link:
    """This Linux login is mine, or, as an admin says, `member`'s."""

    login: str
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Unlink:
    """This login is not mine any more."""

    login: str


@dataclass(frozen=True, slots=True)
class DecideLink:
    """An admin's word on whose a login is said to be."""

    id: int
    confirm: bool


WhoIsWho = Link | Unlink | DecideLink
