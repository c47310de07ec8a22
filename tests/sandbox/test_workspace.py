"""The sandbox workspace, spoken to by the real SDK and the real Bolt."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.errors import InputError
from bot.sandbox import payloads
from bot.sandbox.delivery import Delivery
from bot.sandbox.hands import Hands
from bot.sandbox.slack.people import Person
from bot.sandbox.workspace import ANY, RESPONSE_URL, Workspace
from sandbox.small_bot import PEOPLE, Clock, card, form, section, small_bot

ADA, ALICE, BOB, CAROL = PEOPLE


def refused(call: Any, **arguments: Any) -> Any:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return caught.value.response


def texts(workspace: Workspace, person: Person) -> list[str]:
    return [message.text for message in workspace.visible(person.id)]


def test_the_token_is_tested_and_its_scopes_are_listed_in_a_header(client: WebClient) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == "U0CRUNCH"
    assert answer["team_id"] == "T0LAB"
    assert "chat:write" in str(answer.headers["x-oauth-scopes"]).split(",")


def test_a_wrong_token_and_no_token_are_refused(workspace: Workspace) -> None:
    assert refused(WebClient(token="xoxb-other", base_url=workspace.api_url).auth_test)["error"] == "invalid_auth"
    assert refused(WebClient(base_url=workspace.api_url).auth_test)["error"] == "not_authed"
    assert WebClient(base_url=workspace.api_url).api_test(foo="bar")["args"] == {"foo": "bar"}


def test_a_method_without_its_scope_is_refused_and_names_the_scope(clock: Clock) -> None:
    with Workspace(PEOPLE, [], clock, scopes=["users:read"]) as workspace:
        client = WebClient(token=workspace.token, base_url=workspace.api_url)
        answer = refused(client.chat_postMessage, channel="U0BOB", text="hello")
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "users:read")
        assert refused(client.api_call, api_method="reactions.add")["error"] == "unknown_method"


def test_people_are_told_with_their_zones_and_listed_page_by_page(client: WebClient) -> None:
    assert client.users_info(user="U0BOB")["user"]["tz"] == "America/Los_Angeles"
    assert client.users_info(user="U0BOB")["user"]["tz_offset"] == -8 * 3600
    assert refused(client.users_info, user="U0EVE")["error"] == "user_not_found"
    pages = [[member["name"] for member in page["members"]] for page in client.users_list(limit=2)]
    assert pages == [["ada", "alice"], ["bob", "carol"], ["crunchtime"]]
    assert refused(client.users_list, cursor="nonsense!")["error"] == "invalid_cursor"


def test_a_message_needs_a_channel_that_is_there_and_that_the_bot_is_in(client: WebClient) -> None:
    assert refused(client.chat_postMessage, channel="C0NOWHERE", text="x")["error"] == "channel_not_found"
    assert refused(client.chat_postMessage, channel="C0RANDOM", text="x")["error"] == "not_in_channel"
    assert refused(client.chat_postMessage, channel="C0SECRET", text="x")["error"] == "channel_not_found"


def test_a_public_channel_can_be_joined_and_described(clock: Clock, workspace: Workspace) -> None:
    scopes = ["channels:read", "channels:join", "chat:write", "team:read"]
    with Workspace(PEOPLE, workspace.channels.values(), clock, scopes=scopes) as readable:
        client = WebClient(token=readable.token, base_url=readable.api_url)
        assert client.conversations_info(channel="C0RANDOM")["channel"]["is_member"] is False
        client.conversations_join(channel="C0RANDOM")
        assert client.conversations_info(channel="C0RANDOM")["channel"]["is_member"] is True
        assert client.chat_postMessage(channel="C0RANDOM", text="hello")["ok"]
        assert client.team_info()["team"]["id"] == "T0LAB"


def test_messages_have_unique_names_and_can_be_answered_in_threads(workspace: Workspace, client: WebClient) -> None:
    board = client.chat_postMessage(channel="C0GPUS", text="board")["ts"]
    line = client.chat_postMessage(channel="C0GPUS", text="alice booked", thread_ts=board)
    assert line["ts"] != board
    assert line["message"]["thread_ts"] == board
    assert [message.thread for message in workspace.visible("U0ALICE")] == [None, board]
    lost = refused(client.chat_postMessage, channel="C0GPUS", text="x", thread_ts="1.1")
    assert lost["error"] == "cannot_reply_to_message"


def test_a_message_past_slacks_limits_is_refused_with_the_reasons(workspace: Workspace, client: WebClient) -> None:
    answer = refused(client.chat_postMessage, channel="C0GPUS", text="x", blocks=[section("x" * 3001)])
    assert answer["error"] == "invalid_blocks"
    assert "3001 characters, at most 3000" in answer["response_metadata"]["messages"][0]
    empty = {"channel": "C0GPUS", "text": " "}
    assert refused(client.api_call, api_method="chat.postMessage", json=empty)["error"] == "no_text"
    assert len(workspace.violations) == 2
    assert texts(workspace, ALICE) == []


def test_a_changed_message_keeps_its_place_and_its_blocks_unless_others_are_given(
    workspace: Workspace, client: WebClient
) -> None:
    first = client.chat_postMessage(channel="C0GPUS", **card("board", "Book"))["ts"]
    client.chat_postMessage(channel="C0GPUS", text="later")
    client.chat_update(channel="C0GPUS", ts=first, text="new board")
    changed = workspace.visible("U0ALICE")[0]
    assert (changed.text, changed.edited, len(changed.blocks)) == ("new board", True, 2)
    client.chat_update(channel="C0GPUS", ts=first, text="bare", blocks=[])
    assert workspace.visible("U0ALICE")[0].blocks == ()
    assert refused(client.chat_update, channel="C0GPUS", ts="1.1", text="x")["error"] == "message_not_found"
    client.chat_delete(channel="C0GPUS", ts=first)
    assert texts(workspace, ALICE) == ["later"]


def test_a_message_is_pinned_once(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0GPUS", text="board")["ts"]
    client.pins_add(channel="C0GPUS", timestamp=ts)
    assert refused(client.pins_add, channel="C0GPUS", timestamp=ts)["error"] == "already_pinned"
    assert refused(client.pins_add, channel="C0GPUS", timestamp="1.1")["error"] == "message_not_found"


def test_each_person_sees_their_channels_their_direct_messages_and_what_is_only_for_them(
    workspace: Workspace, client: WebClient
) -> None:
    direct = client.conversations_open(users="U0BOB")["channel"]["id"]
    client.chat_postMessage(channel="C0GPUS", text="for all")
    client.chat_postMessage(channel="C0ADMIN", text="for admins")
    client.chat_postMessage(channel=direct, text="for bob")
    client.chat_postEphemeral(channel="C0GPUS", user="U0ALICE", text="for alice")
    assert texts(workspace, ADA) == ["for all", "for admins"]
    assert texts(workspace, BOB) == ["for all", "for bob"]
    assert texts(workspace, ALICE) == ["for all", "for alice"]
    assert refused(client.chat_postEphemeral, channel="C0ADMIN", user="U0BOB", text="x")["error"] == (
        "user_not_in_channel"
    )


def test_no_conversation_is_opened_with_bots_and_those_who_left(workspace: Workspace, client: WebClient) -> None:
    workspace.people["U0EVE"] = Person("U0EVE", "eve", deleted=True)
    assert refused(client.conversations_open, users="U0EVE")["error"] == "user_disabled"
    assert refused(client.conversations_open, users="U0CRUNCH")["error"] == "cannot_dm_bot"
    assert refused(client.conversations_open, users="U0NOBODY")["error"] == "user_not_found"


def test_the_buttons_are_those_of_the_message_that_was_last_posted_or_changed(
    workspace: Workspace, client: WebClient
) -> None:
    first = client.chat_postMessage(channel="C0GPUS", **card("first", "Book"))["ts"]
    client.chat_postMessage(channel="C0GPUS", **card("second", "Extend", "Release"))
    client.chat_postMessage(channel="C0GPUS", text="no buttons")
    client.chat_postMessage(channel="C0ADMIN", **card("for admins", "Approve", "Deny"))
    assert [found.label for found in workspace.buttons("U0ALICE")] == ["Extend", "Release"]
    assert [found.label for found in workspace.buttons("U0ADA")] == ["Approve", "Deny"]
    client.chat_update(channel="C0GPUS", ts=first, **card("first again", "Undo"))
    assert [found.label for found in workspace.buttons("U0ALICE")] == ["Undo"]


def test_a_failure_is_injected_as_often_as_asked_and_with_its_headers(workspace: Workspace, client: WebClient) -> None:
    workspace.fail_next("chat.postMessage", 429, retry_after=7, times=2)
    for _ in range(2):
        answer = refused(client.chat_postMessage, channel="C0GPUS", text="x")
        assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
    assert client.chat_postMessage(channel="C0GPUS", text="x")["ok"]
    workspace.fail_next(ANY, 503, times=1000)
    assert refused(client.auth_test).status_code == 503
    workspace.mend()
    assert client.auth_test()["ok"]
    assert [call.error for call in workspace.calls] == ["ratelimited", "ratelimited", None, "internal_error", None]


def test_a_trigger_opens_one_view_within_three_seconds(workspace: Workspace, client: WebClient, clock: Clock) -> None:
    trigger = workspace.triggers.issue("U0ALICE", clock())
    clock.now += timedelta(seconds=3)
    assert client.views_open(trigger_id=trigger, view=form())["view"]["callback_id"] == "booking"
    assert refused(client.views_open, trigger_id=trigger, view=form())["error"] == "exchanged_trigger_id"
    late = workspace.triggers.issue("U0ALICE", clock())
    clock.now += timedelta(seconds=3.1)
    assert refused(client.views_open, trigger_id=late, view=form())["error"] == "expired_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.3", view=form())["error"] == "invalid_trigger_id"


def test_a_bad_view_is_refused_and_leaves_the_trigger_unused(workspace: Workspace, client: WebClient) -> None:
    trigger = workspace.triggers.issue("U0ALICE", workspace.clock())
    untitled = {key: value for key, value in form().items() if key != "title"}
    answer = refused(client.views_open, trigger_id=trigger, view=untitled)
    assert answer["error"] == "invalid_arguments"
    assert "view.title" in answer["response_metadata"]["messages"][0]
    huge = {**form(), "blocks": [section("x" * 3000)] * 90}
    assert refused(client.views_open, trigger_id=trigger, view=huge)["error"] == "view_too_large"
    assert client.views_open(trigger_id=trigger, view=form())["ok"]


def test_a_view_that_changed_meanwhile_is_not_overwritten(workspace: Workspace, client: WebClient) -> None:
    trigger = workspace.triggers.issue("U0ALICE", workspace.clock())
    view = client.views_open(trigger_id=trigger, view=form())["view"]
    client.views_update(view_id=view["id"], hash=view["hash"], view=form())
    late = refused(client.views_update, view_id=view["id"], hash=view["hash"], view=form())
    assert late["error"] == "hash_conflict"
    assert refused(client.views_update, view_id="V0", view=form())["error"] == "not_found"


def test_at_most_three_modals_lie_on_each_other(workspace: Workspace, client: WebClient) -> None:
    def trigger() -> str:
        return workspace.triggers.issue("U0ALICE", workspace.clock())

    client.views_open(trigger_id=trigger(), view=form())
    client.views_push(trigger_id=trigger(), view=form())
    client.views_push(trigger_id=trigger(), view=form())
    assert refused(client.views_push, trigger_id=trigger(), view=form())["error"] == "push_limit_reached"


def response_url(workspace: Workspace, person: Person = ALICE) -> str:
    delivery, _ = payloads.command(workspace, workspace.url, person, "/gpu free", "C0GPUS")
    return str(delivery.payload["response_url"])


def test_a_response_url_serves_five_times_in_thirty_minutes(workspace: Workspace, clock: Clock) -> None:
    webhook = WebhookClient(response_url(workspace))
    assert [webhook.send(text=f"answer {n}").status_code for n in range(6)] == [200] * 5 + [404]
    assert texts(workspace, ALICE) == [f"answer {n}" for n in range(5)]
    assert texts(workspace, BOB) == []
    late = WebhookClient(response_url(workspace))
    clock.now += timedelta(minutes=30, seconds=1)
    assert "expired_url" in late.send(text="too late").body


def test_a_response_url_replaces_the_message_by_which_the_command_was_answered(
    workspace: Workspace, client: WebClient
) -> None:
    urls: list[str] = []

    def deliver(body: bytes, headers: Any) -> tuple[int, str]:
        urls.extend(parse_qs(body.decode())["response_url"])
        return 200, json.dumps({"text": "working on it", "response_type": "in_channel"})

    Hands(workspace, deliver).type(ALICE, "/gpu free", "C0GPUS")
    client.chat_postMessage(channel="C0GPUS", text="later")
    webhook = WebhookClient(urls[0])
    webhook.send(text="6 of 8 are free", replace_original=True)
    assert texts(workspace, BOB) == ["6 of 8 are free", "later"]
    webhook.send(delete_original=True)
    assert texts(workspace, BOB) == ["later"]


def test_a_response_can_be_for_the_whole_channel_and_is_held_to_the_limits(workspace: Workspace) -> None:
    webhook = WebhookClient(response_url(workspace))
    webhook.send(text="for all", response_type="in_channel")
    assert texts(workspace, BOB) == ["for all"]
    assert "invalid_blocks" in webhook.send(text="x", blocks=[section("")]).body
    workspace.fail_next(RESPONSE_URL, 500)
    assert webhook.send(text="x").status_code == 500


def test_a_command_arrives_signed_and_with_mentions_resolved(workspace: Workspace) -> None:
    line = "/gpu book 1 a100 for @Bob because a<b & see https://x.org/a?b=1&c=2, mail a@bob.org, #gpus"
    delivery, _ = payloads.command(workspace, workspace.url, ALICE, line, "C0GPUS")
    body = delivery.body()
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert fields["text"] == (
        "book 1 a100 for <@U0BOB|bob> because a&lt;b &amp; see <https://x.org/a?b=1&amp;c=2>, mail a@bob.org, "
        "<#C0GPUS|gpus>"
    )
    headers = delivery.headers("secret", workspace.clock())
    signed = b"v0:" + headers["X-Slack-Request-Timestamp"].encode() + b":" + body
    assert headers["X-Slack-Signature"] == "v0=" + hmac.new(b"secret", signed, hashlib.sha256).hexdigest()


def test_an_event_and_its_repetition_carry_the_same_body(workspace: Workspace) -> None:
    delivery = payloads.user_changed(workspace, ALICE)
    assert json.loads(delivery.body())["event"]["user"]["tz"] == "Europe/Berlin"
    assert "X-Slack-Retry-Num" not in delivery.headers("secret", workspace.clock())
    assert delivery.headers("secret", workspace.clock(), retry=2)["X-Slack-Retry-Num"] == "2"
    assert payloads.user_changed(workspace, ALICE).payload["event_id"] != delivery.payload["event_id"]


def test_an_envelope_carries_the_same_payload_over_socket_mode() -> None:
    delivery = Delivery("interactive", {"type": "block_actions"})
    envelope = delivery.envelope()
    assert (envelope["type"], envelope["payload"]) == ("interactive", {"type": "block_actions"})
    assert envelope["accepts_response_payload"] is True
    assert envelope["envelope_id"] != delivery.envelope()["envelope_id"]


def test_a_command_is_answered_through_bolt_by_a_card_for_that_person_alone(workspace: Workspace, hands: Hands) -> None:
    assert hands.type(ALICE, "/gpu book", "C0GPUS").status == 200
    assert texts(workspace, ALICE) == ["*2 × A100 on atlas are yours*"]
    assert texts(workspace, BOB) == []
    assert [found.label for found in workspace.buttons("U0ALICE")] == ["Extend", "Release"]


def test_a_click_replaces_the_card_that_was_clicked_in_its_place(workspace: Workspace, hands: Hands) -> None:
    hands.type(ALICE, "/gpu book", "C0GPUS")
    hands.type(ALICE, "/gpu echo hello", "C0GPUS")
    _, release = workspace.buttons("U0ALICE")
    outcome = hands.click(ALICE, release)
    assert (outcome.status, outcome.problem) == (200, "")
    assert texts(workspace, ALICE) == ["R1 is released", "echo hello"]


def test_a_form_is_opened_refused_with_errors_and_sent(workspace: Workspace, hands: Hands) -> None:
    hands.type(ALICE, "/gpu", "C0GPUS")
    opened = workspace.modal("U0ALICE")
    assert opened is not None
    assert hands.submit(ALICE, {"when": "someday"}).errors == {"when": "'someday' was not understood"}
    complained = workspace.modal("U0ALICE")
    assert complained is not None
    assert complained.errors == {"when": "'someday' was not understood"}
    assert hands.submit(ALICE, {"When": "tomorrow 9am", "count": "2", "pool": "3090"}).status == 200
    assert workspace.modal("U0ALICE") is None
    assert texts(workspace, ALICE) == ["2 × 3090 booked"]


def test_a_form_that_slacks_client_would_not_send_is_not_delivered(workspace: Workspace, hands: Hands) -> None:
    hands.type(ALICE, "/gpu", "C0GPUS")
    outcome = hands.submit(ALICE, {"count": "0"})
    assert outcome.status == 0
    assert outcome.errors == {
        "when": "Please complete this required field.",
        "count": "Please enter a number of at least 1.",
    }


def test_a_field_or_a_choice_that_the_form_does_not_have_is_refused(hands: Hands) -> None:
    with pytest.raises(InputError, match="no form is open"):
        hands.submit(ALICE, {})
    hands.type(ALICE, "/gpu", "C0GPUS")
    with pytest.raises(InputError, match="no field 'colour'"):
        hands.submit(ALICE, {"colour": "red"})
    with pytest.raises(InputError, match="no field 'value'"):
        hands.submit(ALICE, {"value": "the name of every field's element"})
    with pytest.raises(InputError, match="'h100' is not offered"):
        hands.submit(ALICE, {"when": "now", "pool": "h100"})


def test_a_bug_in_the_bot_is_shown_as_slack_shows_it(workspace: Workspace, hands: Hands) -> None:
    assert hands.type(ALICE, "/gpu fail", "C0GPUS").problem == "dispatch_failed"
    assert texts(workspace, ALICE) == ['/gpu failed with the error "dispatch_failed"']


def test_an_answer_after_three_seconds_is_lost(workspace: Workspace) -> None:
    ticks = iter([0.0, 3.1])
    hands = Hands(workspace, lambda body, headers: (200, "late"), stopwatch=lambda: next(ticks))
    hands.type(ALICE, "/gpu free", "C0GPUS")
    assert texts(workspace, ALICE) == ['/gpu failed with the error "operation_timeout"']


def test_an_acknowledgement_past_slacks_limits_is_not_shown(workspace: Workspace, hands: Hands) -> None:
    assert hands.type(ALICE, "/gpu too-long", "C0GPUS").problem == "invalid_blocks"
    assert texts(workspace, ALICE) == ['/gpu failed with the error "invalid_blocks"']
    assert workspace.violations


def test_a_forged_signature_is_refused_by_bolt(workspace: Workspace) -> None:
    deliver = small_bot(workspace)
    delivery, _ = payloads.command(workspace, workspace.url, ALICE, "/gpu free", "C0GPUS")
    assert deliver(delivery.body(), delivery.headers("a guess", workspace.clock()))[0] == 401


def test_a_menu_asks_the_bot_for_its_options(workspace: Workspace, client: WebClient, hands: Hands) -> None:
    menu = {"type": "external_select", "action_id": "node", "min_query_length": 0}
    label = {"type": "plain_text", "text": "Node"}
    view = {**form(), "blocks": [{"type": "input", "block_id": "node", "label": label, "element": menu}]}
    client.views_open(trigger_id=workspace.triggers.issue("U0ALICE", workspace.clock()), view=view)
    opened = workspace.modal("U0ALICE")
    assert opened is not None
    assert [option["value"] for option in hands.suggest(ALICE, opened, "node", "node", "a")] == ["atlas"]
    assert len(hands.suggest(ALICE, opened, "node", "node", "")) == 2


def test_the_home_tab_is_published_when_it_is_opened(workspace: Workspace, hands: Hands) -> None:
    assert workspace.home("U0ALICE") is None
    assert hands.open_home(ALICE).status == 200
    home = workspace.home("U0ALICE")
    assert home is not None
    assert home.content["blocks"][0]["text"]["text"] == "Your reservations"


def test_a_changed_profile_is_seen_at_once(workspace: Workspace, client: WebClient, hands: Hands) -> None:
    hands.change(Person("U0ALICE", "alice", "Asia/Tokyo"))
    assert client.users_info(user="U0ALICE")["user"]["tz"] == "Asia/Tokyo"
