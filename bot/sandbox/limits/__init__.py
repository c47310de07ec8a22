"""Slack's limits on messages, views and option lists: each check gives the violations, one line each."""

from bot.sandbox.limits.whole import check_message, check_options, check_view

__all__ = ["check_message", "check_options", "check_view"]
