"""`estimate`: what a line asks, what is refused, and lines that nobody means well with."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.booking.lab import Policy
from bot.booking.model import Promise
from bot.desk import Desk
from bot.errors import BotError, InputError
from bot.estimates.recipes import RECIPES
from bot.estimates.work import Kind, Like, Named, Precision, Steps, Training
from handlers.answer import answer, respond
from handlers.parse import Context, parse
from handlers.said_estimate import Estimate
from handlers.views.kit import Reply
from make import ALICE, PEOPLE, lab, monday, node
from storage.engine import open_engine
from storage.ledger import Ledger

LAB = lab(policy=Policy(max_share=1))
CONTEXT = Context(ALICE, LAB, PEOPLE, monday(8))


def asked(line: str, context: Context = CONTEXT) -> Estimate:
    command = parse(line, context)
    assert isinstance(command, Estimate)
    return command


def refusal(line: str, context: Context = CONTEXT) -> InputError:
    with pytest.raises(InputError) as refused:
        parse(line, context)
    return refused.value


@pytest.mark.parametrize("name", ["pythia-1b", "Pythia-1B", "pythia 1b", "pythia_1b"])
def test_a_model_is_asked_about_by_its_name(name: str) -> None:
    found = asked(f"estimate {name} on 4 a100")
    assert found.work == Training(RECIPES["pythia-1b"], RECIPES["pythia-1b"].items)
    assert (found.count, found.pool, found.promise) == (4, "a100", None)


@pytest.mark.parametrize(
    "said",
    [
        "1.4b params 30b tokens",
        "1.4B parameters and 30B tokens",
        "1.4b parameters, 30 billion tokens",
        "1400m params on 30,000,000,000 tokens",
        "1.4e9 params 30e9 tokens",
        "1.4b 30b tokens",
    ],
)
def test_a_model_is_asked_about_by_its_parameters_and_tokens(said: str) -> None:
    found = asked(f"estimate {said} on 2 3090").work
    assert isinstance(found, Training)
    assert (found.model.parameters, found.items) == pytest.approx((1.4e9, 30e9))
    assert found.model.flops == pytest.approx(8.4e9)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("100000 steps at 0.42s", 0.42),
        ("100,000 steps at 420ms", 0.42),
        ("100k steps of 0.42 seconds each", 0.42),
        ("100k steps at 2 min", 120),
        ("100k steps at 0.42 s a step", 0.42),
    ],
)
def test_steps_are_asked_about_with_their_time(said: str, seconds: float) -> None:
    assert asked(f"estimate {said} on 4 a100").work == Steps(100_000, pytest.approx(seconds))


def test_steps_of_what_was_measured_are_asked_about_by_its_name() -> None:
    assert asked("estimate 5000 steps of My-Tune on 4 a100").work == Named(5000, "My-Tune")
    assert asked("estimate pythia-1b 5000 steps on 4 a100").work == Named(5000, "pythia-1b")


def test_an_earlier_run_brings_its_own_gpus() -> None:
    assert asked("estimate like R12") == Estimate(Like(12), "like R12")
    assert asked("estimate like r12 on 8").count == 8
    assert asked("estimate like R12 on 2 3090").pool == "3090"


def test_images_are_asked_about_by_model_or_by_their_multiply_adds() -> None:
    model = asked("estimate vit-b 30m images on 2 3090").work
    assert isinstance(model, Training)
    assert (model.model.name, model.items) == ("vit-b", 30e6)
    own = asked("estimate 4.1 gmacs 100m images on 1 a100").work
    assert isinstance(own, Training)
    assert (own.model.kind, own.model.flops, own.items) == (Kind.VISION, pytest.approx(24.6e9), 1e8)


def test_tf32_and_lora_are_understood() -> None:
    found = asked("estimate 7b params 1b tokens with lora in tf32 on 1 a100").work
    assert isinstance(found, Training)
    assert (found.lora, found.precision) == (True, Precision.TF32)


def test_a_deadline_is_a_promise_and_nothing_before_a_time_is_kept() -> None:
    found = asked("estimate pythia-1b on 4 a100 after wed 9am by fri 18:00")
    assert found.promise == Promise(monday(17, day=4), monday(17, day=4))
    assert found.not_before == monday(8, day=2)
    assert any("fri" in note for note in found.notes)


def test_the_only_pool_need_not_be_said() -> None:
    single = replace(CONTEXT, lab=lab(node("atlas", "a100", 4)))
    assert asked("estimate pythia-1b on 4", single).pool == "a100"
    assert asked("estimate pythia-1b", single).count is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("estimate", "What is to be trained?"),
        ("estimate pythia-1b", "On which GPUs?"),
        ("estimate pythia1z on 4 a100", "Did you mean pythia-1b?"),
        ("estimate pythia-1b on 4 h100", "no pool"),
        ("estimate pythia-1b on 0 a100", "not a number of GPUs"),
        ("estimate pythia-1b on 5 a100", "are more than there are"),
        ("estimate pythia-1b on 1000000000 a100", "are more than there are"),
        ("estimate 0 params 30b tokens on 2 a100", "parameters cannot be"),
        ("estimate -1b params 30b tokens on 2 a100", "cannot be"),
        ("estimate 1b params 0 tokens on 2 a100", "tokens cannot be"),
        ("estimate 1e99 params 30b tokens on 2 a100", "cannot be"),
        ("estimate 100 steps at 0s on 2 a100", "seconds a step cannot be"),
        ("estimate 0 steps at 1s on 2 a100", "steps cannot be"),
        ("estimate 100 steps at 1e9s on 2 a100", "did not understand"),
        ("estimate vit-b on 2 3090", "How many images does vit-b see?"),
        ("estimate vit-b 3b tokens on 2 3090", "vit-b sees images"),
        ("estimate pythia-1b on 4 a100 before never", "no deadline"),
        ("estimate pythia-1b on 4 a100 before fri for 8h", "a deadline at most"),
        ("estimate pythia-1b on atlas:0,1", "a number of GPUs of a pool"),
        ("estimate pythia-1b on 4 a100 tomorrow 9am", "no pool"),
    ],
)
def test_what_is_not_understood_is_refused_with_an_example(line: str, told: str) -> None:
    error = refusal(line)
    assert told in f"{error} {error.hint}"
    assert isinstance(parse(error.example, CONTEXT), Estimate)


_WORDS = (
    *("pythia-1b", "pythia-160m", "vit", "vit-b", "resnet", "gpt", "1.4b", "30b", "-3", "0", "1e99", "9" * 18, "0.42s"),
    *("params", "parameters", "tokens", "images", "steps", "at", "of", "on", "like", "R1", "R999999999", "gmacs", "4"),
    *("a100", "3090", "h100", "gpus", "before", "by", "after", "fri", "18:00", "neurips", "tomorrow", "for", "8h"),
    *("lora", "tf32", "ms", "min", "nan", "inf", "<@U0BOB>", "*", "`", "\u202e", "😀", "שלום", "a" * 300, ",", "1,000"),
)
_CHARACTERS = "0123456789.,-+e kmbtgs/:@<>&*_~`'\"\n\t\u202e\u200b😀אπ½²٣NaINf"


def hostile(chance: random.Random) -> str:
    """A line of words in no order, of characters, or a good one that was spoilt."""
    match chance.randrange(5):
        case 0:
            return " ".join(chance.choices(_WORDS, k=chance.randrange(1, 9)))
        case 1:
            return "".join(chance.choices(_CHARACTERS, k=chance.randrange(1, 80)))
        case _:
            line = list(
                chance.choice(
                    (
                        "pythia-1b on 4 a100",
                        "1.4b params 30b tokens on 2 3090 before fri 6pm",
                        "100000 steps at 0.42s on 4 a100",
                        "like R1 on 2 3090",
                        "vit-b 30m images on 2 3090 by tomorrow 18:00",
                    )
                )
            )
            for _ in range(chance.randrange(5)):
                place = chance.randrange(len(line))
                line[place : place + chance.randrange(2)] = chance.choices(_CHARACTERS, k=chance.randrange(3))
                line = line or ["x"]
            return "".join(line)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    desk = Desk(Ledger(open_engine(sqlite_url)), LAB)
    desk.ledger.sync_gpus(LAB)
    yield desk
    desk.ledger.close()


def answered(line: str, desk: Desk) -> Reply | BotError:
    try:
        command = parse(line, CONTEXT)
        assert isinstance(command, Estimate), line
        reply = respond(command, CONTEXT, desk)
    except BotError as error:
        return error
    assert isinstance(reply, Reply)
    return reply


def test_whatever_is_asked_is_answered_by_a_clear_word(desk: Desk, rounds: Callable[[int, int], int]) -> None:
    """Never a crash, never a band that is negative or endless; a refusal has an example that works."""
    answer("book 1 a100 now for 3h", CONTEXT, desk)
    chance = random.Random(20261102)
    banded = 0
    for _ in range(rounds(400, 10_000)):
        line = f"estimate {hostile(chance)}"
        reply = answered(line, desk)
        if isinstance(reply, BotError):
            assert str(reply).strip(), line
            if isinstance(reply, InputError):
                parse(reply.example, CONTEXT)
            continue
        assert len(reply.text) > 20, line
        assert not re.search(r"\b(?:nan|inf|None)\b|: 0 |-\d+ (?:min|h|days|years)", reply.text), line
        banded += 1
    assert banded > 20
