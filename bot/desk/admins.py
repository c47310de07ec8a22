"""Who the lab's admins are: those named in the lab file, and the members of the user groups named there."""

from collections.abc import Iterable, Mapping

from bot.booking.lab import Lab


class Admins:
    """The part of the desk that knows who may approve. Groups are what `learn_groups` last said."""

    lab: Lab
    _groups: Mapping[str, frozenset[str]] = {}

    @property
    def groups(self) -> tuple[str, ...]:
        """The user groups of which members are admins."""
        return tuple(one for one in self.lab.admins if is_group(one))

    @property
    def admins(self) -> tuple[str, ...]:
        """Every admin's id, as of now."""
        named = [one for one in self.lab.admins if not is_group(one)]
        return tuple(dict.fromkeys([*named, *(id_ for group in self.groups for id_ in sorted(self._members(group)))]))

    def admin(self, member: str) -> bool:
        """Whether this member may approve, as of now."""
        return member in self.lab.admins or any(member in self._members(group) for group in self.groups)

    def learn_group(self, group: str, members: Iterable[str]) -> None:
        """Who is in a user group now."""
        self._groups = {**self._groups, group: frozenset(members)}

    def _members(self, group: str) -> frozenset[str]:
        return self._groups.get(group, frozenset())


def is_group(id_: str) -> bool:
    """Whether it is the id of a user group."""
    return id_.startswith("S")
