"""The chat: scripts in, plain text out; and the prompt of a terminal."""

import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.errors import InputError
from bot.sandbox.chat import Chat
from bot.sandbox.script import Advance, Click, Line, Submit, TypeCommand, read_line
from bot.sandbox.terminal import converse, prompted, scripted
from sandbox.small_bot import SmallWorld, card


def transcript(world: SmallWorld, script: str) -> str:
    written: list[str] = []
    scripted(world, script.splitlines(), written.append)
    return "\n".join(written)


def test_a_script_reads_as_a_conversation(world: SmallWorld) -> None:
    said = transcript(
        world,
        """
        # alice books, bob is told
        alice: /gpu book 2 a100
        alice: click 1            # the first button of the card
        bob: /gpu tell
        bob: click 1
        """,
    )
    assert said == (
        "alice> /gpu book 2 a100\n"
        "  2 × A100 on atlas are yours\n"
        "  [1 Extend] [2 Release]\n"
        "\n"
        "alice> click 1\n"
        "  R1 now ends at 19:00\n"
        "  [1 Undo]\n"
        "\n"
        "bob> /gpu tell\n"
        "  Asked.\n"
        "  → @bob (DM):\n"
        "      @alice asks for 2\n"
        "      [1 Accept]\n"
        "  → #gpus: asked\n"
        "\n"
        "bob> click 1\n"
        "  That did not work (dispatch_failed)."
    )


def test_a_form_is_filled_in_line_by_line(world: SmallWorld) -> None:
    said = transcript(
        world,
        """
        alice: /gpu
        alice: submit when=someday
        alice: submit when="tomorrow 9am" count=2 pool=3090
        """,
    )
    assert said == (
        "alice> /gpu\n"
        "  Form: Book GPUs\n"
        "    When =\n"
        "    Count = 1\n"
        "    Pool (optional) = A100  (A100 | 3090)\n"
        '  [Book: submit NAME="VALUE" ...]\n'
        "\n"
        "alice> submit when=someday\n"
        "  ! When: 'someday' was not understood\n"
        "\n"
        'alice> submit when="tomorrow 9am" count=2 pool=3090\n'
        "  → @alice (DM): 2 × 3090 booked"
    )


def test_what_becomes_due_is_seen_at_once(world: SmallWorld) -> None:
    def board(text: str) -> None:
        world.workspace.post("C0GPUS", {"text": text})

    def edit() -> None:
        (message,) = world.workspace.visible("U0BOB")
        world.workspace.timeline.change(message, "board: 2 free", ())
        world.workspace.post("C0GPUS", {"text": "R1 began"}, thread=message.ts)
        world.workspace.post("C0ADMIN", card("an outage?", "Confirm"))
        world.workspace.post("C0GPUS", {"text": "psst"}, only_for="U0BOB")

    board("board")
    world.due.append(edit)
    assert transcript(world, "ada: advance 2h") == (
        "ada> advance 2h\n"
        "  It is Monday 2 November 2026, 11:00 (Europe/Berlin).\n"
        "  → #gpus (updated): board: 2 free\n"
        "  → #gpus (thread): R1 began\n"
        "  → #gpu-admins:\n"
        "      an outage?\n"
        "      [1 Confirm]\n"
        "  → @bob (only visible to them): psst"
    )


def test_what_was_left_out_of_a_changed_message_is_marked_once(world: SmallWorld) -> None:
    texts = ("A100: 4 …", "A100: 4")

    def edit() -> None:
        for message, text in zip(world.workspace.visible("U0BOB"), texts, strict=True):
            world.workspace.timeline.change(message, text, tuple(card(text, "Book")["blocks"]))

    for _ in texts:
        world.workspace.post("C0GPUS", {"text": "board"})
    world.due.append(edit)
    said = transcript(world, "ada: advance 2h")
    assert said.splitlines()[2:] == ["  → #gpus (updated): A100: 4 …"] * 2


def test_each_person_reads_times_in_their_own_zone(world: SmallWorld) -> None:
    stamp = int(world.workspace.clock().timestamp())
    world.workspace.direct("U0BOB")
    said = transcript(
        world,
        """
        bob: /gpu echo x
        """,
    )
    assert "echo x" in said
    world.due.append(lambda: world.workspace.post("D0BOB", {"text": f"at <!date^{stamp}^{{time}}|x>"}))
    assert "→ @bob (DM): at 00:00" in transcript(world, "alice: /gpu echo y")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("eve: /gpu free", "Nobody here is called 'eve'. Here are: ada, alice, bob, carol."),
        ("crunchtime: /gpu free", "Nobody here is called 'crunchtime'."),
        ("alice: dance", "'dance' is nothing that can be done here."),
        ("alice: /", "'/' is nothing that can be done here."),
        ("alice:", "'' is nothing that can be done here."),
        ("/gpu free", "Begin with who speaks. For example: alice: /gpu"),
        ("alice: click", "Click needs the number of a button. For example: click 1"),
        ("alice: click 0", "Click needs the number of a button."),
        ("alice: click 1", "There is no button to click."),
        ("alice: submit when=now", "No form is open for you. For example: /gpu"),
        ('alice: submit when="now', "A quotation mark is left open."),
        ("alice: submit now", "'now' is no NAME=VALUE."),
        ("alice: advance", "Advance needs a length of time. For example: advance 2h"),
        ("alice: advance 40 days", "The clock can be moved by up to 31 days at a time."),
        ("alice: advance soon", "soon"),
    ],
)
def test_a_line_that_cannot_be_done_is_answered_with_help(world: SmallWorld, line: str, words: str) -> None:
    said = transcript(world, line)
    assert words in said
    assert said.startswith((f"> {line}", "alice> "))


