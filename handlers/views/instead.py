"""What can be had in place of a reservation that was taken back, denied, left undecided, or hit by an outage."""

from datetime import tzinfo

from bot.booking.amend import as_request
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.lines import line_of
from handlers.views.deadline_notices import window_of
from handlers.views.kit import Block, actions
from handlers.views.offers import again_button, offer_buttons
from storage.offers import offers_from_json


def instead(notice: Notice, reservation: Reservation, zone: tzinfo) -> list[Block]:
    """What can be had in place of what was taken, as it was then; a button each, of which one counts."""
    offers = offers_from_json(notice.facts.get("offers", ""))
    was = window_of(notice.facts.get("was", "")) or reservation.window
    if not offers:
        return [] if reservation.holds else actions(again_button(reservation))
    asked = as_request(reservation, was)
    return offer_buttons(offers, asked, key=notice.key, line_of=line_of, now=notice.due_at, zone=zone)
