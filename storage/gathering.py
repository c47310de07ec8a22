"""Notices that gather lines until they are due, so that many of a kind make one message."""

import json
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select, update

from bot.booking.notices import Notice
from storage.records import Records
from storage.tables import NOTICE

MOST_LINES = 30  # a message holds 50 blocks


class Gathering(Records):
    """The part of a Book that adds a line to a message that has not gone out yet."""

    def gather(self, notice: Notice, fact: str, line: Mapping[str, object]) -> None:
        """Add `line` (JSON) to the list `fact` of a notice of this kind that is owed to the same and not yet due.

        Where there is none, or it is full, `notice` is owed with this line as its first.
        """
        waits = (
            NOTICE.c.next_at > notice.about,
            NOTICE.c.sent_at.is_(None),
            NOTICE.c.dead_at.is_(None),
            NOTICE.c.attempt == 0,
        )
        query = select(NOTICE.c.id, NOTICE.c.facts).where(
            *waits, NOTICE.c.kind == notice.kind.value, NOTICE.c.recipient == notice.to
        )
        for row in self._connection.execute(query.order_by(NOTICE.c.id.desc()).limit(1)):
            lines = json.loads(row.facts.get(fact, "[]"))
            if len(lines) < MOST_LINES:
                facts = {**row.facts, fact: json.dumps([*lines, line])}
                # Unless it was claimed just now, by a bot whose clock is ahead.
                mine = update(NOTICE).where(NOTICE.c.id == row.id, *waits).values(facts=facts)
                if self._connection.execute(mine).rowcount == 1:
                    return
        self.owe(replace(notice, facts={**notice.facts, fact: json.dumps([line])}))
