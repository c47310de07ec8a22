"""A report as a PDF of two A4 pages: key figures, plots with their facts below them, and the paragraph to paste."""

import threading

from bot.report.figures import Report
from handlers.views.report_words import title

_ONE_AT_A_TIME = threading.Lock()  # matplotlib's settings are the process's, and a drawing takes all of one core


def report_pdf(report: Report) -> bytes:
    """The file. Threads may call it at the same time."""
    with _ONE_AT_A_TIME:
        from handlers.views.report_pages import drawn  # noqa: PLC0415 - matplotlib takes a second to load

        return drawn(report).pdf(f"{title(report)}: GPU use", report.now)
