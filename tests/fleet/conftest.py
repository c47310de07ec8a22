"""The stub of the GPU driver's library, built once, and loaded into this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gpus import Driver, built, loaded


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stub under the driver's name."""
    return built(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def driver(library: Path, tmp_path: Path) -> Iterator[Driver]:
    """The stub in this process, with no GPU yet; the real pynvml, as if nobody had used it before."""
    with loaded(library, tmp_path / "gpus.txt") as driver:
        yield driver
