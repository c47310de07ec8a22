"""Each refusal and limit as a sentence."""

from datetime import UTC, timedelta

import pytest

from bot.booking.model import Promise
from bot.booking.reasons import (
    Alone,
    BadCount,
    Delayed,
    Holding,
    InPast,
    KeptFor,
    Limit,
    NoSuchMemory,
    NotByDeadline,
    OverCrunch,
    OverHours,
    OverOutstanding,
    OverQuota,
    OverShare,
    PoolAsks,
    Refusal,
    Shortage,
    Taken,
    TooFar,
    TooLong,
    TooManyGpus,
    TooManyPending,
    UnknownGpu,
    UnknownPool,
    WouldDelay,
)
from handlers.views import words
from handlers.views.reasons import limit_text, passed, why_not
from make import ALICE, BOB, CAROL, monday, window

BOBS = Holding(BOB.id, 7, 2, window(8, 17))
TAKEN = Taken(window(9, 17), 4, 2, "a100", (BOBS,))
PROMISE = Promise(monday(50), monday(26), "neurips")

HAS_TWO = f"<@U0BOB> has 2 until {words.clock(monday(17))} · R7."

SAID: list[tuple[Refusal, str, str]] = [
    (UnknownPool("h100", ("a100", "3090")), "unknown_pool", 'No pool is called "h100". Pools: A100 and 3090.'),
    (UnknownGpu(("atlas:9",), ("atlas:0",)), "unknown_gpu", 'No GPU is called "atlas:9". GPUs: atlas:0.'),
    (BadCount(0), "bad_count", "A booking takes at least 1 GPU, not 0."),
    (TooManyGpus(9, 4, "a100"), "too_many_gpus", "A100 has 4 GPUs that would do, not 9."),
    (TooManyGpus(10**9, 4, None), "too_many_gpus", "No pool has more than 4 GPUs that would do, not 1,000,000,000."),
    (NoSuchMemory(100, 80), "no_such_memory", "No such GPU has 100 GB. The largest has 80 GB."),
    (InPast(monday(3)), "in_past", f"{words.moment(monday(3))} is over."),
    (TooLong(800, 720), "too_long", "33 d 8 h is too long: 30 d at most."),
    (
        TooManyPending(2),
        "too_many_pending",
        "You have 2 requests waiting for an admin already."
        " Withdraw one with `/gpu release` and its id (`/gpu mine` shows them), or wait for the decision.",
    ),
    (
        WouldDelay((Delayed(3, BOB.id, monday(20), monday(22)), Delayed(4, CAROL.id, monday(30), None))),
        "would_delay",
        f"Others wait for that room. It would delay <@U0BOB> (W3, expected {words.moment(monday(20))})"
        f" to {words.moment(monday(22))} and <@U0CAROL> (W4, expected {words.moment(monday(30))}) for good.",
    ),
    (Alone(OverHours(200, 168)), "over_hours", "It would last 8 d 8 h (over 7 d). No admin can be asked for this."),
    (
        TooFar(monday(99), 28, True),
        "too_far",
        f"Too far ahead: it must be done by {words.moment(monday(99))} (28 days).",
    ),
    (
        TAKEN,
        "taken",
        f"Not {words.moment(monday(9))}: you need 4 A100, 2 are free. {HAS_TWO}",
    ),
    (
        NotByDeadline(PROMISE, timedelta(hours=10), TAKEN),
        "not_by_deadline",
        f"Not before neurips (by {words.moment(monday(26))}): no free 10 h was found."
        f" It may fit in GPU-hours, but not in one piece. At the last start tried: {HAS_TWO}",
    ),
    (
        NotByDeadline(PROMISE, timedelta(hours=10), TAKEN, Shortage(window(9, 17), 412, 384)),
        "not_by_deadline",
        f"Not before neurips (by {words.moment(monday(26))}): there is no room for 10 h."
        f" Proven: between {words.moment(monday(9))} and {words.clock(monday(17))}, 412 GPU-h are wanted, 384 exist."
        f" In the way: {HAS_TWO}",
    ),
    (
        NotByDeadline(PROMISE, timedelta(hours=10), None, Shortage(window(9, 40), 40, 12.5, at_once=4)),
        "not_by_deadline",
        f"Not before neurips (by {words.moment(monday(26))}): there is no room for 10 h."
        f" Proven: between {words.moment(monday(9))} and {words.moment(monday(40))},"
        " 40 GPU-h of 4 GPUs at once are wanted, 12.5 exist.",
    ),
]


@pytest.mark.parametrize(("refusal", "code", "text"), SAID, ids=[code for _, code, _ in SAID])
def test_every_refusal_says_its_figures(refusal: Refusal, code: str, text: str) -> None:
    reason = why_not(refusal, ALICE.id, ALICE.id, UTC)
    assert reason.code == code
    assert reason.text.startswith(text)


