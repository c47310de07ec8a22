"""Reports on their way to Slack: a PDF and a CSV in one message, with a word."""

from slack_sdk import WebClient

from bot.export import table_as_csv
from bot.report.figures import Report
from bot.report.rows import COLUMNS, rows
from handlers.uploading import upload_files
from handlers.views import report_words
from handlers.views.kit import clip
from handlers.views.report import commented
from handlers.views.report_pdf import report_pdf

REPORT = "report"  # the name by which an answer asks for one as its file: "report.2026-10"
ALT_MOST = 1000  # docs.slack.dev/reference/methods/files.getUploadURLExternal


def upload(client: WebClient, report: Report, channel: str) -> None:
    """Draws and uploads it. Raises what the client does."""
    month = report.figures.month
    alt = clip(" ".join((report_words.title(report), *report_words.facts(report))), ALT_MOST)
    name, title = f"gpus-{month.label}", report_words.title(report)
    upload_files(
        client,
        file_uploads=[
            {"file": report_pdf(report), "filename": f"{name}.pdf", "title": title, "alt_txt": alt},
            {"content": report_csv(report), "filename": f"{name}.csv", "title": f"{title}, every figure"},
        ],
        channel=channel,
        initial_comment=commented(report),
    )


def report_csv(report: Report) -> str:
    """Every figure of the report in columns; to four places, an empty cell where there is none."""
    lines = ([row.figure, row.of, row.unit, _told(row.value), _told(row.month_before)] for row in rows(report))
    return table_as_csv(COLUMNS, lines)


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
