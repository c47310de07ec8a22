"""The file in which a job says how long its steps take, a line each time: CRUNCHTIME_STEPS has its path.

A file, so that nothing of the job's output is touched, it is never waited for, and all that it starts can write there.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.estimates.reports import Report, name_of, read_report

VARIABLE = "CRUNCHTIME_STEPS"
_READ = 64 * 1024  # bytes, the last: what is longer is not read
_SAME = 0.01  # a step time that has changed by less is not told again


class Steps:
    """One command's file. It is read where it was made, whatever is put in its place meanwhile."""

    def __init__(self, command: Sequence[str]) -> None:
        """Where none can be made the command does without."""
        self._name = name_of(tuple(command))
        self._file, self._path, self._told = -1, "", Report()
        with suppress(OSError):
            self._file, self._path = tempfile.mkstemp(prefix="crunchtime-steps-")

    @property
    def variables(self) -> dict[str, str]:
        """What the command is told of it."""
        return {VARIABLE: self._path} if self._path else {}

    def news(self) -> str:
        """What is to be told of it now: "" where nothing has changed."""
        found = self._found()
        was, now = self._told.step_seconds, found.step_seconds
        if now is None or (self._told.name == found.name and was is not None and abs(now - was) <= was * _SAME):
            return ""
        self._told = found
        return found.line()

    def last(self, ran: float | None) -> str:
        """What is told at the end, if there is anything: `ran` seconds if the command has ended well, else None."""
        found = self._found()
        if found.step_seconds is None and ran is None:
            return ""
        return Report(found.step_seconds, found.name, found.gpus, ran).line()

    def close(self) -> None:
        """Take the file away."""
        if self._path:
            with suppress(OSError):
                os.close(self._file)
            Path(self._path).unlink(missing_ok=True)
            self._path = ""

    def _found(self) -> Report:
        """The median of the lines of the name that was written last."""
        reports = [report for line in self._lines() if (report := read_report(line)) and report.step_seconds]
        if not reports:
            return Report(name=self._name)
        last = reports[-1]
        same = (one.step_seconds for one in reports if one.name == last.name and one.gpus == last.gpus)
        seconds = sorted(filter(None, same))
        return Report(seconds[len(seconds) // 2], last.name or self._name, last.gpus)

    def _lines(self) -> list[str]:
        """Whole lines only."""
        if not self._path:
            return []
        try:
            size = os.fstat(self._file).st_size
            start = max(0, size - _READ)
            read = os.pread(self._file, _READ, start)
        except OSError:
            return []
        lines = read.split(b"\n")[:-1]
        return [line.decode(errors="replace") for line in (lines[1:] if start else lines)]
