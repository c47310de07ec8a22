"""The command line, as it is typed: what it prints where, and with which status it ends."""

import csv
import io
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError

import pytest
import structlog

from bot import clock
from bot.booking.observed import Process
from bot.check_fleet import fleet_notes
from bot.cli import main
from bot.config import load_lab, load_settings
from bot.manifest import SCOPES
from bot.sandbox.lab import PEOPLE
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.workspace import Workspace
from gpus import reading
from make import monday
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.readings import Readings

ROOT = Path(__file__).parents[2]
LAB = (ROOT / "lab.example.toml").read_text(encoding="utf-8")
VARIABLES = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "CRUNCHTIME_SLACK_API_URL")
EVERYONE = frozenset({"U0CRUNCH", *(person.id for person in PEOPLE)})
AROUND = {**os.environ, "PYTHONPATH": str(ROOT)}
HEAVY = {
    "alembic",
    "apscheduler",
    "dateparser",
    "matplotlib",
    "pydantic",
    "rich",
    "slack_bolt",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands set the log up for their whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Path:
    """An empty folder with a lab file, and an environment that names it and an upgraded database."""
    (tmp_path / "lab.toml").write_text(LAB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRUNCHTIME_LAB", "lab.toml")
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", sqlite_url)
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Types a command line."""

    def typed(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["crunchtime", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return typed


def test_help_lists_the_commands_and_loads_nothing_that_takes_long(place: Path) -> None:
    program = f"""
import sys
from bot.cli import main
sys.argv = ["crunchtime", "--help"]
try:
    main()
finally:
    print("loaded:", sorted({HEAVY!r} & sys.modules.keys()))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=AROUND, check=True)
    for command in ("serve", "try", "ask", "export", "check", "manifest", "db"):
        assert f"  {command} " in ran.stdout
    assert ran.stdout.endswith("loaded: []\n")


def test_the_version_is_said(run: Run) -> None:
    ran = run("--version")
    assert ran.status == 0
    assert ran.out.startswith("crunchtime 0.")


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("book 2 a100 tomorrow 9am for 8h", 0, "2 × A100 on atlas are yours"),
        ("free", 0, "8 of 8 GPUs free now"),
        ("mine", 0, "You have no reservations."),
        ("book 9 a100 tomorrow 9am for 8h", 1, "A100 has 4 GPUs that would do, not 9."),
        ("show R99", 1, "There is no R99."),
        ("approve R1", 1, "Only admins decide on requests."),
        ("bok 2 a100 now for 2h", 2, '"bok" is not a command.'),
        ("book 2 a100", 2, "When, and for how long?"),
        ("book 2 a100 tomorrow 9am for 200 years", 2, "200 years"),
    ],
)
def test_ask_answers_and_its_status_says_how_it_went(run: Run, line: str, status: int, words: str) -> None:
    ran = run("ask", line, "--as", "U0ALICE")
    assert ran.status == status, ran
    error = "is not a command" in words or "There is no" in words or "Only admins" in words or status == 2
    said, other = (ran.err, ran.out) if error else (ran.out, ran.err)
    assert words in said
    assert other == ""
    if error:
        assert said.startswith("crunchtime: ")
        assert said.count("\n") == 1


def test_below_a_refusal_stand_lines_that_can_be_asked_next(run: Run) -> None:
    run("ask", "book 2 a100 tomorrow 9am for 8h", "--as", "U0ALICE")
    refused = run("ask", "book 4 a100 tomorrow 9am for 8h", "--as", "U0CAROL")
    offers = [line.strip() for line in refused.out.splitlines() if line.startswith("  book ")]
    assert refused.status == 1
    assert offers
    assert run("ask", offers[0], "--as", "U0CAROL").status == 0


