"""What runs on a node: `crunchtime agent`, which serves the readings of its GPUs, and its people a socket."""

import ctypes
import platform
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot.config import Settings
from bot.errors import ConfigError
from bot.fleet.agent import pages
from bot.fleet.local import Local
from bot.fleet.nvml import Nvml
from bot.fleet.sampler import Sampler
from bot.fleet.to_bot import ToBot
from bot.web.server import serve

log = structlog.get_logger()

ADDRESS = "127.0.0.1:9845"


def agent(
    settings: Settings, clock: Callable[[], datetime], bind: str, certificate: Path | None, key: Path | None
) -> None:
    """Serves this host's readings on `bind` (HOST:PORT), and its people on their socket, until SIGTERM or SIGINT.

    Raises ConfigError.
    """
    host, port = _address(bind)
    token = settings.agent_token.get_secret_value() if settings.agent_token is not None else ""
    mistakes = list(_mistakes(settings, certificate, key))
    if mistakes:
        raise ConfigError(mistakes)
    if certificate is None and not _is_loopback(host):
        log.warning("without --cert and --key the token and the readings go over the network as they are", bind=bind)
    node = platform.node().partition(".")[0] or "node"
    sampler = Sampler(node, Nvml(node))
    sampler.start()
    sampler.wait()
    local = _local(settings, node, token)
    _give_back_memory()
    try:
        log.info("listening", bind=bind, node=node, tls=certificate is not None)
        serve(pages(sampler, token, clock), host, port, what="--bind", certificate=certificate, key=key)
    finally:
        if local is not None:
            local.stop()
        sampler.stop()


def _local(settings: Settings, node: str, token: str) -> Local | None:
    """The socket for this node's people; without it the readings are served all the same."""
    local = Local(settings.agent_socket, node, ToBot(settings.bot_url, token).ask)
    try:
        local.start()
    except OSError as error:
        why = "`crunchtime run` and `crunchtime env` do not work here: their socket cannot be made"
        log.warning(why, socket=str(settings.agent_socket), error=str(error))
        return None
    if settings.bot_url is None:
        log.warning("CRUNCHTIME_BOT_URL is not set: `crunchtime run` and `crunchtime env` do not work here")
    return local


def _give_back_memory() -> None:
    """What the imports have freed, which glibc keeps: 10 of 62 MB."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _mistakes(settings: Settings, certificate: Path | None, key: Path | None) -> list[str]:
    found = []
    if not settings.has_usable_agent_token:
        found.append(
            "CRUNCHTIME_AGENT_TOKEN: is missing, or not 16 plain characters;"
            " make one with: openssl rand -hex 32 (the bot needs the same)"
        )
    if (certificate is None) != (key is None):
        found.append("--cert: and --key go together; give both or none")
    found += [
        f"{option}: {path} cannot be read; name a PEM file"
        for option, path in (("--cert", certificate), ("--key", key))
        if path is not None and not path.is_file()
    ]
    return found


def _address(bind: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{bind}")
        if parts.hostname and parts.port and parts.netloc == bind and "@" not in bind:
            return parts.hostname, parts.port
    except ValueError:  # a port that is no number or over 65535
        pass
    raise ConfigError([f"--bind: {bind!r} is not HOST:PORT; write one such as {ADDRESS}"])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
