"""The composition root: engine, ledger, desk, Bolt app, jobs and web, put together."""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

import handlers
from bot import jobs, web
from bot.booking.lab import Lab
from bot.config import Settings
from bot.desk import Desk
from bot.errors import ConfigError
from bot.feed import Reader
from bot.fleet.fleet import Fleet
from bot.introducing import Team, app_token_problem, introduced, where_not
from bot.jobs.deliver import deliver
from bot.jobs.digest import digest
from bot.jobs.feed import feed
from bot.jobs.forget import forget
from bot.jobs.month import month
from bot.jobs.turnover import turnover
from bot.ready import readiness
from bot.watching import Watching, fleet_of, found, measured, watching
from handlers.courier import Courier
from handlers.groups import Groups
from handlers.home import Homes
from handlers.identity import People
from handlers.notify import SlackNotifier
from handlers.pace import Pace
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.schema import prove_guard, upgrade
from storage.sole import sole

log = structlog.get_logger()

Clock = Callable[[], datetime]
AtNodes = Callable[[Desk], web.AgentsAnswer]
COURIERS = 4
SECONDS_TO_START = 10


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that is put together and not yet served."""

    desk: Desk
    people: People
    app: App
    outbox: Outbox
    notifier: SlackNotifier
    homes: Homes
    groups: Groups
    reader: Reader | None = None
    clock: Clock | None = None
    watching: Watching | None = None

    def turnover(self, now: datetime) -> int:
        """Do what time does to reservations."""
        return turnover(self.desk, now)

    def deliver(self, now: datetime) -> int:
        """Send what is owed."""
        return deliver(self.desk, self.outbox, self.notifier, now, self.clock)

    def digest(self, now: datetime) -> bool:
        """Owe the digest of the day, if its hour has come."""
        return digest(self.desk, now)

    def month(self, now: datetime) -> bool:
        """Owe the report of the month, and ask the quarter's question, if their hour has come."""
        return month(self.desk, now)

    def home(self, now: datetime) -> int:
        """Bring the Home tabs up to date that people look at."""
        return self.homes.refresh(now)

    def feed(self, now: datetime) -> int:
        """Take in what the calendar of conferences says, if there is one."""
        return feed(self.desk, self.reader, now) if self.reader is not None else 0

    def poll(self, now: datetime) -> int:
        """See what the GPUs are doing, if any is watched."""
        return self.watching.poll(self.desk, now) if self.watching is not None else 0

    def forget(self, now: datetime) -> int:
        """Delete what is of no use any more."""
        return forget(self.desk.ledger, now)

    def jobs(self) -> dict[str, Callable[[datetime], object]]:
        """What is to be ticked."""
        ticked: dict[str, Callable[[datetime], object]] = {
            "turnover": self.turnover,
            "deliver": self.deliver,
            "digest": self.digest,
            "month": self.month,
            "home": self.home,
            "forget": self.forget,
        }
        if self.desk.groups:
            ticked["admins"] = lambda _: self.groups.refresh()
        if self.reader is not None:
            ticked["feed"] = self.feed
        if self.watching is not None:
            ticked["poll"] = self.poll
        return ticked


def open_desk(database_url: str, lab: Lab, fleet: Fleet | None = None, now: datetime | None = None) -> Desk:
    """The desk on an up-to-date and proven database. Raises ConfigError.

    GPUs that the lab file leaves to be found are asked of `fleet` at `now`; without one they are as they were known.
    """
    engine = open_engine(database_url)
    upgrade(engine)
    prove_guard(engine)
    ledger = Ledger(engine)
    lab = found(lab, ledger, fleet, now)
    ledger.sync_gpus(lab)
    return Desk(ledger, lab)


def build(
    desk: Desk,
    client: WebClient,
    team: Team,
    clock: Clock,
    courier: Courier,
    watched: Watching | None = None,
    pace: Pace | None = None,
) -> Bot:
    """The bot around a desk. `client` speaks to Slack; deliveries must have been verified before they get to `app`."""
    people = People(desk, client, team.id)
    groups = Groups(desk, client)
    app = App(
        # Without a token: Bolt gives each listener a client with the one that `authorize` says.
        client=WebClient(base_url=client.base_url, timeout=client.timeout, retry_handlers=client.retry_handlers),
        authorize=lambda: AuthorizeResult(
            enterprise_id=None,
            team_id=team.id,
            bot_token=client.token,
            bot_user_id=team.bot_user,
            bot_id=team.bot,
        ),
        # The gate has verified what comes by HTTP; Socket Mode is Slack's own connection.
        request_verification_enabled=False,
        token_verification_enabled=False,
        # The acknowledgement carries the card, so it waits for the listener, in the thread that brought the delivery.
        process_before_response=True,
    )
    once = WebClient(token=client.token, base_url=client.base_url, timeout=SECONDS_TO_START, retry_handlers=[])
    homes = Homes(desk, people, once)
    handlers.register(app, desk, people, homes, groups, courier, pace or Pace(), clock)
    reader = Reader(desk.lab.feed) if desk.lab.feed is not None else None
    notifier = SlackNotifier(once, desk.lab, people)
    return Bot(desk, people, app, Outbox(desk.ledger), notifier, homes, groups, reader, clock, watched)


