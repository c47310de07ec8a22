"""The ledger, or a report, as a file in an admin's own conversation with the bot."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.desk import Desk
from bot.errors import BotError
from bot.export import contents
from bot.report.months import Month
from handlers import reports
from handlers.context import Context
from handlers.courier import Courier
from handlers.reports import REPORT
from handlers.showing import show
from handlers.views import audit

log = structlog.get_logger()


def send_file(name: str, by: Context, desk: Desk, body: Mapping[str, Any], client: WebClient, courier: Courier) -> None:
    """Makes and uploads it in the background; where that fails, they are told what else to do."""

    def run() -> None:
        what, _, form = name.partition(".")
        try:
            channel = client.conversations_open(users=by.member.id)["channel"]["id"]
            if what == REPORT:
                reports.upload(client, desk.month_report(by.member, Month.labelled(form), by.now), channel)
                return
            text = contents(what, form, desk.everything(by.member, by.now), desk.entries(by.member, by.now))
            client.files_upload_v2(
                content=text,
                filename=f"crunchtime-{what}-{by.now:%Y-%m-%d}.{form}",
                title=f"Crunchtime: {what}",
                channel=channel,
            )
        except (SlackApiError, SlackRequestError, OSError, BotError) as error:
            log.warning("an export was not sent", error=type(error).__name__)
            show(audit.not_exported(REPORT if what == REPORT else "export"), body, client, courier, replace=False)

    courier.run(run)
