"""The pulse's form: its button, and what is sent with it. Nothing of an answer is logged."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import ActionId, CallbackId
from handlers.showing import open_form
from handlers.views import failures, pulse
from handlers.views.modals import answered


def register(app: App, desk: Desk, courier: Courier) -> None:
    """[Answer...], and the form that it opens. An answer is no delivery that is kept: it is counted once anyway."""

    @app.action(ActionId.PULSE)
    def clicked(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        quarter = str(body["actions"][0].get("value") or "")
        desk.pulse_opens(by.member, quarter, by.now)
        not_opened = InputError("Slack did not open the form in time.", hint="Press the button again.")
        open_form(pulse.form(quarter), body, client, courier, failed=failures.failed(not_opened))
        ack()

    @app.view(CallbackId.PULSE)
    def sent(ack: Ack, view: dict[str, Any], context: BoltContext) -> BoltResponse:
        by: Context = context["said"]
        quarter, mark, line = pulse.filled(view)
        try:
            desk.answer_pulse(by.member, quarter, mark, line, by.now)
        except InputError as error:
            return ack(response_action="errors", errors={error.field: str(error)})
        return ack(response_action="update", view=answered(pulse.thanks()))
