"""What is said where a form could not be opened: each time with a button that opens it."""

from handlers.views.kit import Block, Headline, Reply, actions, context, section
from handlers.views.offers import book_button


def try_again_with_button(again: Block | None = None) -> Reply:
    """Slack did not let the form be opened in time; a button gets a new try (None: [Book])."""
    headline = Headline("Slack did not open the form in time.", "Please try again.")
    return Reply(headline.text, (section(headline.mrkdwn), *actions(again or book_button())), "error")


def form_by_button(prefill: str) -> Reply:
    """To a line that wants the booking form where Slack lets none be opened: a button does, filled with `prefill`."""
    headline = Headline("When, and for how long?", "Say it in one line, or fill in the form.")
    small = context("For example: `book 2 a100 tomorrow 9am for 8h`")
    return Reply(headline.text, (section(headline.mrkdwn), *small, *actions(book_button(prefill))))
