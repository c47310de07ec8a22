"""The states of a reservation and which act leads from where to where, as data."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Only the first four hold GPUs; the others are ends."""

    PENDING = "pending"
    OFFERED = "offered"
    BOOKED = "booked"
    ACTIVE = "active"
    ENDED = "ended"
    RELEASED = "released"
    CANCELLED = "cancelled"
    DENIED = "denied"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    REVOKED = "revoked"
    DISPLACED = "displaced"


HOLDING = frozenset({State.PENDING, State.OFFERED, State.BOOKED, State.ACTIVE})


class Act(StrEnum):
    """What can be done to a reservation."""

    APPROVE = "approve"
    DENY = "deny"
    EXPIRE = "expire"
    START = "start"
    END = "end"
    RELEASE = "release"
    EXTEND = "extend"
    MOVE = "move"
    ACCEPT = "accept"
    DECLINE = "decline"
    OFFER = "offer"  # something else instead, by an admin or because nobody decided
    REVOKE = "revoke"
    REASON = "reason"  # another reason for it


TRANSITIONS: Mapping[Act, Mapping[State, State]] = {
    Act.APPROVE: {State.PENDING: State.BOOKED},
    Act.DENY: {State.PENDING: State.DENIED},
    Act.EXPIRE: {State.PENDING: State.EXPIRED, State.OFFERED: State.EXPIRED},
    Act.START: {State.BOOKED: State.ACTIVE},
    Act.END: {State.ACTIVE: State.ENDED},
    Act.RELEASE: {
        State.PENDING: State.CANCELLED,
        State.OFFERED: State.CANCELLED,
        State.BOOKED: State.CANCELLED,
        State.ACTIVE: State.RELEASED,
    },
    Act.EXTEND: {State.BOOKED: State.BOOKED, State.ACTIVE: State.ACTIVE},
    Act.MOVE: {State.BOOKED: State.BOOKED},
    Act.ACCEPT: {State.OFFERED: State.BOOKED},
    Act.DECLINE: {State.OFFERED: State.CANCELLED},
    Act.OFFER: {State.PENDING: State.OFFERED},
    Act.REASON: {state: state for state in (State.PENDING, State.OFFERED, State.BOOKED, State.ACTIVE)},
    Act.REVOKE: dict.fromkeys((State.OFFERED, State.BOOKED, State.ACTIVE), State.REVOKED),
}


def after(act: Act, state: State) -> State | None:
    """The state that `act` leads to, or None where it is not possible from `state`."""
    return TRANSITIONS[act].get(state)
