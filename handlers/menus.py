"""The menus of forms: what they offer for what is typed, while it is typed."""

from typing import Any

import structlog
from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse

from bot.booking.lifecycle import Act, after
from bot.desk import Desk
from bot.errors import BotError
from handlers.context import Context
from handlers.ids import ActionId, BlockId, CallbackId
from handlers.views import menus
from handlers.views.kit import Block

log = structlog.get_logger()

_ACTS: dict[str, Act] = {
    CallbackId.EXTEND: Act.EXTEND,
    CallbackId.MOVE: Act.MOVE,
}  # what a form does to what is chosen in it


def register(app: App, desk: Desk) -> None:
    """All menus that ask for their options."""

    @app.options(ActionId.VALUE)
    def offered(ack: Ack, body: dict[str, Any], context: BoltContext) -> BoltResponse:
        try:
            form = str((body.get("view") or {}).get("callback_id") or "")
            return ack(options=_options(form, body["block_id"], str(body.get("value") or ""), context["said"], desk))
        except BotError as error:  # an error would take the form's place; without options it stays as it was filled
            log.warning("a menu has nothing to offer", error=str(error))
            return ack(options=[])


def _options(form: str, field: str, typed: str, by: Context, desk: Desk) -> list[Block]:
    match field:
        case BlockId.POOL:
            return menus.pools(desk.board(by.now).pools, typed, by.zone)
        case BlockId.RESERVATION:
            act = _ACTS.get(form)
            mine = desk.mine(by.member.id, by.now)
            able = [one for one in mine if act is None or after(act, one.state) is not None]
            return menus.reservations(able, typed, by.zone)
        case _:
            return []
