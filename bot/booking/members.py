"""People: members of the lab's workspace, some of whom are admins, and their Linux logins."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_NOBODYS = frozenset({"root", "0", "nobody"})


@dataclass(frozen=True, slots=True)
class Member:
    """Who speaks. `zone` is an IANA time zone name; `admin`: may approve and override, as of this very request."""

    id: str
    name: str
    zone: str = "UTC"
    admin: bool = False


def is_login(written: str) -> bool:
    """Whether this may be a person's Linux login: a user's name, or number where it has no name; not root's."""
    return _LOGIN.fullmatch(written) is not None and written not in _NOBODYS


class LinkState(StrEnum):
    """What became of a member's word that a Linux login is theirs."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DROPPED = "dropped"  # by the member, or since it is somebody else's now


@dataclass(frozen=True, slots=True)
class Link:
    """That the Linux user `login` is `member`, said at `asked_at` (UTC). `decided_by`: the admin who said what to it.

    Of the lab file's own words `id` is 0.
    """

    id: int
    login: str
    member: str
    state: LinkState
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