def test_ask_as_json_has_the_documented_shape(run: Run) -> None:
    granted = json.loads(run("ask", "book 2 a100 tomorrow 9am for 8h", "--as", "U0ALICE", "--json").out)
    assert list(granted) == ["decision", "reservations", "reasons", "offers", "text"]
    assert granted["decision"] == "granted"
    (one,) = granted["reservations"]
    assert (one["id"], one["member"], one["pool"], one["state"]) == ("R1", "U0ALICE", "a100", "booked")
    assert "2 × A100 on atlas are yours" in granted["text"]
    assert "<!date" not in granted["text"]
    ran = run("ask", "book 9 a100 tomorrow 9am for 8h", "--as", "U0ALICE", "--json")
    refused = json.loads(ran.out)
    assert (ran.status, refused["decision"]) == (1, "refused")
    assert [reason["code"] for reason in refused["reasons"]] == ["too_many_gpus"]
    for offer in refused["offers"]:
        assert offer["start"].endswith("Z")
        assert offer["line"].startswith("book ")
    ran = run("ask", "xyzzy", "--as", "U0ALICE", "--json")
    assert (ran.status, ran.err) == (2, "")
    assert json.loads(ran.out)["decision"] == "error"


def test_ask_knows_people_by_name_once_they_were_seen_and_nobody_else(run: Run) -> None:
    ran = run("ask", "mine", "--as", "alice")
    assert ran.status == 2
    assert ran.err == "crunchtime: --as: nobody called 'alice' has been seen yet; write a Slack id such as U0ALICE\n"


def test_export_prints_every_reservation_there_was_as_json_and_csv(run: Run, place: Path) -> None:
    run("ask", "book 2 a100 tomorrow 9am for 8h because =1+1", "--as", "U0ALICE")
    run("ask", "release R1", "--as", "U0ALICE")
    (place / "lab.toml").unlink()
    ran = run("export", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    (one,) = json.loads(ran.out)["reservations"]
    assert (one["id"], one["state"], one["gpus"]) == ("R1", "cancelled", ["atlas:0", "atlas:1"])
    assert run("export").out == ran.out
    (row,) = csv.DictReader(io.StringIO(run("export", "--format", "csv").out, newline=""))
    assert (row["id"], row["gpus"], row["reason"]) == ("R1", "atlas:0 atlas:1", "'=1+1")


def test_export_of_a_database_of_another_version_says_what_to_do(run: Run, place: Path) -> None:
    ran = run("export", "--database", f"sqlite:///{place / 'empty.db'}")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "crunchtime: The database is not at this version's schema; run: crunchtime db upgrade\n"


def test_a_backup_is_restored_into_a_new_database(run: Run, place: Path) -> None:
    assert run("ask", "book 1 a100 now for 2h", "--as", "U0ALICE").status == 0
    made = run("backup", "lab.backup")
    assert made.status == 0
    assert made.out.startswith("Backed up to lab.backup (rows: ")
    restored = run("restore", "lab.backup", "--database", "sqlite:///new.db")
    assert restored.status == 0
    assert (place / "new.db").exists()
    assert run("export", "--database", "sqlite:///new.db").out.count('"id": "R1"') == 1


def test_what_is_no_backup_is_refused_in_one_line(run: Run, place: Path) -> None:
    (place / "notes.txt").write_text("hello")
    ran = run("restore", "notes.txt", "--database", "sqlite:///new.db")
    assert ran.status == 2
    assert ran.err.startswith("crunchtime: notes.txt cannot be read as a backup")
    assert ran.err.count("\n") == 1


def test_a_sweep_s_table_is_imported_whole_or_not_at_all(run: Run, place: Path) -> None:
    header = "num_nodes,gpus_per_node,gpu_type,model,free_lunch,sharding,step_time,training_days\n"
    rows = "1,4,a100,pythia-1b,true,zero_1,30,49.65277\n1,4,a100,pythia-1b,true,,10.6,17.54\n1,1,a100,mine,true,,,\n"
    (place / "results.csv").write_text(header + rows)
    ran = run("import", "results.csv")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Imported 1 step time of 1 run. Estimates rest on it from now on.",
        "  pythia-1b on 4 a100: 30 s a step (free lunch, zero_1)",
        "  mine does not fit on 1 a100",
        "doubtful  line 3: pythia-1b on 4 a100 would be 96% of the peak: did its timer wait for the GPU?"
        " Estimates do not rest on it.",
    ]
    told = run("ask", "estimate pythia-1b on 4 a100", "--as", "U0ALICE").out
    assert "pythia-1b as measured here on these GPUs (free lunch, zero_1)" in told
    (place / "bad.csv").write_text(header + rows + "1,4,a100,mine,true,,-1,3\n1,4,b300,mine,true,,1,3\n")
    ran = run("import", "bad.csv")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        'crunchtime: line 5: step_time: "-1" is not a number from 1e-06 to 86,400',
        'crunchtime: line 6: gpu_type: the lab has no "b300"; its pools are a100, 3090',
        "crunchtime: Nothing was imported.",
    ]
    assert run("import", "nowhere.csv").err == "crunchtime: nowhere.csv cannot be read (No such file or directory).\n"


