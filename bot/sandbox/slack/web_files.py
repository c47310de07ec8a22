"""The methods of Slack's Web API for files, and what is sent to the address that the first of them gives."""

from typing import Any

from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.state import State
from bot.sandbox.slack.web_api import Method, writable

Json = dict[str, Any]


def _announce(state: State, arguments: Json) -> Json:
    file = state.files.announce(arguments)
    return {"upload_url": f"{state.url}/upload/{file.id}", "file_id": file.id}


def _complete(state: State, arguments: Json) -> Json:
    """Shares the files in one message; without a channel they stay the bot's own."""
    channel_id = arguments.get("channel_id")
    # A person's id is no channel: their conversation has to be opened first.
    if channel_id is not None and str(channel_id) not in state.channels:
        raise SlackRefusal("channel_not_found")
    channel = writable(state, {"channel": channel_id}) if channel_id is not None else None
    thread = arguments.get("thread_ts")
    if channel is not None and thread is not None and state.timeline.find(channel.id, str(thread)) is None:
        raise SlackRefusal("invalid_thread_ts")
    shared = [file.described() for file in state.files.complete(arguments.get("files"))]
    if channel is not None:
        said = {"text": arguments.get("initial_comment") or "", "files": shared}
        state.post(channel.id, said, thread=None if thread is None else str(thread))
    return {"files": shared}


FILE_METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": Method(_announce, ("files:write",)),
    "files.completeUploadExternal": Method(_complete, ("files:write",)),
}