LIMITS: list[tuple[Limit, str, str, str]] = [
    (OverHours(200, 168), "over_hours", "it would last 8 d 8 h (over 7 d)", "7 d"),
    (OverShare(3, 2, 4, "a100"), "over_share", "you would hold 3 of 4 A100 at once (over 2)", "2 GPUs at once"),
    (
        OverShare(6, 2, 4, "a100"),
        "over_share",
        "you would hold 6 × A100 at once, where there are only 4 (over 2)",
        "2 GPUs at once",
    ),
    (
        OverOutstanding(200, 192, "a100"),
        "over_outstanding",
        "you would have 200 GPU-h of A100 ahead (over 192 GPU-h)",
        "192 GPU-h of A100 ahead",
    ),
    (
        OverQuota(120, 100, 7),
        "over_quota",
        "you would have 120 GPU-h in 7 days (the quota is 100 GPU-h)",
        "the quota of 100 GPU-h in 7 days",
    ),
    (
        PoolAsks("h100"),
        "pool_asks",
        "every booking of H100 is an admin's to decide",
        "what H100 gives without an admin",
    ),
    (
        OverCrunch("neurips", 200, 168, 7, "a100"),
        "over_crunch",
        "you would have 200 GPU-h of A100 in the 7 days before neurips without it (over 168 GPU-h)",
        "168 GPU-h of A100 in the 7 days before neurips",
    ),
    (
        KeptFor("<neurips>", 2, "a100"),
        "kept_for",
        "it would take from the 2 A100 that are kept for &lt;neurips&gt;",
        "what the 2 A100 kept for &lt;neurips&gt; leave",
    ),
]


@pytest.mark.parametrize(("limit", "code", "text", "over"), LIMITS, ids=[code for _, code, _, _ in LIMITS])
def test_every_limit_says_its_figures_whether_it_binds_or_not(limit: Limit, code: str, text: str, over: str) -> None:
    assert limit_text(limit, ALICE.id, ALICE.id) == (code, text)
    assert passed([limit]) == f"Over {over}, fine while nobody waits."


def test_several_limits_that_did_not_bind_are_one_sentence() -> None:
    assert passed([OverShare(3, 2, 4, "a100"), OverHours(200, 168)]) == (
        "Over 2 GPUs at once and over 7 d, fine while nobody waits."
    )
    assert passed([]) == ""


def test_the_reader_is_you_and_everybody_else_is_named() -> None:
    taken = Taken(window(9, 17), 4, 0, "a100", (Holding(ALICE.id, 8, 2, window(8, 12)), BOBS))
    mine = why_not(taken, ALICE.id, ALICE.id, UTC).text
    assert "none is free" in mine
    assert "You have 2 until" in mine
    for_bob = why_not(taken, BOB.id, ALICE.id, UTC).lead
    assert "<@U0BOB> needs 4 A100" in for_bob


@pytest.mark.parametrize(
    ("named", "count", "text"),
    [
        (("titan:0",), 1, "titan:0 is not free from {}. <@U0BOB> has it until {} · R7."),
        (("titan:0", "titan:2"), 2, "titan:0 and titan:2 are not free from {}. <@U0BOB> has them until {} · R7."),
        (("titan:0", "titan:2"), 1, "titan:0 and titan:2 are not free from {}. <@U0BOB> has 1 until {} · R7."),
    ],
)
def test_gpus_that_were_named_are_named_again(named: tuple[str, ...], count: int, text: str) -> None:
    taken = Taken(window(9, 17), 3, 1, "3090", (Holding(BOB.id, 7, count, window(8, 17)),), named)
    said = why_not(taken, ALICE.id, ALICE.id, UTC).text
    assert said == text.format(words.moment(monday(9)), words.clock(monday(17)))
    late = why_not(NotByDeadline(PROMISE, timedelta(hours=8), taken), ALICE.id, ALICE.id, UTC).rest
    assert late == "At the last start tried: " + text.format("", words.clock(monday(17))).replace(" from .", ".")


def test_the_figures_of_a_proof_never_read_alike() -> None:
    short = NotByDeadline(PROMISE, timedelta(hours=1), None, Shortage(window(9, 17), 32 + 1 / 60, 32))
    assert "32.1 GPU-h are wanted, 32 exist." in why_not(short, ALICE.id, ALICE.id, UTC).rest


def test_a_holder_who_comes_later_is_told_with_the_start() -> None:
    taken = Taken(window(9, 17), 4, 2, "a100", (Holding(CAROL.id, 9, 2, window(12, 40)),))
    assert why_not(taken, ALICE.id, ALICE.id, UTC).rest == (
        f"<@U0CAROL> has 2 from {words.clock(monday(12))} until {words.moment(monday(40))} · R9."
    )


def test_of_many_holders_the_first_are_named_and_the_others_counted() -> None:
    taken = Taken(window(9, 17), 9, 0, "a100", tuple(Holding(BOB.id, n, 1, window(8, 17)) for n in range(9)))
    rest = why_not(taken, ALICE.id, ALICE.id, UTC).rest
    assert rest.count("<@U0BOB>") == 4
    assert rest.endswith("5 other reservations too.")
