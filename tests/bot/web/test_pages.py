"""What the gate lets in and what leaves it, by raw ASGI: no server, no client that would tidy a hostile header."""

import asyncio
import hashlib
import hmac
import json
import random
import threading
from datetime import timedelta

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from structlog.testing import capture_logs

from bot.web import Answer, asgi, bolt
from make import monday

SECRET = "shhh-this-is-a-secret"
NOW = monday(9)


def signed(body: bytes, at=NOW, secret=SECRET):
    """The headers that Slack would send with `body`."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"x-slack-request-timestamp", timestamp.encode()),
        (b"x-slack-signature", f"v0={digest}".encode()),
    ]


async def deliver(app, body=b"", headers=(), *, path="/slack/events", method="POST", chunk=65_536):
    """One request, its body in chunks -> status, body."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 3000),
    }
    chunks = [body[start : start + chunk] for start in range(0, len(body), chunk)] or [b""]
    waiting = [
        {"type": "http.request", "body": part, "more_body": number < len(chunks)}
        for number, part in enumerate(chunks, 1)
    ]
    sent = []

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


class Slackless:
    """Counts what comes through the gate, and answers with the number."""

    def __init__(self, status=200):
        self.seen = []
        self.status = status
        self.lock = threading.Lock()

    def __call__(self, body, headers):
        with self.lock:
            self.seen.append((body, dict(headers)))
            return Answer(self.status, str(len(self.seen)))


def make_app(handle, *, ready=lambda: None, now=NOW):
    return asgi(handle=handle, signing_secret=SECRET, ready=ready, clock=lambda: now)


def test_what_slack_signed_is_handed_on_with_slacks_headers_only():
    handle = Slackless()
    headers = [*signed(b"text=free"), (b"x-slack-bolt-lazy-only", b"1"), (b"x-slack-retry-num", b"1")]
    assert asyncio.run(deliver(make_app(handle), b"text=free", headers)) == (200, b"1")
    ((body, passed),) = handle.seen
    assert body == "text=free"
    assert set(passed) == {"content-type", "x-slack-request-timestamp", "x-slack-signature", "x-slack-retry-num"}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        signed(b"text=free", secret="another"),
        signed(b"text=mine"),
        signed(b"text=free", NOW - timedelta(seconds=301)),
        signed(b"text=free", NOW + timedelta(seconds=301)),
        signed(b"text=free") + signed(b"text=free"),
        [(name, value.upper()) for name, value in signed(b"text=free")],
        [(name, value + b"\n") for name, value in signed(b"text=free")],
        [(b"x-slack-request-timestamp", "١".encode() * 10), (b"x-slack-signature", b"v0=" + b"0" * 64)],
        [(b"x-slack-request-timestamp", b"-100000000"), (b"x-slack-signature", b"v0=" + b"0" * 64)],
    ],
    ids=["none", "secret", "body", "old", "early", "twice", "upper", "newline", "arabic", "negative"],
)
def test_what_slack_did_not_sign_is_a_401_and_is_logged_without_its_body(headers):
    handle = Slackless()
    with capture_logs() as entries:
        assert asyncio.run(deliver(make_app(handle), b"text=free", headers))[0] == 401
    assert handle.seen == []
    assert [entry["event"] for entry in entries] == ["a delivery was refused"]
    assert "text=free" not in repr(entries)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_timestamp_five_minutes_off_is_still_taken(seconds):
    headers = signed(b"", NOW + timedelta(seconds=seconds))
    assert asyncio.run(deliver(make_app(Slackless()), b"", headers))[0] == 200


def test_a_body_of_one_mebibyte_is_taken_and_one_byte_more_is_not():
    handle = Slackless()
    app = make_app(handle)
    largest = b"x" * 2**20
    assert asyncio.run(deliver(app, largest, signed(largest)))[0] == 200
    assert asyncio.run(deliver(app, largest + b"x", signed(largest + b"x")))[0] == 413
    assert asyncio.run(deliver(app, b"", [*signed(b""), (b"content-length", b"9" * 400)]))[0] == 413
    assert len(handle.seen) == 1


def test_a_body_that_is_not_utf8_or_never_ends_is_a_400():
    app = make_app(Slackless())
    assert asyncio.run(deliver(app, b"\xff", signed(b"\xff")))[0] == 400

    async def hang_up():
        sent = []

        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": signed(b""), "query_string": b""}
        await app(scope, receive, send)
        return sent[0]["status"]

    assert asyncio.run(hang_up()) == 400


def test_the_same_delivery_again_has_one_effect_and_the_same_answer():
    handle = Slackless()
    app = make_app(handle)
    headers = signed(b"text=free")

    async def three_times():
        return [await deliver(app, b"text=free", headers) for _ in range(3)]

    assert asyncio.run(three_times()) == [(200, b"1")] * 3
    assert len(handle.seen) == 1


def test_a_twin_that_comes_while_the_first_is_worked_on_waits_for_its_answer():
    entered, leave = threading.Event(), threading.Event()
    calls = []

    def slow(body, headers):
        calls.append(body)
        entered.set()
        assert leave.wait(5)
        return Answer(200, "done")

    async def twins():
        app = make_app(slow)
        headers = signed(b"text=free")
        first = asyncio.create_task(deliver(app, b"text=free", headers))
        await asyncio.to_thread(entered.wait, 5)
        others = [asyncio.create_task(deliver(app, b"text=free", headers)) for _ in range(8)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in [first, *others])
        leave.set()
        return await asyncio.gather(first, *others)

    assert asyncio.run(twins()) == [(200, b"done")] * 9
    assert calls == ["text=free"]


