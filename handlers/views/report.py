"""A report as a message: what it says in sentences, with the paragraph to paste."""

from bot.report.figures import Report
from handlers.views.kit import SECTION, Headline, Reply, clip_mrkdwn, context, escape, section
from handlers.views.report_paragraph import paragraph
from handlers.views.report_words import facts, title


def summary(report: Report) -> Reply:
    """To the admin who asked for it; the files come besides."""
    headline = Headline(
        f"{escape(title(report))}.", "The report comes as a PDF and a table, in a direct message from me."
    )
    said = "\n".join(f"• {escape(one)}" for one in facts(report))
    return Reply(
        f"{headline.text} {escape(facts(report)[0])}", (section(headline.mrkdwn), section(said), *_to_paste(report))
    )


def commented(report: Report) -> str:
    """What stands above the files."""
    said = "\n".join(f"• {escape(one)}" for one in facts(report))
    return clip_mrkdwn(
        f"*{escape(title(report))}*\n{said}\n\n*To paste into a proposal*\n{escape(paragraph(report))}", SECTION
    )


def _to_paste(report: Report) -> list[dict[str, object]]:
    return [
        section(f"*To paste into a proposal*\n{escape(paragraph(report))}"),
        *context("`/gpu report october` shows another month."),
    ]
