"""The calendar of conferences: fetched with suspicion, read strictly."""

from bot.feed.reader import Reader

__all__ = ["Reader"]
