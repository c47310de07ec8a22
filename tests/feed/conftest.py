"""A host that the feed comes from."""

from collections.abc import Iterator

import pytest

from feeds import Host, hosting


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as host:
        yield host
