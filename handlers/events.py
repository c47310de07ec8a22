"""What the workspace tells of its people."""

from datetime import datetime
from typing import Any

from slack_bolt import App, BoltContext

from handlers.identity import People


def register(app: App, people: People) -> None:
    """Time zones, names and departures, as they change."""

    @app.event("user_change")
    @app.event("team_join")
    def changed(event: dict[str, Any], context: BoltContext) -> None:
        now: datetime = context["now"]
        people.learn(event["user"], now)
