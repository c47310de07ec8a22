"""A sequence that is read when it is first looked into: most deliveries name no deadline."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.booking.lab import Deadline


class Lazily(Sequence[Deadline]):
    """What `read` gives, once it is wanted."""

    def __init__(self, read: Callable[[], Sequence[Deadline]]) -> None:
        self._read = read
        self._found: Sequence[Deadline] | None = None

    def _all(self) -> Sequence[Deadline]:
        if self._found is None:
            self._found = self._read()
        return self._found

    def __getitem__(self, place: Any) -> Any:
        return self._all()[place]

    def __len__(self) -> int:
        return len(self._all())
