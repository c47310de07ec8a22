"""Everything that speaks with people, both ways."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_bolt import App

    from bot.desk import Desk
    from handlers.courier import Courier
    from handlers.groups import Groups
    from handlers.home import Homes
    from handlers.identity import People
    from handlers.pace import Pace


def register(
    app: "App",
    desk: "Desk",
    people: "People",
    homes: "Homes",
    groups: "Groups",
    courier: "Courier",
    pace: "Pace",
    clock: Callable[[], datetime],
) -> None:
    """Teaches a Bolt app the whole conversation. `clock` is read once per delivery."""
    # Here and not above: the readers and views are used without Slack too, and Bolt takes a quarter second to load.
    from handlers import (  # noqa: PLC0415
        actions,
        claim_buttons,
        commands,
        errors,
        events,
        home,
        mentions,
        menus,
        pictures,
        pulse_form,
        questions,
        settings_form,
        shortcuts,
        submissions,
        suggesting,
        watch_actions,
    )
    from handlers.identity import middleware  # noqa: PLC0415

    app.use(middleware(people, desk, pace, clock))
    errors.register(app, courier)
    commands.register(app, desk, courier)
    actions.register(app, desk, courier)
    pictures.register(app, desk, courier)
    claim_buttons.register(app, desk, courier)
    questions.register(app, desk, courier)
    suggesting.register(app, desk, courier)
    watch_actions.register(app, desk, courier)
    submissions.register(app, desk, courier)
    settings_form.register(app, desk, courier)
    pulse_form.register(app, desk, courier)
    home.register(app, desk, homes, courier)
    menus.register(app, desk)
    mentions.register(app, desk, people, pace, courier)
    shortcuts.register(app, desk, people, courier)
    events.register(app, people, groups, courier)
