"""What is posted to a response URL, or sent with the acknowledgement of a command: a message, or a change of one."""

from typing import Any

from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.state import State
from bot.sandbox.slack.tickets import Response
from bot.sandbox.slack.web_api import obey_limits

Json = dict[str, Any]


def post_response(state: State, token: str, payload: object) -> None:
    """Handles a POST to the response URL that ends in `token`."""
    if not isinstance(payload, dict):
        raise SlackRefusal("invalid_payload")
    with state.lock:
        response = state.responses.use(token, state.clock())
        original = state.timeline.find(response.channel, response.original) if response.original else None
        if payload.get("delete_original"):
            if original is None:
                raise SlackRefusal("message_not_found")
            state.timeline.remove(original)
            return
        obey_limits(state, payload)
        if payload.get("replace_original") and original is not None:
            state.timeline.change(original, payload["text"], payload.get("blocks") or ())
        else:
            _say(state, response, payload)


def answer_command(state: State, token: str, payload: Json) -> Message:
    """Shows what the acknowledgement of a command carries; the command's response URL then replaces this message."""
    with state.lock:
        obey_limits(state, payload)
        response = state.responses.look(token)
        message = _say(state, response, payload)
        response.original = message.ts
        return message


def _say(state: State, response: Response, payload: Json) -> Message:
    public = payload.get("response_type") == "in_channel"
    return state.post(response.channel, payload, only_for=None if public else response.person)
