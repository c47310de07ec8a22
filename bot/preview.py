"""`crunchtime digest --preview`: what the digest would say now, as plain text, and its picture as a file."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import open_desk
from bot.config import Settings, load_lab
from bot.errors import ConfigError
from bot.sandbox.plain import Reader
from bot.sandbox.plain_blocks import block_lines
from bot.watching import recalled
from handlers.views import digest
from handlers.views.kit import Block, Reply
from handlers.views.timeline_alt import alt_text
from handlers.views.timeline_png import timeline_png


def preview(settings: Settings, out: Path, now: datetime) -> str:
    """As it would go out at `now`, whatever the hour; only the picture is written. Raises ConfigError, Busy."""
    lab = load_lab(settings.lab)
    desk = open_desk(settings.database, lab)
    try:
        recalled(desk, now)
        told, admins = desk.digest(now), desk.admin_digest(now)
        people = {id_: name for name, id_ in desk.names(None, now).items()}
    finally:
        desk.ledger.close()
    try:
        out.write_bytes(timeline_png(told.timeline))
    except OSError as error:
        raise ConfigError([f"--out: {out} cannot be written ({error.strerror}); name another file"]) from error
    zone = ZoneInfo(lab.timezone)
    replies = {"In the lab's channel": digest.lab_digest(told, zone=zone)}
    if told.has_details:
        replies["In its thread"] = digest.details(told, zone=zone)
    if not admins.is_empty:
        replies["To the admins"] = digest.admin_digest(admins, zone=zone)
    parts = [_part(title, reply, Reader(zone, now, people, {})) for title, reply in replies.items()]
    return "\n\n".join((*parts, f"The picture is {out}. Its alt text:\n  {alt_text(told.timeline)}"))


def _part(title: str, reply: Reply, reader: Reader) -> str:
    words: list[Block] = [block for block in reply.blocks if block["type"] != "actions"]
    return "\n".join((f"{title}:", *(f"  {line}" for line in block_lines(words, reader))))