def test_a_click_past_the_last_button_says_how_many_there_are(world: SmallWorld) -> None:
    said = transcript(world, "alice: /gpu book\nalice: click 3")
    assert "There are 2 buttons. For example: click 1" in said


def test_an_unknown_field_lists_those_that_there_are(world: SmallWorld) -> None:
    said = transcript(world, "alice: /gpu\nalice: submit colour=red")
    assert "This form has no field 'colour'. Its fields: when, count, pool." in said


def test_a_bug_in_the_bot_is_told_as_slack_tells_it(world: SmallWorld) -> None:
    world.deliver = lambda body, headers: (500, "")
    assert transcript(world, "alice: /gpu free") == ('alice> /gpu free\n  /gpu failed with the error "dispatch_failed"')


def test_a_command_without_an_answer_says_so(world: SmallWorld) -> None:
    world.deliver = lambda body, headers: (200, "")
    assert transcript(world, "alice: /gpu free") == "alice> /gpu free\n  (no answer)"


def test_escape_codes_in_a_line_do_not_reach_the_terminal(world: SmallWorld) -> None:
    said = transcript(world, "alice: /gpu echo \x1b[31mred\x1b[0m \x07")
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "echo red" in said


def test_lines_mean_what_they_say() -> None:
    assert read_line("alice: /gpu show atlas:0", None) == Line(
        "alice", "/gpu show atlas:0", TypeCommand("/gpu show atlas:0")
    )
    assert read_line("/gpu who atlas:2", "bob") == Line("bob", "/gpu who atlas:2", TypeCommand("/gpu who atlas:2"))
    assert read_line("Ada : click 2", None) == Line("ada", "click 2", Click(2))
    submitted = read_line("bob: submit when='fri 9am' reason=\"#3 x\"", None)
    assert submitted is not None
    assert submitted.act == Submit({"when": "fri 9am", "reason": "#3 x"})
    advanced = read_line("ada: advance 1h30  # a while", None)
    assert advanced is not None
    assert isinstance(advanced.act, Advance)
    assert advanced.act.by.total_seconds() == 5400
    fixed = read_line("alice: /gpu book 1 a100 now for 1h because fix #3", None)
    assert fixed is not None
    assert fixed.said.endswith("fix #3")
    assert read_line("   ", "bob") is None
    assert read_line("# bob: click 1", "bob") is None


@given(st.text())
def test_no_line_is_a_traceback(text: str) -> None:
    with suppress(InputError):
        line = read_line(text, "alice")
        assert line is None or line.who


def prompts(*lines: str) -> Iterator[str]:
    yield from lines


def test_a_terminal_greets_with_lines_to_try_and_ends_with_the_input(world: SmallWorld) -> None:
    console = Console(file=io.StringIO(), width=100)
    lines = prompts("/gpu book", "bob: /gpu echo [red]x[/red]", "click 1", "")
    asked: list[str] = []

    def read(prompt: str) -> str:
        asked.append(prompt)
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    prompted(world, console, read)
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert said.count("\n  ") >= 4
    assert "alice: /gpu book 2 a100 tomorrow 9am for 8h" in said
    assert "[1 Extend] [2 Release]" in said
    assert "echo [red]x[/red]" in said
    assert "There is no button to click" in said
    assert asked == ["alice> ", "alice> ", "bob> ", "bob> ", "bob> "]


def test_a_pipe_is_read_as_a_script_whatever_its_bytes(world: SmallWorld) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"alice: /gpu echo \xff\nalice: /gpu echo end"), encoding="utf-8")
    stdout = io.StringIO()
    converse(world, stdin, stdout)
    assert stdout.getvalue().endswith("alice> /gpu echo end\n  echo end\n")


def test_the_speaker_stays_the_same_until_another_is_named(world: SmallWorld) -> None:
    chat = Chat(world, "alice")
    assert chat.say("/gpu echo x")[0].text == "alice> /gpu echo x"
    assert chat.say("bob: /gpu echo x")[0].text == "bob> /gpu echo x"
    assert chat.say("/gpu echo x")[0].text == "bob> /gpu echo x"
    assert chat.say("# a comment") == []