def test_a_preview_of_the_digest_is_printed_and_its_picture_written(run: Run, place: Path) -> None:
    run("ask", "book 2 a100 now for 8h", "--as", "U0ALICE")
    ran = run("digest", "--preview", "--out", str(place / "now.png"))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("In the lab's channel:\n  6 of 8 GPUs free now · A100: 2")
    assert "Today: 1 reservation, 1 running now." in ran.out
    assert "In its thread:\n  Today\n  R1 · U0ALICE · 2 × A100 on atlas" in ran.out
    assert "To the admins" not in ran.out
    assert "Its alt text:\n  Timeline of GPUs, " in ran.out
    assert (place / "now.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preview", "--out", "/nowhere/now.png"], "--out: /nowhere/now.png cannot be written"),
        ([], "to see it now: crunchtime digest --preview"),
    ],
)
def test_a_digest_that_cannot_be_shown_says_why(run: Run, arguments: list[str], words: str) -> None:
    ran = run("digest", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_a_months_report_is_said_and_written_as_pages_and_as_a_table(run: Run, place: Path) -> None:
    ran = run("report", "--out", str(place / "last.pdf"), "--out", str(place / "last.csv"))
    assert (ran.status, ran.err) == (0, "")
    assert "Nothing was reserved, asked for or used." in ran.out
    assert "arXiv 2410.23261" in ran.out
    assert (place / "last.pdf").read_bytes().startswith(b"%PDF-")
    assert (place / "last.csv").read_text().startswith("figure,of,unit,value,month_before")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["october", "--out", "october.doc"], 2, "ends neither in .pdf nor in .csv"),
        (["--out", "/nowhere/october.csv"], 2, "/nowhere/october.csv cannot be written"),
        (["brumaire"], 1, "is no month that I know"),
        (["2999-12"], 1, "has not begun"),
    ],
)
def test_a_report_that_cannot_be_had_says_why(run: Run, arguments: list[str], status: int, words: str) -> None:
    ran = run("report", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err


def test_db_upgrade_brings_an_empty_database_up_to_date_and_can_be_repeated(run: Run, place: Path) -> None:
    url = f"sqlite:///{place / 'empty.db'}"
    for _ in range(2):
        ran = run("db", "upgrade", "--database", url)
        assert (ran.status, ran.out) == (0, "The database is up to date, and refuses overlaps.\n")
    assert run("export", "--database", url).out == '{\n "reservations": []\n}\n'


def test_the_manifest_is_json(run: Run) -> None:
    made = json.loads(run("manifest", "--url", "https://gpus.example.org").out)
    assert made["features"]["slash_commands"][0]["url"] == "https://gpus.example.org/slack/events"
    assert json.loads(run("manifest", "--name", "GPU Bot").out)["settings"]["socket_mode_enabled"]
    assert run("manifest", "--url", "http://insecure.example").status == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", "free", "--as", "U0ALICE", "--lab", "nowhere.toml"), "nowhere.toml"),
        (("ask", "free", "--as", "U0ALICE", "--database", "mysql://x"), "CRUNCHTIME_DATABASE_URL: is not a database"),
        (("try", "--now", "soon"), "--now: 'soon' is not an instant"),
        (("try", "--lab", "nowhere.toml"), "nowhere.toml"),
        (("serve",), "SLACK_BOT_TOKEN: is missing"),
        (("manifest", "--name", "x" * 40), "40 characters"),
    ],
)
def test_what_cannot_be_used_is_told_in_lines_on_standard_error(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, ""), ran
    assert words in ran.err
    assert all(line.startswith("crunchtime: ") for line in ran.err.splitlines())
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [("frobnicate",), ("ask", "free"), ("export", "--format", "xml"), ("try", "--x")])
def test_wrong_usage_is_status_2_without_a_traceback(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert ran.err.strip()


def test_every_mistake_of_a_lab_file_is_told_at_once(run: Run, place: Path) -> None:
    (place / "lab.toml").write_text('[lab]\nname = 3\ncolour = "red"\n', encoding="utf-8")
    ran = run("ask", "free", "--as", "U0ALICE")
    assert ran.status == 2
    assert len(ran.err.splitlines()) >= 2
    assert all(line.startswith("crunchtime: ") for line in ran.err.splitlines())


@contextmanager
def slack(monkeypatch: pytest.MonkeyPatch, **different: object) -> Iterator[Workspace]:
    """A workspace with the lab's channels, which the environment names."""
    channels = [
        Channel("C0GPUS", "gpus", EVERYONE),
        Channel("C0ADMIN", "gpu-admins", frozenset({"U0ADA", "U0CRUNCH"}), private=True),
    ]
    changed: dict[str, object] = {"people": PEOPLE, "channels": channels, **different}
    with Workspace(clock=lambda: monday(8), **changed) as workspace:  # type: ignore[arg-type]
        monkeypatch.setenv("SLACK_BOT_TOKEN", workspace.token)
        monkeypatch.setenv("SLACK_SIGNING_SECRET", workspace.signing_secret)
        monkeypatch.setenv("CRUNCHTIME_SLACK_API_URL", workspace.api_url)
        yield workspace


def test_check_finds_everything_in_order(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with slack(monkeypatch):
        ran = run("check")
    assert (ran.status, ran.err) == (0, "")
    assert [line.split("  ")[0] for line in ran.out.splitlines()] == ["ok"] * 5
    for words in ("8 GPUs in 2 pools", "refuses overlaps", "@crunchtime", "channel: #gpus", "#gpu-admins"):
        assert words in ran.out


def test_check_names_every_problem_at_once_each_with_its_fix(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "lab.toml").write_text(LAB.replace('admins = ["U0ADA"]', "admins = []"), encoding="utf-8")
    without = tuple(scope for scope in SCOPES if scope != "pins:write")
    channels = [
        Channel("C0GPUS", "gpus", frozenset({"U0ALICE"})),
        Channel("C0ADMIN", "gpu-admins", EVERYONE, private=True, archived=True),
    ]
    with slack(monkeypatch, scopes=without, channels=channels):
        ran = run("check")
        problems = ran.err.splitlines()
    assert ran.status == 2
    assert all(line.startswith("problem  ") for line in problems)
    for words, fix in [
        ("no admin is named", "add admins"),
        ("lacks the scopes pins:write", "crunchtime manifest"),
        ("channel C0GPUS: the bot is not in it", "/invite @crunchtime"),
        ("admin_channel C0ADMIN: is archived", "name another one"),
    ]:
        assert any(words in line and fix in line for line in problems), words
    assert len(problems) == 4
    assert "refuses overlaps" in ran.out


def test_check_tries_the_token_for_the_socket_and_looks_for_the_admins(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = 'admins = ["U0ADA", "U0GONE", "U0CRUNCH", "U0NOBODY"]'
    (place / "lab.toml").write_text(LAB.replace('admins = ["U0ADA"]', some), encoding="utf-8")
    people = (*PEOPLE, Person("U0GONE", "gus", deleted=True))
    with slack(monkeypatch, people=people) as workspace:
        monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-other")
        problems = run("check").err.splitlines()
        monkeypatch.setenv("SLACK_APP_TOKEN", workspace.app_token)
        assert len(run("check").err.splitlines()) == len(problems) - 1
    for words, fix in [
        ("SLACK_APP_TOKEN: Slack refused it (invalid_auth)", "App-Level Tokens"),
        ("admins U0GONE: gus is gone", "name somebody else"),
        ("admins U0CRUNCH: crunchtime is a bot", "name somebody else"),
        ("admins U0NOBODY: Slack says user_not_found", "Copy member ID"),
    ]:
        assert any(words in line and fix in line for line in problems), words
    assert len(problems) == 4


def test_check_tells_of_a_slack_that_falls_silent_on_the_way(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> Iterator[str]:
        raise URLError(ConnectionResetError(104, "Connection reset by peer"))

    monkeypatch.setattr("bot.check.channel_problems", silent)
    with slack(monkeypatch):
        ran = run("check")
    assert "as @crunchtime" in ran.out
    assert ran.err.startswith("problem  Slack: cannot be reached at http://127.0.0.1")
    assert "(Connection reset by peer); " in ran.err


def test_check_says_which_scope_keeps_it_from_seeing_a_channel(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with slack(monkeypatch, scopes=[scope for scope in SCOPES if scope not in ("channels:read", "groups:read")]):
        problems = run("check").err.splitlines()
    assert "lacks the scopes channels:read, groups:read" in problems[0]
    assert "channel C0GPUS: Slack says missing_scope; reinstall the app with the scope channels:read" in problems[1]


def test_serve_names_what_is_wrong_with_the_lab_file_and_the_tokens_at_once(run: Run, place: Path) -> None:
    (place / "lab.toml").unlink()
    ran = run("serve")
    assert ran.status == 2
    assert [line.split()[1] for line in ran.err.splitlines()] == ["SLACK_BOT_TOKEN:", "SLACK_APP_TOKEN:", "lab.toml:"]


def test_check_with_nothing_set_up_names_all_that_is_missing(run: Run, place: Path) -> None:
    (place / "lab.toml").unlink()
    ran = run("check")
    assert ran.status == 2
    for words in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "lab.toml"):
        assert words in ran.err


def test_check_takes_a_database_that_is_not_made_yet_as_it_is_and_makes_none(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", f"sqlite:///{place / 'new.db'}")
    with slack(monkeypatch):
        ran = run("check")
    assert (ran.status, ran.err) == (0, "")
    assert "database: sqlite, made or brought up to date at the next start" in ran.out
    assert not (place / "new.db").exists()


def test_check_tells_a_token_that_slack_refuses_and_a_channel_that_is_not_there(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slack(monkeypatch, channels=[]) as workspace:
        unknown = run("check").err
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-other")
        other = run("check").err
        workspace.fail_next("auth.test", 500)
        monkeypatch.setenv("SLACK_BOT_TOKEN", workspace.token)
        down = run("check").err
    assert "channel C0GPUS: Slack says channel_not_found" in unknown
    assert "admin_channel C0ADMIN: Slack says channel_not_found" in unknown
    assert "SLACK_BOT_TOKEN: Slack refused it (invalid_auth)" in other
    assert "Traceback" not in down
    assert "Slack" in down
    # It is not served any more, and the environment still names it.
    assert "Slack: cannot be reached at http://127.0.0.1" in run("check").err


def test_try_reads_a_script_and_ends_with_its_input(place: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "try", "--now", "2026-11-02T08:00Z"],
        input="alice: /gpu book 2 a100 tomorrow 9am for 8h\nbob: /gpu who\nalice: advance 22h\n# the end\n",
        capture_output=True,
        text=True,
        env=AROUND,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "alice> /gpu book 2 a100 tomorrow 9am for 8h\n  2 × A100 on atlas are yours Tomorrow 09:00" in ran.stdout
    assert "bob> /gpu who" in ran.stdout
    assert "It is Tuesday 3 November 2026, 07:00 (Europe/Berlin)." in ran.stdout


def test_try_without_a_line_ends_at_once(run: Run) -> None:
    assert run("try") == Ran(0, "", "")


def test_try_takes_a_lab_a_database_and_a_clock(run: Run, place: Path) -> None:
    one_node = LAB.replace('"U0ADA"', '"U0BOSS"').replace('name = "atlas" ', 'name = "hydra" ')
    (place / "other.toml").write_text(one_node, encoding="utf-8")
    url = f"sqlite:///{place / 'kept.db'}"
    options = ("--lab", "other.toml", "--database", url, "--now", "2027-01-04T12:00+01:00")
    first = run("try", *options, stdin="alice: /gpu book 1 a100 now for 2h\nu0boss: /gpu free\n")
    assert "1 × A100 on hydra is yours Today 12:00–14:00" in first.out
    assert "u0boss> /gpu free" in first.out
    again = run("try", *options, stdin="alice: /gpu mine\n")
    assert "R1: 1 × A100 on hydra" in again.out


def test_ask_reaches_the_database_of_a_bot_that_runs_and_knows_its_people_by_name(run: Run, place: Path) -> None:
    url = f"sqlite:///{place / 'kept.db'}"
    run("try", "--lab", "lab.toml", "--database", url, stdin="alice: /gpu book 1 a100 tomorrow 9am for 2h\n")
    ran = run("ask", "mine", "--as", "@Alice", "--database", url)
    assert ran.status == 0
    assert "R1: 1 × A100 on atlas" in ran.out


def test_export_prints_what_was_seen_of_the_gpus_and_their_hours_by_reservation(run: Run, place: Path) -> None:
    run("ask", "book 1 a100 now for 2h", "--as", "U0ALICE")
    ledger = Ledger(open_engine(os.environ["CRUNCHTIME_DATABASE_URL"]))
    now = clock.now()
    Readings(ledger).write([reading("atlas:0", utilisation=80, processes=(Process(7, "alice", "=cmd"),))], [], now)
    ledger.close()
    (seen,) = json.loads(run("export", "--what", "readings").out)["readings"]
    assert (seen["gpu"], seen["utilisation"], seen["processes"][0]["login"]) == ("atlas:0", 80, "alice")
    assert seen["at"] == f"{now:%Y-%m-%dT%H:%M:00Z}"
    (row,) = csv.DictReader(io.StringIO(run("export", "--what", "readings", "--format", "csv").out, newline=""))
    assert row["processes"] == "alice:=cmd"
    (hour,) = json.loads(run("export", "--what", "usage").out)["usage"]
    assert (hour["reservation"], hour["used_hours"], hour["idle_hours"]) == ("R1", 0.0167, 0.0)
    (row,) = csv.DictReader(io.StringIO(run("export", "--what", "usage", "--format", "csv").out, newline=""))
    assert (row["gpu"], row["reservation"], row["reserved_hours"]) == ("atlas:0", "R1", "0.0167")


def test_ask_and_a_preview_show_what_the_bot_has_seen_of_the_gpus(run: Run, place: Path) -> None:
    run("ask", "book atlas:0 now for 2h", "--as", "U0ALICE")
    assert "no reading" not in run("ask", "who", "--as", "U0ALICE").out, "nobody looks"
    watched = LAB.replace('# agent = "local" ', 'agent = "local" ')
    (place / "lab.toml").write_text(watched, encoding="utf-8")
    assert "atlas A100 · no reading yet" in run("ask", "who", "--as", "U0ALICE").out
    ledger = Ledger(open_engine(os.environ["CRUNCHTIME_DATABASE_URL"]))
    now = clock.now()
    busy = {"utilisation": 90, "processes": (Process(7, "bob", "python"),)}
    for minute in range(40):
        at = now - timedelta(minutes=minute)
        Readings(ledger).write([reading("atlas:0"), reading("atlas:1", **busy)], [], at)
    ledger.close()
    told = run("ask", "free", "--as", "U0ALICE").out
    assert "In use, not booked: atlas:1" in told
    assert "No reading yet: atlas:2,3" in told
    assert "atlas:1" in run("digest", "--preview", "--out", str(place / "now.png")).out


def test_check_asks_the_agents_and_says_why_one_does_not_answer(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    watched = LAB.replace('# agent = "local" ', f'agent = "http://127.0.0.1:{port}" ')
    (place / "lab.toml").write_text(watched, encoding="utf-8")
    with slack(monkeypatch):
        without = run("check")
        monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", "0123456789abcdef")
        silent = run("check")
    assert "CRUNCHTIME_AGENT_TOKEN: is missing" in without.err
    assert without.status == silent.status == 2
    (problem,) = silent.err.splitlines()
    assert problem.startswith(f"problem  atlas: no readings from http://127.0.0.1:{port} (ConnectError")
    assert "is `crunchtime agent` running there?" in problem


NOTES = {
    "http://10.255.255.1:9845": [
        "CRUNCHTIME_BIND: 127.0.0.1:3000 is this host only. For `crunchtime run` and `env` the agents of atlas must",
        "atlas: the token and the readings go over the network as they are; give `crunchtime agent` --cert and --key",
    ],
    "https://10.255.255.1:9845": ["CRUNCHTIME_BIND: 127.0.0.1:3000 is this host only."],
    "http://127.0.0.1:9": [],
    "local": ['atlas: with agent = "local" there is no socket for `crunchtime run` and `env` on it'],
}


@pytest.mark.parametrize("agent", NOTES)
def test_check_notes_a_set_up_in_which_jobs_on_a_node_do_not_reach_the_bot(
    place: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    (place / "lab.toml").write_text(LAB.replace('# agent = "local" ', f'agent = "{agent}" '), encoding="utf-8")
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", "0123456789abcdef")
    lab = load_lab(place / "lab.toml")
    found = list(fleet_notes(lab, load_settings()))
    assert len(found) == len(NOTES[agent]), found
    assert all(one.startswith(words) for one, words in zip(found, NOTES[agent], strict=True)), found
    monkeypatch.setenv("CRUNCHTIME_BIND", "0.0.0.0:3000")
    monkeypatch.setenv("CRUNCHTIME_BOT_URL", "http://127.0.0.1:3000")
    found = list(fleet_notes(lab, load_settings()))
    assert not any("CRUNCHTIME_BIND" in one for one in found)
    their_own = [one for one in found if one.startswith("CRUNCHTIME_BOT_URL: http://127.0.0.1:3000 means each agent's")]
    assert len(their_own) == agent.count("10.255")


def test_check_says_that_no_agent_takes_such_a_token_and_prints_notes_as_no_problems(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "lab.toml").write_text(
        LAB.replace('# agent = "local" ', 'agent = "http://127.0.0.1:9" '), encoding="utf-8"
    )
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", "too-short")
    monkeypatch.setattr("bot.check.fleet_notes", lambda *_: ["atlas: perhaps"])
    with slack(monkeypatch):
        ran = run("check")
    assert "CRUNCHTIME_AGENT_TOKEN: no agent starts with it" in ran.err
    assert "note     atlas: perhaps" in ran.out


@pytest.mark.parametrize(
    "arguments", [("serve",), ("ask", "free", "--as", "U0ALICE"), ("export",), ("db", "upgrade")], ids=" ".join
)
def test_a_database_of_a_newer_version_is_refused_in_one_line(
    run: Run, place: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{place / 'newer.db'}"
    run("db", "upgrade", "--database", url)
    with open_engine(url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", url)
    with Workspace(PEOPLE, [Channel("C0GPUS", "gpus", EVERYONE)], clock.now) as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.token)
        monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
        monkeypatch.setenv("CRUNCHTIME_SLACK_API_URL", slack.api_url)
        ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("crunchtime: The database is at revision 9999, which this Crunchtime does not know")
    assert ran.err.count("\n") == 1


def test_a_database_that_has_lost_its_guard_is_not_served(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{place / 'unguarded.db'}"
    run("db", "upgrade", "--database", url)
    with open_engine(url).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER allocation_overlap_insert")
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", url)
    ran = run("ask", "free", "--as", "U0ALICE")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("crunchtime: The database accepts a second holder of a GPU.")
