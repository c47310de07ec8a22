"""What a line says about calendars to subscribe to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calendar:
    """A link to subscribe to: my reservations, or a pool's. `renew`: another one, and the old opens nothing."""

    pool: str | None = None
    renew: bool = False
