"""The ledger, or a report, as a file in an admin's own conversation with the bot."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.booking.members import Member
from bot.desk import Desk
from bot.errors import BotError
from bot.export import of_audit, of_reservations, spooled
from bot.report.months import Month
from handlers import reports
from handlers.context import Context
from handlers.courier import Courier
from handlers.reports import REPORT
from handlers.showing import show
from handlers.uploading import upload_files
from handlers.views import audit

log = structlog.get_logger()

MOST_BYTES = 20_000_000  # some 50,000 reservations; the file is in memory while it is sent


def send_file(name: str, by: Context, desk: Desk, body: Mapping[str, Any], client: WebClient, courier: Courier) -> None:
    """Makes and uploads it in the background; where that fails, they are told what else to do."""

    def run() -> None:
        what, _, form = name.partition(".")
        try:
            channel = client.conversations_open(users=by.member.id)["channel"]["id"]
            if what == REPORT:
                reports.upload(client, desk.month_report(by.member, Month.labelled(form), by.now), channel)
                return
            with spooled(_pieces(what, form, by.member, desk)) as file:
                if os.fstat(file.fileno()).st_size > MOST_BYTES:
                    log.warning("an export is too large to send")
                    show(audit.not_exported("export"), body, client, courier, replace=False)
                    return
                text = file.read()
            upload_files(
                client,
                content=text,
                filename=f"crunchtime-{what}-{by.now:%Y-%m-%d}.{form}",
                title=f"Crunchtime: {what}",
                channel=channel,
            )
        except (SlackApiError, SlackRequestError, OSError, BotError) as error:
            log.warning("an export was not sent", error=type(error).__name__)
            show(audit.not_exported(REPORT if what == REPORT else "export"), body, client, courier, replace=False)

    courier.run(run)


def _pieces(what: str, form: str, who: Member, desk: Desk) -> Iterator[str]:
    return of_audit(form, desk.entries(who)) if what == "audit" else of_reservations(form, desk.everything(who))
