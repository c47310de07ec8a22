"""What an admin is answered who offered something else, or revoked a reservation."""

from datetime import tzinfo

from bot.booking.model import Reservation
from handlers.views import words
from handlers.views.kit import Headline


def offered_instead(after: Reservation, reader: str, zone: tzinfo) -> Headline:
    """It is held for the member, who is asked."""
    lead = f"{after.label}: {words.held(after)} offered instead{words.by(reader)}"
    return Headline(lead, f", {words.span(after.window, zone)}. {words.mention(after.member)} is asked.")


def revoked(before: Reservation, after: Reservation, reader: str, zone: tzinfo) -> Headline:
    """Its GPUs are free, and its holder is told."""
    whose = f"{words.held(before)}, {words.span(before.window, zone)}, of {words.mention(after.member)}"
    return Headline(f"{after.label} revoked{words.by(reader)}:", f"{whose}; free again, and its holder is told.")
