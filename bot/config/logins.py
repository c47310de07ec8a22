"""`[logins]` of the lab file: which Linux logins are whose."""

import re

from bot.booking.members import is_login
from bot.booking.zones import shown
from bot.config.mistakes import Mistakes

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def read_logins(raw: object, mistakes: Mistakes) -> dict[str, str]:
    """Members' ids by login; of a member one login, or a list of them."""
    if not isinstance(raw, dict):
        mistakes.add(("logins",), 'is not a table; write [logins] and below it U0ALICE = "alice"')
        return {}
    found: dict[str, str] = {}
    for member, entry in raw.items():
        path = ("logins", member)
        if not _USER_ID.fullmatch(member):
            mistakes.add(
                path, 'is no user id; write one such as U0ALICE = "alice" (profile, three dots, Copy member ID)'
            )
        for login in entry if isinstance(entry, list) and entry else [entry]:
            if not isinstance(login, str) or not is_login(login):
                mistakes.add(path, f'{shown(login)} is not a person\'s Linux login; write one such as "alice"')
            elif login in found:
                mistakes.add(path, f'"{login}" is listed twice; give each login to one member')
            else:
                found[login] = member
    return found
