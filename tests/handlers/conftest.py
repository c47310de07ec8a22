"""The whole bot, to be spoken with."""

from collections.abc import Iterator

import pytest

from worlds import Play, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play
