"""The command line: what `crunchtime` can be told, a command each."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import keeping, on_node, reporting
from bot.cli.options import DatabaseUrl, LabFile, settings_of
from bot.errors import BotError, ConfigError

# Everything else is imported by the command that needs it, so that --help answers at once.

app = typer.Typer(
    name="crunchtime",
    help="Shares a lab's GPUs in Slack, and gets everyone through the next deadline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(database, name="db")

REFUSED, UNUSABLE = 1, 2


def main() -> None:
    """The entry point: errors are lines on standard error, never tracebacks."""
    with _failing_plainly():
        app()


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as version_of  # noqa: PLC0415

        typer.echo(f"crunchtime {version_of('crunchtime')}")
        raise typer.Exit


@app.command()
def serve() -> None:
    """Run the bot.

    With SLACK_APP_TOKEN over a socket to Slack (Socket Mode), else over HTTP on CRUNCHTIME_BIND.
    """
    from bot import app as composed  # noqa: PLC0415
    from bot import clock, log  # noqa: PLC0415
    from bot.at_nodes import AtNodes  # noqa: PLC0415
    from bot.config import load_lab, load_settings  # noqa: PLC0415

    settings = load_settings()
    log.set_up(settings.log, settings.log_format, secrets=settings.secrets)
    try:
        lab = load_lab(settings.lab)
    except ConfigError as error:
        raise ConfigError([*settings.missing_for_slack(), *error.mistakes]) from None
    composed.serve(settings, lab, clock.now, lambda desk: AtNodes(desk).answer)


@app.command("try")
def try_(
    lab: LabFile = None,
    database_url: DatabaseUrl = None,
    now: Annotated[str | None, typer.Option(help="What time it is there, as ISO 8601 (default: now).")] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="The GPUs are watched; you say what they do.")] = False,
) -> None:
    """Try the bot in this terminal: no account, no server.

    A lab of 8 simulated GPUs, and a chat that is like Slack.
    """
    from bot import clock, log  # noqa: PLC0415
    from bot.at_nodes import AtNodes  # noqa: PLC0415
    from bot.config import load_lab  # noqa: PLC0415
    from bot.sandbox.fleet import Hosts  # noqa: PLC0415
    from bot.sandbox.lab import sandbox_lab, with_logins  # noqa: PLC0415
    from bot.sandbox.terminal import converse  # noqa: PLC0415
    from bot.sandbox.world import opened  # noqa: PLC0415

    log.set_up("error", "console")
    at = _instant(now) if now else clock.now().replace(second=0, microsecond=0)
    there = with_logins(load_lab(lab) if lab else sandbox_lab())
    hosts = Hosts(there) if fleet else None
    with opened(there, at, database_url, hosts, lambda desk: AtNodes(desk).answer) as world:
        converse(world, sys.stdin, sys.stdout)


@app.command()
def agent(
    bind: Annotated[str, typer.Option(help="HOST:PORT to listen on.")] = "127.0.0.1:9845",
    cert: Annotated[Path | None, typer.Option(help="A certificate (PEM), with --key: over TLS.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Serve the readings of this node's GPUs to the bot.

    Who asks must have CRUNCHTIME_AGENT_TOKEN.
    """
    from bot import clock, log, node  # noqa: PLC0415
    from bot.config.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    log.set_up(settings.log, settings.log_format, secrets=settings.secrets)
    node.agent(settings, clock.now, bind, cert, key)


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help='A line as after /gpu: "free a100".')],
    as_: Annotated[str, typer.Option("--as", help="Who asks: a member's name or Slack id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    lab: LabFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Ask without Slack, on the database itself."""
    from bot import asking, clock  # noqa: PLC0415

    answered = asking.ask(text, as_, settings_of(lab, database_url), clock.now())
    typer.echo(
        answered.as_json() if as_json else answered.as_text(), err=answered.reply.decision == "error" and not as_json
    )
    raise typer.Exit(answered.status)


app.command()(on_node.env)
app.command(context_settings=on_node.run_settings)(on_node.run)
app.command()(reporting.report)
app.command()(keeping.export)
app.command("import")(keeping.import_)
app.command()(keeping.backup)
app.command()(keeping.restore)
database.command()(keeping.upgrade)


@app.command()
def digest(
    preview: Annotated[
        bool, typer.Option("--preview", help="Print it, and write its picture; nothing is sent.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("digest.png"),
    lab: LabFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """See what the daily digest would say now."""
    from bot import clock  # noqa: PLC0415
    from bot.preview import preview as previewed  # noqa: PLC0415

    if not preview:
        raise ConfigError(["The bot sends the digest at its hour; to see it now: crunchtime digest --preview"])
    typer.echo(previewed(settings_of(lab, database_url), out, clock.now()))


@app.command()
def check() -> None:
    """Find every problem of the set-up, with its fix.

    Looks at tokens, scopes, channels, database, lab file and agents.
    """
    from bot.check import check as checked  # noqa: PLC0415

    good, notes, problems = checked()
    for line in good:
        typer.echo(f"ok       {line}")
    for line in notes:
        typer.echo(f"note     {line}")
    for line in problems:
        typer.echo(f"problem  {line}", err=True)
    raise typer.Exit(UNUSABLE if problems else 0)


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="The bot's public https address; without it, Socket Mode.")] = None,
    name: Annotated[str, typer.Option(help="What the app is called.")] = "Crunchtime",
) -> None:
    """Print the manifest of the Slack app."""
    import json  # noqa: PLC0415

    from bot.manifest import manifest as made  # noqa: PLC0415

    typer.echo(json.dumps(made(name=name, url=url), indent=2))


def _instant(text: str) -> datetime:
    """An instant on the command line; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"--now: {text!r} is not an instant; write one such as 2026-11-02T09:00+01:00"]) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).replace(second=0, microsecond=0)


@contextmanager
def _failing_plainly() -> Iterator[None]:
    """Errors as lines on standard error and an exit status; a bug keeps its traceback for the log level debug."""
    try:
        yield
    except ConfigError as error:
        _complain(error.mistakes, UNUSABLE)
    except BotError as error:
        _complain([str(error)], REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _complain(lines: list[str], status: int) -> None:
    for line in lines:
        print(f"crunchtime: {line}", file=sys.stderr)
    sys.exit(status)
