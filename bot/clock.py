"""The one place that reads the clock. Commands, jobs and the web gate are handed `now` and pass the value on."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251  the ban points here: every other module is handed this value
