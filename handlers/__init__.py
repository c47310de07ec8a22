"""Everything that speaks with people, both ways."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_bolt import App

    from bot.desk import Desk
    from handlers.courier import Courier
    from handlers.identity import People


def register(app: "App", desk: "Desk", people: "People", courier: "Courier", clock: Callable[[], datetime]) -> None:
    """Teaches a Bolt app the whole conversation. `clock` is read once per delivery."""
    # Here and not above: the readers and views are used without Slack too, and Bolt takes a quarter second to load.
    from handlers import actions, commands, errors, events, questions, submissions, watch_actions  # noqa: PLC0415
    from handlers.identity import middleware  # noqa: PLC0415

    app.use(middleware(people, desk, clock))
    errors.register(app, courier)
    commands.register(app, desk, courier)
    actions.register(app, desk, courier)
    questions.register(app, desk, courier)
    watch_actions.register(app, desk, courier)
    submissions.register(app, desk, courier)
    events.register(app, people)
