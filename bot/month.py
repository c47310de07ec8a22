"""`crunchtime report`: a month as words, and as files."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.app import open_desk
from bot.booking.members import Member
from bot.config import Settings, load_lab
from bot.errors import ConfigError
from bot.report.figures import Report
from handlers.context import Context
from handlers.report_line import read_report
from handlers.reports import report_csv
from handlers.views.report_paragraph import paragraph
from handlers.views.report_pdf import report_pdf
from handlers.views.report_words import facts, title

_ENDINGS = (".pdf", ".csv")


def written(settings: Settings, month: str, out: Sequence[Path], now: datetime) -> str:
    """What the report says; it is written to `out`, each by its ending. Raises ConfigError, InputError, Busy."""
    for path in out:
        if path.suffix.lower() not in _ENDINGS:
            raise ConfigError([f"--out: {path} ends neither in .pdf nor in .csv; name a file such as october.pdf"])
    lab = load_lab(settings.lab)
    context = Context(Member("", "", lab.timezone, admin=True), lab, {}, now)
    desk = open_desk(settings.database_url.get_secret_value(), lab)
    try:
        report = desk.report_on(read_report(month, context).month, now)
    finally:
        desk.ledger.close()
    for path in out:
        content = report_pdf(report) if path.suffix.lower() == ".pdf" else report_csv(report).encode()
        try:
            path.write_bytes(content)
        except OSError as error:
            message = f"--out: {path} cannot be written ({error.strerror}); name another file"
            raise ConfigError([message]) from error
    return _said(report, out)


def _said(report: Report, out: Sequence[Path]) -> str:
    files = [f"Written: {', '.join(map(str, out))}"] if out else []
    return "\n".join((title(report), *(f"- {one}" for one in facts(report)), "", paragraph(report), *files))
