"""The views.* methods of Slack's Web API: modals opened, pushed and updated, Home tabs published."""

from typing import Any

from bot.sandbox.limits import check_view
from bot.sandbox.slack.modals import OpenView
from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.state import BOT_ID, State
from bot.sandbox.slack.web_api import Method

Json = dict[str, Any]


def checked_view(state: State, view: object, kind: str) -> Json:
    """The view, if it is one of this type ("modal", "home") within Slack's limits; what is wrong is noted."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise SlackRefusal("invalid_arguments", [f"view: must be a {kind}"])
    violations = check_view(view)
    state.violations += violations
    if any("bytes, at most" in violation for violation in violations):
        raise SlackRefusal("view_too_large", violations)
    if violations:
        raise SlackRefusal("invalid_arguments", violations)
    return view


def _open(state: State, arguments: Json) -> Json:
    view = checked_view(state, arguments.get("view"), "modal")
    person = state.triggers.exchange(arguments.get("trigger_id"), state.clock())
    return _shown(state, state.modals.open(person, view))


def _push(state: State, arguments: Json) -> Json:
    view = checked_view(state, arguments.get("view"), "modal")
    person = state.triggers.exchange(arguments.get("trigger_id"), state.clock())
    return _shown(state, state.modals.push(person, view))


def _update(state: State, arguments: Json) -> Json:
    view = checked_view(state, arguments.get("view"), "modal")
    updated = state.modals.update(
        view,
        view_id=arguments.get("view_id"),
        external_id=arguments.get("external_id"),
        expected=arguments.get("hash"),
    )
    return _shown(state, updated)


def _publish(state: State, arguments: Json) -> Json:
    view = checked_view(state, arguments.get("view"), "home")
    person = str(arguments.get("user_id"))
    if person not in state.people:
        raise SlackRefusal("user_not_found")
    return _shown(state, state.modals.publish(person, view, expected=arguments.get("hash")))


def _shown(state: State, view: OpenView) -> Json:
    return {"view": view.described(state.team, BOT_ID)}


VIEW_METHODS: dict[str, Method] = {
    "views.open": Method(_open),
    "views.push": Method(_push),
    "views.update": Method(_update),
    "views.publish": Method(_publish),
}
