"""The digest of the day: owed at its hour, and sent part by part, so that one that fails keeps no other back."""

from datetime import date, datetime
from typing import cast

from bot.booking.digest import DigestPart, due
from bot.booking.notices import Notice, Notifier
from bot.desk import Desk
from bot.errors import DeliveryError


def digest(desk: Desk, now: datetime) -> bool:
    """Owe it once its hour has come; whether it was owed now."""
    return desk.owe_digest(now)


def send(notice: Notice, desk: Desk, notifier: Notifier, now: datetime) -> bool:
    """Tell one part of it, as things stand now. False: it is not worth telling any more. Raises DeliveryError, Busy."""
    part, day = cast("DigestPart", notice.facts["act"]), date.fromisoformat(notice.facts["date"])
    match part:
        case "digest":
            if desk.digest_of(day, now) is not None:
                return True  # it was told, and the bot ended before it could say so
            if due(desk.lab, now) != day:
                return False
            told = desk.digest(now)
            desk.digest_told(day, notifier.tell(told, part, notice.to, None), now, details=told.has_details)
        case "admins":
            found = desk.admin_digest(now)
            if due(desk.lab, now) != day or found.is_empty:
                return False
            notifier.tell(found, part, notice.to, None)
        case "details" | "picture":
            thread = desk.digest_of(day, now)
            if thread is None:  # there is a newer one
                return False
            notifier.tell(desk.digest(now, pressing=part != "picture"), part, notice.to, thread)
        case _:
            raise DeliveryError(f"a digest has no part {part!r}", permanent=True)
    return True
