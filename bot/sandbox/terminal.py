"""The sandbox's chat at a terminal (rich, with a prompt) or as a script (lines in, plain text out)."""

import io
from collections.abc import Callable, Iterable
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.sandbox.as_seen import World
from bot.sandbox.chat import Chat, Shown
from bot.sandbox.script import EXAMPLES

_STYLES = {"said": "bold", "answer": "", "consequence": "cyan", "problem": "yellow"}


def converse(world: World, stdin: TextIO, stdout: TextIO) -> None:
    """Talks until the input ends: with a prompt where both ends are a terminal, else line by line."""
    if stdin.isatty() and stdout.isatty():
        console = Console(file=stdout)
        prompted(world, console, lambda prompt: console.input(Text(prompt, style="bold")))
    else:
        if isinstance(stdin, io.TextIOWrapper):
            stdin.reconfigure(errors="replace")
        scripted(world, stdin, lambda line: print(line, file=stdout, flush=True))


def scripted(world: World, lines: Iterable[str], write: Callable[[str], None]) -> None:
    """Does what each line says; each is written again as `alice> /gpu free`, with what is seen below it."""
    chat = Chat(world)
    first = True
    for line in lines:
        shown = chat.say(line)
        if shown and not first:
            write("")
        for output in shown:
            write(output.text.rstrip())
        first = first and not shown


def prompted(world: World, console: Console, read: Callable[[str], str]) -> None:
    """Asks for one line after the other; a line without a name is said by who spoke last. Ctrl-D or Ctrl-C ends."""
    people = [person.name for person in world.workspace.people.values() if not person.bot]
    chat = Chat(world, "alice" if "alice" in people else people[0])
    for line in _welcome(people):
        console.print(Text(line))
    while True:
        try:
            line = read(f"{chat.speaker}> ")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        for shown in chat.say(line):
            if shown.kind != "said":
                console.print(_styled(shown))


def _styled(shown: Shown) -> Text:
    """Text, not markup: what people wrote is never read as rich's own tags."""
    return Text(shown.text, style=_STYLES[shown.kind])


def _welcome(people: list[str]) -> list[str]:
    return [
        f"A Slack workspace on this machine. Here are {', '.join(people)}; nothing leaves this terminal.",
        "Begin a line with a name to speak as somebody else. To try:",
        *(f"  {example}" for example in EXAMPLES),
        "Ctrl-D ends.",
        "",
    ]
