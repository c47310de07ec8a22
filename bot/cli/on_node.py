"""`crunchtime env` and `crunchtime run`, for members on a node."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

SOCKET = "/run/crunchtime/agent.sock"

run_settings = {"allow_interspersed_args": False}  # what follows the command is the command's


def env() -> None:
    """On a node: print the line that shows a shell your GPUs.

    As in: eval "$(crunchtime env)"
    """
    from bot.on_node.agent import Agent  # noqa: PLC0415
    from bot.on_node.env import env as exported  # noqa: PLC0415

    typer.echo(exported(Agent(_socket())))


def run(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments, after --.")],
    book: Annotated[str | None, typer.Option(help='Book this for it, as after /gpu book: "2 a100 for 4h".')] = None,
    reservation: Annotated[str | None, typer.Option(help="Which of your reservations it is for: R12.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the reservation when the command has ended.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Where --book is refused, end at once.")] = False,
) -> None:
    """On a node: run a command on your GPUs there.

    It begins when the reservation does, which is released when the command ends, whose exit status this has. Where the
    GPUs that --book asks for are taken, it waits for them, on the waitlist.
    """
    from bot.on_node.agent import Agent  # noqa: PLC0415
    from bot.on_node.run import Wish  # noqa: PLC0415
    from bot.on_node.run import run as ran  # noqa: PLC0415

    named = reservation.upper() if reservation is not None else None
    raise typer.Exit(ran(Wish(command, book, named, keep, not no_wait), Agent(_socket()), _say))


def _socket() -> Path:
    """Out of the environment alone: a `.env` in the folder of somebody's work is theirs, and not for this."""
    return Path(os.environ.get("CRUNCHTIME_AGENT_SOCKET") or SOCKET)


def _say(line: str) -> None:
    print(f"crunchtime: {line}", file=sys.stderr, flush=True)