def serve(settings: Settings, lab: Lab, clock: Clock, at_nodes: AtNodes | None = None) -> None:
    """Serves until SIGTERM or SIGINT; `at_nodes` answers agents. Raises ConfigError for what keeps it from starting."""
    missing = settings.missing_for_slack()
    if missing or settings.slack_bot_token is None:
        raise ConfigError(missing)
    client = WebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=10)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    team = introduced(client)
    if settings.slack_app_token is not None:
        problem = app_token_problem(client, settings.slack_app_token.get_secret_value())
        if problem is not None:
            raise ConfigError([problem])
    fleet = fleet_of(lab, settings, clock)
    desk = open_desk(settings.database, lab, fleet, clock())
    hit = desk.gpus_left(clock())
    if hit:
        log.warning("GPUs have left the lab file", reservations_hit=hit)
    replanned = desk.take_file(clock())
    if replanned:
        log.warning("deadlines of the lab file have changed", reservations_replanned=len(replanned))
    if not lab.admins:
        log.warning("no admin is named in the lab file: approvals are off, and limits that bind refuse")
    with sole(desk.ledger.engine), ThreadPoolExecutor(COURIERS, thread_name_prefix="courier") as couriers:
        watched = watching(fleet, desk.ledger, desk.lab.policy) if fleet is not None else None
        bot = build(desk, client, team, clock, Courier(couriers), watched)
        try:
            log.info("people read", count=bot.people.learn_all(clock()))
        except (SlackApiError, OSError) as error:
            log.warning("people could not be read; each is asked about when they speak", error=type(error).__name__)
        bot.groups.refresh()
        for problem in where_not(client, lab, team):
            log.warning(problem)
        ticks = jobs.Ticks()
        clockwork = jobs.start(bot.jobs(), clock, ticks)
        _settled()
        try:
            _listen(settings, bot, ticks, clock, at_nodes, web.Draining(clockwork.pause))
        finally:
            clockwork.shutdown()
            desk.ledger.close()


def _settled() -> None:
    """What is in memory by now stays: the garbage collector need not look through it again.

    Its full rounds cost the answers of that moment 80 ms (p99 of `free` with 24 people at once: 120 ms, without 45),
    its small ones, as often as they come by default, 6 % of an answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _listen(
    settings: Settings, bot: Bot, ticks: jobs.Ticks, clock: Clock, at_nodes: AtNodes | None, draining: web.Draining
) -> None:
    host, port = settings.address
    ready = draining.ready(readiness(bot.desk, bot.outbox, ticks, clock))
    told = measured(bot.desk, bot.watching, clock, bot.outbox, ticks)
    pages = partial(web.asgi, ready=ready, clock=clock, metrics=told, calendars=bot.desk.subscribed)
    if at_nodes is not None and settings.agent_token is not None:
        pages = partial(pages, at_nodes=at_nodes(bot.desk), agent_token=settings.agent_token.get_secret_value())
    if settings.slack_app_token is None:
        secret = settings.slack_signing_secret
        if secret is None:
            raise ConfigError(settings.missing_for_slack())
        log.info("listening", bind=settings.bind, mode="http")
        web.serve(
            pages(handle=web.bolt(bot.app), signing_secret=secret.get_secret_value()), host, port, draining=draining
        )
        return
    from slack_bolt.adapter.socket_mode import SocketModeHandler  # noqa: PLC0415 - only in this mode

    socket = SocketModeHandler(bot.app, settings.slack_app_token.get_secret_value())
    socket.connect()  # type: ignore[no-untyped-call]
    log.info("listening", bind=settings.bind, mode="socket")
    try:
        web.serve(pages(handle=None, signing_secret=""), host, port, draining=draining)
    finally:
        socket.close()  # type: ignore[no-untyped-call]
