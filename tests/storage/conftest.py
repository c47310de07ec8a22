"""What the tests of the ledger share beside the databases of tests/conftest.py."""

from collections.abc import Callable
from typing import Any

import pytest

from storage.book import Book
from storage.ledger import Ledger


@pytest.fixture
def fail_after(ledger: Ledger) -> Callable[[Callable[[Book], Any]], None]:
    """`fail_after(write)`: a transaction that writes and then fails with RuntimeError."""

    def run(write: Callable[[Book], Any]) -> None:
        with ledger.writing() as book:
            write(book)
            raise RuntimeError

    return run
