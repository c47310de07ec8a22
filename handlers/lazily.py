"""A mapping that is read when it is first looked into: most deliveries name no deadline."""

from collections.abc import Callable, Iterator, Mapping

from handlers.spoken.phrases import Named


class Lazily(Mapping[str, Named]):
    """What `read` gives, once it is wanted."""

    def __init__(self, read: Callable[[], Mapping[str, Named]]) -> None:
        self._read = read
        self._found: Mapping[str, Named] | None = None

    def _all(self) -> Mapping[str, Named]:
        if self._found is None:
            self._found = self._read()
        return self._found

    def __getitem__(self, name: str) -> Named:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
