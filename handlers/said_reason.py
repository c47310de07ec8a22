"""What a line says of a reservation's reason, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """It is for this; `reason` is not empty, and has at most `booking_line.LONGEST_REASON` characters."""

    id: int
    reason: str
