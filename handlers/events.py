"""What the workspace tells of its people."""

from datetime import datetime
from typing import Any

from slack_bolt import App, BoltContext

from handlers.courier import Courier
from handlers.groups import Groups
from handlers.identity import People


def register(app: App, people: People, groups: Groups, courier: Courier) -> None:
    """Time zones, names, departures, and who is in a group of admins, as they change."""

    @app.event("user_change")
    @app.event("team_join")
    def changed(event: dict[str, Any], context: BoltContext) -> None:
        now: datetime = context["now"]
        people.learn(event["user"], now)

    @app.event("subteam_members_changed")
    @app.event("subteam_updated")
    def regrouped(event: dict[str, Any]) -> None:
        group = str(event.get("subteam_id") or (event.get("subteam") or {}).get("id") or "")

        def refresh() -> None:
            groups.refresh(group)

        if group:
            courier.run(refresh)
