"""What follows `claims`: nothing, or `withdraw R12`. Pure."""

import re

from bot.errors import InputError
from handlers.context import Context
from handlers.said import Claims, WithdrawClaim
from handlers.spoken.words import quoted

_ID = re.compile(r"([rRwW]?)([0-9]{1,9})")


def read_claims(rest: str, _context: Context) -> Claims | WithdrawClaim:
    """Raises InputError for anything else."""
    words = rest.split()
    if not words:
        return Claims()
    found = _ID.fullmatch(words[1]) if len(words) == 2 and words[0].lower() in {"withdraw", "drop"} else None
    if found is None:
        raise InputError(
            f"I did not understand {quoted(rest)}.",
            hint='Say nothing more to see all claims, or "withdraw" and the id of one.',
            example="claims withdraw R12",
        )
    return WithdrawClaim(f"{found[1].upper() or 'R'}{int(found[2])}")