@pytest.mark.parametrize(("status", "leaves"), [(200, 200), (400, 400), (401, 401), (404, 404), (302, 200), (500, 200)])
def test_only_statuses_that_slack_can_use_leave(status, leaves):
    assert asyncio.run(deliver(make_app(Slackless(status)), b"", signed(b"")))[0] == leaves


def test_a_crash_is_logged_and_answered_in_words_with_its_reference():
    def crash(body, headers):
        raise RuntimeError("the bug")

    with capture_logs() as entries:
        status, body = asyncio.run(deliver(make_app(crash), b"", signed(b"")))
    answer = json.loads(body)
    assert (status, answer["response_type"]) == (200, "ephemeral")
    (entry,) = entries
    assert len(entry["reference"]) == 8
    assert f"({entry['reference']})" in answer["text"]


def test_500_hostile_deliveries_leave_with_nothing_but_the_five_statuses():
    generator = random.Random(20261102)
    handle = Slackless()
    app = make_app(handle)

    def noise(most):
        return generator.randbytes(generator.randrange(most))

    def headers(body):
        made = dict(signed(body, NOW + timedelta(seconds=generator.choice([0, 0, -301, 10**9]))))
        name = generator.choice(list(made))
        twist = generator.randrange(6)
        if twist == 0:
            del made[name]
        elif twist == 1:
            made[name] = noise(200)
        elif twist == 2:
            made[name] += noise(3)
        elif twist == 3:
            made[b"content-length"] = generator.choice([b"-1", b"1e9", b"", b"\xb2", noise(20), b"9" * 5000])
        rows = list(made.items()) + [(noise(20) or b"x", noise(50)) for _ in range(generator.randrange(4))]
        generator.shuffle(rows)
        return rows

    async def all_of_them():
        statuses = []
        for _ in range(500):
            body = generator.choice([b"payload={", b"{}", noise(300), b"\x00" * 10, b"text=\xff"])
            statuses.append((await deliver(app, body, headers(body), chunk=generator.choice([1, 7, 65_536])))[0])
        return statuses

    statuses = asyncio.run(all_of_them())
    assert set(statuses) <= {200, 400, 401, 404, 413}
    assert {200, 401} <= set(statuses)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/slack/events"),
        ("PUT", "/slack/events"),
        ("POST", "/healthz"),
        ("GET", "/"),
        ("POST", "/slack/events/"),
    ],
)
def test_other_paths_and_methods_are_not_found(method, path):
    assert asyncio.run(deliver(make_app(Slackless()), path=path, method=method))[0] == 404


def test_in_socket_mode_there_is_no_door_for_deliveries_and_without_a_secret_no_application():
    app = asgi(handle=None, signing_secret="", ready=lambda: None, clock=lambda: NOW)
    assert asyncio.run(deliver(app, b"", signed(b"")))[0] == 404
    assert asyncio.run(deliver(app, path="/healthz", method="GET")) == (200, b"alive")
    with pytest.raises(ValueError, match="without a signing secret"):
        asgi(handle=Slackless(), signing_secret="", ready=lambda: None, clock=lambda: NOW)


def test_readiness_gives_its_reason_and_a_crash_of_it_is_not_ready():
    def crash():
        raise RuntimeError("the bug")

    async def ask(ready):
        return await deliver(make_app(None, ready=ready), path="/readyz", method="GET")

    assert asyncio.run(ask(lambda: None)) == (200, b"ready")
    assert asyncio.run(ask(lambda: "the database does not answer")) == (503, b"the database does not answer")
    assert asyncio.run(ask(crash)) == (503, b"readiness could not be told; see the log")


def make_bolt(heard):
    app = App(
        signing_secret=SECRET,
        request_verification_enabled=False,  # the gate has done it, by the clock it was handed
        token_verification_enabled=False,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T0LAB", bot_token="xoxb-1"),
    )

    @app.command("/gpu")
    def gpu(ack, command):
        heard.append(command["text"])
        if command["text"] == "crash":
            raise RuntimeError("the bug")
        ack(f"you said {command['text']}")

    return app


def test_a_command_goes_through_the_real_bolt_and_its_ack_comes_back():
    app = make_app(bolt(make_bolt([])))

    async def say(body):
        return await deliver(app, body, signed(body))

    assert asyncio.run(say(b"command=%2Fgpu&text=free&user_id=U0ALICE&team_id=T0LAB&trigger_id=1.2.3")) == (
        200,
        b"you said free",
    )
    assert asyncio.run(say(b"command=%2Fother&text=free&team_id=T0LAB&trigger_id=1.2.3"))[0] == 404
    status, body = asyncio.run(say(b"command=%2Fgpu&text=crash&user_id=U0ALICE&team_id=T0LAB&trigger_id=1.2.3"))
    assert status == 200
    assert "Something went wrong here" in json.loads(body)["text"]
    assert asyncio.run(say(b"payload=%7B"))[0] == 400


def test_bolt_alone_hears_a_replay_twice_and_behind_the_gate_once():
    body = b"command=%2Fgpu&text=free&user_id=U0ALICE&team_id=T0LAB&trigger_id=1.2.3"
    alone, behind = [], []
    handle = bolt(make_bolt(alone))
    headers = {name.decode(): value.decode() for name, value in signed(body)}
    app = make_app(bolt(make_bolt(behind)))

    async def twice():
        for _ in range(2):
            handle(body.decode(), headers)
            await deliver(app, body, signed(body))

    asyncio.run(twice())
    assert (alone, behind) == (["free", "free"], ["free"])
