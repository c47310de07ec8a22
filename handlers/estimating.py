"""`/gpu estimate`, from the question to its answer."""

from bot.desk import Desk
from handlers.context import Context
from handlers.lines import line_of
from handlers.said_estimate import Estimate
from handlers.views import estimates
from handlers.views.kit import Reply


def estimated(asked: Estimate, context: Context, desk: Desk, key: str) -> Reply:
    """The answer; of its buttons, which share `key`, one can be taken. Raises NotFound as `Desk.estimate` does."""
    seen = desk.estimate(
        context.member,
        asked.work,
        context.now,
        pool=asked.pool,
        count=asked.count,
        promise=asked.promise,
        not_before=asked.not_before,
    )
    now, zone = context.now, context.zone
    return estimates.shown(seen, asked.named, key=key, line_of=line_of, now=now, zone=zone, notes=asked.notes)
