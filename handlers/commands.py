"""/gpu: the line to its answer, which the acknowledgement carries."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers.answer import Delivery, answer
from handlers.context import Context
from handlers.courier import Courier
from handlers.exporting import send_file
from handlers.forms import prefilled
from handlers.said import OpenForm
from handlers.showing import open_form
from handlers.views import failures, modals, opening
from handlers.views.offers import book_button

# Said alone, these open a form in which the reservation is chosen.
CHOOSERS = {"extend": modals.extend, "move": modals.move}
NOT_OPENED = InputError("Slack did not open the form in time.", hint="Please try again, or type it.", example="mine")


def register(app: App, desk: Desk, courier: Courier) -> None:
    """The one slash command."""

    @app.command("/gpu")
    def gpu(ack: Ack, body: dict[str, Any], context: BoltContext, client: WebClient) -> BoltResponse | None:
        said: Context = context["said"]
        line = unescaped(body.get("text") or "")
        delivery = Delivery(f"command:{said_in(body)}:{body['trigger_id']}", f"{said.member.id}\n{line}")
        if (draw := CHOOSERS.get(line.strip().lower())) is not None:
            open_form(draw(None, zone=said.zone), body, client, courier, failed=failures.failed(NOT_OPENED))
            return ack()
        found = answer(line, said, desk, delivery)
        if isinstance(found, OpenForm):
            again = opening.try_again_with_button(book_button(found.prefill))
            open_form(booking_form(found, said), body, client, courier, failed=again)
            ack()
        else:
            if found.file:
                send_file(found.file, said, desk, body, client, courier)
            ack(response_type="ephemeral", **found.payload())
        return None


def booking_form(form: OpenForm, said: Context) -> dict[str, Any]:
    """The booking form, filled with what was said. Raises InputError as `book` does."""
    return modals.booking(prefilled(form.prefill, said), zone=said.zone)


def unescaped(text: str) -> str:
    """Slack escapes three characters in what is typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said_in(body: dict[str, Any]) -> str:
    """The team that a delivery comes from."""
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
