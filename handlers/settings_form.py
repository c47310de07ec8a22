"""The settings' form: its button, and what is sent with it."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers.answer import respond
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import ActionId, CallbackId
from handlers.settings_line import SetSettings
from handlers.showing import open_form
from handlers.views import failures, settings
from handlers.views.kit import Reply
from handlers.views.modals import answered


def register(app: App, desk: Desk, courier: Courier) -> None:
    """[Change...], and the form that it opens."""

    @app.action(ActionId.SETTINGS)
    def clicked(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        not_opened = InputError("Slack did not open the form in time.", hint="Press the button again, or type it.")
        view = settings.form(desk.settings(by.member.id, by.now))
        open_form(view, body, client, courier, failed=failures.failed(not_opened))
        ack()

    @app.view(CallbackId.SETTINGS)
    def sent(ack: Ack, view: dict[str, Any], context: BoltContext) -> BoltResponse:
        try:
            change = settings.filled(view)
        except InputError as error:
            return ack(response_action="errors", errors={error.field: str(error)})
        reply = respond(SetSettings(change), context["said"], desk)
        if not isinstance(reply, Reply):
            raise TypeError("a change is answered by a reply")
        return ack(response_action="update", view=answered(reply))
