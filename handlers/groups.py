"""User groups of which members are admins: read from Slack in the background, never while somebody waits."""

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.desk import Desk

log = structlog.get_logger()


class Groups:
    """The lab's groups of admins. What Slack does not tell stays as it was last told."""

    def __init__(self, desk: Desk, client: WebClient) -> None:
        self._desk = desk
        self._client = client

    def refresh(self, only: str = "") -> int:
        """Read who is in them (or `only` in this one) now. Returns how many groups were read."""
        return sum(self._read(group) for group in self._desk.groups if only in ("", group))

    def _read(self, group: str) -> bool:
        try:
            members = self._client.usergroups_users_list(usergroup=group).get("users") or []
        except (SlackApiError, OSError) as error:
            code = error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a user group of admins could not be read", group=group, error=code)
            return False
        self._desk.learn_group(group, map(str, members))
        return True
