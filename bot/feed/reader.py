"""Reads the feed again and again: what was fetched last is kept in memory, to ask only whether it has changed."""

from datetime import datetime

from bot.booking.lab import Deadline, Feed
from bot.feed.conferences import deadlines_of
from bot.feed.fetch import Fetched, Way, fetch


class Reader:
    """One feed. Not for several threads at once: its job has one."""

    def __init__(self, feed: Feed, way: Way | None = None) -> None:
        self.feed = feed
        self._way = way
        self._last: Fetched | None = None

    def read(self, now: datetime) -> tuple[Deadline, ...]:
        """The dates ahead of `now`. Raises FeedError."""
        fetched = fetch(self.feed.url, self._last, allow_private=self.feed.allow_private, way=self._way)
        # Read again even if it is the same text: which of its dates are ahead is another question every day.
        found = deadlines_of(fetched.text, self.feed.conferences, now)
        self._last = fetched
        return found
