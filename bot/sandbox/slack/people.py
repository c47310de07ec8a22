"""The people and channels of a sandbox workspace, and how Slack's Web API describes them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace. `zone` is an IANA time zone name; `deleted`: the account is deactivated."""

    id: str
    name: str
    zone: str = "UTC"
    deleted: bool = False
    bot: bool = False
    team: str = "T0LAB"

    def described(self, now: datetime) -> dict[str, Any]:
        """The `user` object of users.info."""
        offset = now.astimezone(ZoneInfo(self.zone)).utcoffset()
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.name.title(),
            "tz": self.zone,
            "tz_label": self.zone,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_bot": self.bot,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "profile": {"display_name": self.name, "real_name": self.name.title(), "team": self.team},
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or (`direct`) the bot's conversation with one person. `members` are ids, the bot's included."""

    id: str
    name: str
    members: frozenset[str] = field(default_factory=frozenset)
    private: bool = False
    direct: bool = False
    archived: bool = False

    def described(self, bot: str) -> dict[str, Any]:
        """The `channel` object of conversations.info, as the bot sees it."""
        if self.direct:
            other = next(iter(self.members - {bot}), bot)
            return {"id": self.id, "is_im": True, "user": other, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_im": False,
            "is_private": self.private,
            "is_member": bot in self.members,
            "is_archived": self.archived,
            "num_members": len(self.members),
        }
