"""What the audit keeps of a change that is no reservation's: the thing before and after it, as JSON values."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from typing import Any

from bot.booking.asking import Question
from bot.booking.lab import Deadline
from bot.booking.members import Link
from bot.booking.model import Reservation, Waiting
from bot.booking.outages import Outage
from bot.booking.settings import MemberSettings

Subject = Reservation | Waiting | Question | Deadline | Outage | Link | MemberSettings
_MINUTE = timedelta(minutes=1)


def values_of(subject: object) -> Any:
    """A value of the core's as JSON has it: fields by name, instants in ISO 8601, lengths in minutes.

    Raises TypeError for what no dataclass of the core's holds.
    """
    match subject:
        case Enum():
            return subject.value
        case None | str() | int() | float():
            return subject
        case date() | time():
            return subject.isoformat()
        case timedelta():
            return subject / _MINUTE
        case Mapping():
            return {str(name): values_of(value) for name, value in subject.items()}
        case Set():
            return sorted(map(values_of, subject))
        case Sequence():
            return [values_of(value) for value in subject]
        case _ if is_dataclass(subject):
            return {field.name: values_of(getattr(subject, field.name)) for field in fields(subject)}
        case _:
            raise TypeError(f"the audit keeps no {type(subject).__name__}")
