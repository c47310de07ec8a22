"""People: members of the lab's workspace, some of whom are admins."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """Who speaks. `zone` is an IANA time zone name; `admin`: may approve and override, as of this very request."""

    id: str
    name: str
    zone: str = "UTC"
    admin: bool = False
