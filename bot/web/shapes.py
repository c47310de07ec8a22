"""The shapes of what Slack delivers, as far as anything here reads them: what has another one is not Slack's.

Values stay hints all the same: who may do what with which reservation is looked up in the ledger.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Id = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,32}$")]
Person = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{1,31}$")]
Short = Annotated[str, Field(max_length=255)]
Text = Annotated[str, Field(max_length=50_000)]
Url = Annotated[str, Field(pattern=r"^https?://", max_length=2000)]
Flag = bool | None


class _Part(BaseModel):
    """Nothing is converted, and what is not named here is not looked at."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Named(_Part):
    id: Id
    domain: Short | None = None


class _Somebody(_Part):
    id: Person


class _Action(_Part):
    action_id: Short
    type: Short
    block_id: Short | None = None
    value: Annotated[str, Field(max_length=2000)] | None = None


class _Option(_Part):
    value: Annotated[str, Field(max_length=150)]


class _Element(_Part):
    value: Text | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None
    selected_user: Person | None = None
    selected_time: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] | None = None
    # Up to the year 2100, and not "true".
    selected_date_time: Annotated[int, Field(ge=0, le=4_102_444_800)] | None = None


class _State(_Part):
    values: dict[Short, dict[Short, _Element]]


class _View(_Part):
    id: Short
    type: Short
    blocks: list[dict[str, Any]]
    callback_id: Short | None = None
    private_metadata: Annotated[str, Field(max_length=3000)] | None = None
    hash: Short | None = None
    state: _State | None = None


class _SentView(_View):
    callback_id: Short
    private_metadata: Annotated[str, Field(max_length=3000)]
    state: _State


class _Message(_Part):
    text: Text | None = None
    ts: Short | None = None
    user: Id | None = None
    team: Id | None = None
    blocks: list[dict[str, Any]] | None = None


class _Command(_Part):
    command: Short
    user_id: Person | None = None
    team_id: Id
    text: Text | None = None
    trigger_id: Short
    response_url: Url | None = None


class _Interaction(_Part):
    type: Short
    team: _Named
    user: _Somebody | None = None
    channel: _Named | None = None
    trigger_id: Short | None = None
    response_url: Url | None = None
    callback_id: Short | None = None
    message: _Message | None = None
    view: _View | None = None
    value: Text | None = None
    block_id: Short | None = None
    action_id: Short | None = None


class _Clicked(_Interaction):
    trigger_id: Short
    actions: Annotated[list[_Action], Field(min_length=1)]


class _Sent(_Interaction):
    view: _SentView


class _Asked(_Interaction):
    action_id: Short
    block_id: Short


class _Called(_Interaction):
    trigger_id: Short
    callback_id: Short


class _Profile(_Part):
    display_name: Text | None = None


class _User(_Part):
    id: Person
    name: Short | None = None
    tz: Short | None = None
    is_bot: Flag = None
    deleted: Flag = None
    profile: _Profile | None = None


class _Happened(_Part):
    type: Short
    user: Person | _User | None = None
    team: Id | None = None
    text: Text | None = None
    ts: Short | None = None
    thread_ts: Short | None = None
    channel: Id | dict[str, Any] | None = None
    channel_type: Short | None = None
    tab: Short | None = None
    view: _View | None = None
    subteam_id: Id | None = None
    subteam: _Named | None = None


class _Event(_Part):
    team_id: Id
    event_id: Short
    event: _Happened


_WITH_USER = {"user_change", "team_join"}
_WITH_MEMBER = {"app_mention", "app_home_opened"}
_SOMEWHERE = {"app_mention", "message"}
_INTERACTIONS: dict[object, type[_Interaction]] = {
    "block_actions": _Clicked,
    "view_submission": _Sent,
    "block_suggestion": _Asked,
    "shortcut": _Called,
    "message_action": _Called,
}


def is_slacks(body: object) -> bool:
    """Whether a parsed body has the shape of a command, an interaction, an event, or a check of Slack's."""
    if not isinstance(body, dict):
        return False
    kind = body.get("type")
    if body.get("ssl_check") == "1" or kind == "url_verification":
        return True
    try:
        if "command" in body:
            _Command.model_validate(body)
        elif kind == "event_callback":
            return _is_event(_Event.model_validate(body))
        elif isinstance(kind, str):
            _INTERACTIONS.get(kind, _Interaction).model_validate(body)
        else:
            return False
    except ValidationError:
        return False
    return True


def _is_event(told: _Event) -> bool:
    """What is about a person says about whom."""
    inner = told.event
    if inner.type in _WITH_USER:
        return isinstance(inner.user, _User)
    if inner.type in _SOMEWHERE and not isinstance(inner.channel, str):
        return False
    return isinstance(inner.user, str) or (inner.user is None and inner.type not in _WITH_MEMBER)
