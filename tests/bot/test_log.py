"""The log: one line per entry, UTC, and no secret in it wherever it comes from."""

import io
import json
import logging
import random

import pytest
import structlog

from bot.log import mask, set_up


@pytest.fixture(autouse=True)
def as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(params=["console", "json"])
def form(request):
    return request.param


@pytest.fixture
def logged(form):
    """The lines written so far, from the level debug up."""
    stream = io.StringIO()
    set_up("debug", form, secrets=["32-hex-signing", 'pass"word'], to=stream)
    return lambda: stream.getvalue().splitlines()


SECRETS = [
    "xoxb-12345-67890-AbCdEf",
    "xoxe.xoxp-1-Mi0yLTEyMzQ1",
    "xapp-1-A0B1C2-123-abcdef",
    "https://hooks.slack.com/services/T0/B0/hunter2",
    r"https:\/\/hooks.slack.com\/actions\/T0\/1\/hunter2",
    "https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0%2F1%2Fhunter2&x=1",
    "v0=" + "5f" * 32,
    "Bearer hunter2.hunter2",
    "Authorization: bearer hunter2",
    "postgresql+psycopg://bot:hunter2@db:5432/crunchtime",
    "postgresql://bot:hun@ter/2hunter2@db/crunchtime",
    "https://user:hunter2@example.org/x",
    "token=hunter2&team_id=T0",
    "wss://wss-primary.slack.com/link/?ticket=hunter2",
    "password=hunter2",
    "32-hex-signing",
    'pass"word',
]
BARE = ["hunter2", "67890", "Mi0y", "abcdef", "5f5f5f", "32-hex", "word"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_in_messages_values_arguments_and_tracebacks(logged, secret):
    log = structlog.get_logger("bot.web")
    log.info(f"before {secret} after", nested={"list": [secret]}, plain=secret)
    library = logging.getLogger("some.library")
    library.debug("body: %s", secret)
    library.debug("%r", {"headers": {"x": secret}})
    try:
        raise ValueError(secret)
    except ValueError:
        library.exception("a library failed")
        log.exception("we failed")
    lines = logged()
    assert len(lines) == 5
    assert "before " in lines[0]
    for line in lines:
        assert "***" in line
        assert not [bare for bare in BARE if bare in line.replace("password", "")]
    assert all("Traceback" in line and "ValueError" in line for line in lines[3:])


def test_what_is_no_secret_stays(logged, form):
    plain = "R12 atlas:0 <@U0ALICE> 2 × A100 https://example.org:8080/a@b v0 bear xoxo"
    logging.getLogger("bot").info(plain)
    (line,) = logged()
    assert (json.loads(line)["event"] if form == "json" else line).endswith(plain)


def test_json_stays_json_whatever_is_masked():
    generator = random.Random(7)
    pieces = [*SECRETS, '"', "\\", "\n", " ", "é", "{", "}", "@", "://", "&", "\u2028"]
    stream = io.StringIO()
    set_up("info", "json", to=stream)
    for _ in range(300):
        logging.getLogger("bot").info("".join(generator.choices(pieces, k=8)))
    lines = stream.getvalue().split("\n")
    assert len(lines) == 301
    assert all(json.loads(line)["level"] == "info" for line in lines[:-1])


def test_an_entry_is_one_line_in_utc_with_level_logger_and_the_values_bound_to_the_request(logged, form):
    with structlog.contextvars.bound_contextvars(request="1a2b3c4d"):
        structlog.get_logger("bot.desk").warning("two\nlines\r\x1b[31m\u202e", reservation="R12")
    (line,) = logged()
    if form == "json":
        entry = json.loads(line)
        assert entry["timestamp"].endswith("Z")
        assert (entry["level"], entry["logger"], entry["request"]) == ("warning", "bot.desk", "1a2b3c4d")
    else:
        head, _, rest = line.partition("Z ")
        assert head.startswith("20")
        assert rest == "warning bot.desk: two\\nlines\\r\\x1b[31m\\x202e  reservation='R12'  request='1a2b3c4d'"


def test_entries_below_the_level_are_left_out():
    stream = io.StringIO()
    set_up("warning", to=stream)
    structlog.get_logger("bot").info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    structlog.get_logger("bot").warning("loud")
    assert [line.partition(": ")[2] for line in stream.getvalue().splitlines()] == ["loud"]


def test_an_entry_that_cannot_be_formatted_shows_nothing_of_its_arguments(capsys):
    stream = io.StringIO()
    set_up("info", to=stream)  # here and not in a fixture: pytest's own handler, which would raise, is gone now
    logging.getLogger("library").error("%d", "hunter2")
    assert stream.getvalue() == "an entry of library could not be logged\n"
    assert "hunter2" not in "".join(capsys.readouterr())


def test_masking_twice_changes_nothing_more():
    once = mask(" ".join(SECRETS))
    assert mask(once) == once
