"""The composition root: whether the bot says that it is ready, and why not; what keeps it from starting."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from sqlalchemy import text

from bot.app import open_desk, serve, where_not
from bot.config import Settings, load_settings
from bot.errors import ConfigError
from bot.introducing import app_token_problem, introduced
from bot.jobs import Ticks
from bot.ready import OLDEST_NOTICE, readiness
from bot.sandbox.workspace import Workspace
from make import lab, monday
from worlds import Play, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


def reason(play: Play, ticks: Ticks | None = None) -> str | None:
    return readiness(play.bot.desk, play.bot.outbox, ticks or Ticks(), play.world.clock)()


def test_a_bot_whose_notices_go_out_is_ready(play: Play) -> None:
    play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    assert reason(play) is None
    play.world.settle()
    play.world.clock.move(timedelta(days=1))
    assert reason(play) is None


def test_a_notice_that_waits_too_long_is_a_reason(play: Play) -> None:
    play.type("alice", "/gpu book 1 a100 tomorrow 9am for 2h")
    play.world.clock.move(OLDEST_NOTICE + timedelta(seconds=1))
    assert reason(play) == "a notice has waited since 2026-11-02T08:00+00:00"
    play.world.settle()
    assert reason(play) is None


def test_a_job_that_does_not_come_through_is_a_reason(play: Play) -> None:
    ticks = Ticks()
    ticks.last["deliver"] = play.world.clock() - timedelta(minutes=2)
    assert reason(play, ticks) == "the job deliver does not come through"


def test_another_schema_is_a_reason(play: Play) -> None:
    with play.bot.desk.ledger.exclusively() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert reason(play) == "the database is not at this version's schema"


def test_a_database_that_does_not_answer_is_a_reason(play: Play) -> None:
    with play.bot.desk.ledger.exclusively() as connection:
        connection.execute(text("DROP TABLE notice"))
    found = reason(play)
    assert found is not None
    assert found.startswith("the database does not answer (")


def test_a_desk_is_opened_on_an_empty_database_and_again(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for _ in range(2):
        desk = open_desk(url, lab())
        assert len(desk.board(monday(8)).gpus) == 8
        desk.ledger.close()


def test_the_token_says_who_the_bot_is(play: Play) -> None:
    team = introduced(play.client)
    assert (team.id, team.bot_user) == ("T0LAB", "U0CRUNCH")


def test_a_refused_token_and_a_silent_slack_keep_it_from_starting(play: Play) -> None:
    with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN: Slack refused it \\(invalid_auth\\)"):
        introduced(WebClient(token="xoxb-other", base_url=play.workspace.api_url))
    with Workspace([], [], play.world.clock) as gone:
        url = gone.api_url
    with pytest.raises(ConfigError, match=r"Slack: cannot be reached at http://127.*Connection refused.*HTTPS_PROXY"):
        introduced(WebClient(token="xoxb-other", base_url=url, timeout=1, retry_handlers=[]))


def test_a_slack_with_trouble_of_its_own_is_not_blamed_on_the_token(play: Play) -> None:
    client = WebClient(token=play.workspace.token, base_url=play.workspace.api_url, retry_handlers=[])
    play.workspace.fail_next("auth.test", 503, "service_unavailable")
    with pytest.raises(ConfigError, match=r"^Slack: has trouble of its own .service_unavailable.; try again"):
        introduced(client)
    play.workspace.fail_next("apps.connections.open", 200, "internal_error")
    assert "trouble of its own" in str(app_token_problem(client, play.workspace.app_token))


def test_a_token_of_the_app_that_opens_no_socket_is_told_before_anything_starts(play: Play, tmp_path) -> None:
    client = WebClient(token=play.workspace.token, base_url=play.workspace.api_url, retry_handlers=[])
    assert app_token_problem(client, play.workspace.app_token) is None
    play.workspace.fail_next("apps.connections.open", error="missing_scope")
    assert "connections:write" in str(app_token_problem(client, play.workspace.app_token))
    settings = Settings(
        SLACK_BOT_TOKEN=play.workspace.token,
        SLACK_APP_TOKEN="xapp-other",
        CRUNCHTIME_SLACK_API_URL=play.workspace.api_url,
        CRUNCHTIME_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}",
    )
    with pytest.raises(ConfigError, match=r"SLACK_APP_TOKEN: Slack refused it .invalid_auth.; copy it"):
        serve(settings, lab(), lambda: monday(8))
    assert not (tmp_path / "none.db").exists()


def test_a_channel_without_the_bot_is_told_at_the_start(play: Play) -> None:
    team, there = introduced(play.client), replace(lab(), channel="C0GPUS", admin_channel="C0ADMIN")
    assert where_not(play.client, there, team) == []
    (problem,) = where_not(play.client, replace(there, channel="C0OTHER"), team)
    assert problem.startswith("channel C0OTHER: Slack says channel_not_found; ")
    assert "/invite @crunchtime" in problem


def test_a_slack_that_falls_silent_at_the_start_is_not_asked_where_the_bot_is(play: Play) -> None:
    with Workspace([], [], play.world.clock) as gone:
        silent = WebClient(token=gone.token, base_url=gone.api_url, timeout=1, retry_handlers=[])
    assert where_not(silent, replace(lab(), channel="C0GPUS"), introduced(play.client)) == []


def test_without_tokens_serve_says_all_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError) as caught:
        serve(load_settings(None), lab(), lambda: monday(8))
    assert [line.partition(":")[0] for line in caught.value.mistakes] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]
