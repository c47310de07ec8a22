"""The paragraph that a lab can paste into a grant proposal: its figures, beside those of the published survey."""

from bot.report.figures import Report
from handlers.views.kit import clip, one_line
from handlers.views.report_units import percent, spread, within
from handlers.views.report_words import LONGEST_NAME, fleet, kept
from handlers.views.words import gpu_hours, number

SOURCE = (
    'Khandelwal et al., "$100K or 100 Days: Trade-offs when Pre-Training with Academic Resources", arXiv 2410.23261'
)
# The survey in that paper: 50 people of 35 institutions, April 2024. The last figure is not in the paper's own table,
# but is told of it.
SURVEY = (
    "In a survey of 50 academics at 35 institutions in April 2024, 66 % rated their satisfaction with their compute 3"
    " of 5 or lower, 10 % had H100 GPUs, and 85 % are reported to have had no budget for cloud compute"
)


def paragraph(report: Report) -> str:
    """Plain figures that can be pasted into a proposal, beside the published survey, with its source."""
    now = report.figures
    when = now.month.name + (" (so far)" if report.so_far else "")
    lab = clip(one_line(report.lab), LONGEST_NAME) or "Our lab"
    told = [f"{lab} shares {fleet(report)}."]
    if now.is_empty:
        told.append(f"In {when} nothing was reserved.")
    else:
        share = percent(now.hours.share_reserved)
        told.append(
            f"In {when} {number(now.members, 'member')} had or asked for them, and {gpu_hours(now.hours.reserved / 60)}"
            f" were reserved{f', {share} of what was in service' if share else ''}."
        )
        if now.hours.known:
            share, whole = percent(now.hours.share_used), now.hours.known >= now.hours.reserved
            seen = f"Of the {gpu_hours(now.hours.known / 60)} of it that were observed, {share} were used."
            told.append(f"All of that was observed, and {share} of it used." if whole else seen)
        if now.waits.count:
            told.append(f"{number(now.waits.count, 'reservation')} began, {spread(now.waits)}.")
        if now.near.count and now.far.count:
            told.append(
                f"In the two weeks before a deadline nine of ten began {within(now.near.wait_90)}, at other"
                f" times {within(now.far.wait_90)}."
            )
        if now.refusals_kept and now.demand.refused_in_vain:
            told.append(f"{gpu_hours(now.demand.refused_in_vain / 60)} were asked for in vain.")
        if now.deadlines.promised:
            told.append(f"{kept(now.deadlines)} runs promised by a deadline were done in time.")
    if report.pulse is not None:
        told.append(
            f"Of {report.pulse.answers} members who answered in {report.pulse.quarter},"
            f" {round(100 * report.pulse.low)} % rated their satisfaction with the compute 3 of 5 or lower."
        )
    return f"{' '.join(told)} {SURVEY} ({SOURCE})."
