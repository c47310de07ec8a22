"""Bringing the schema up to date, the agreement of migrations and classes, and the proof of the guards."""

import re
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Engine, Integer, inspect, text

from bot.booking.settings import Reminder
from bot.errors import ConfigError
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.schema import _config, bring_to, is_current, prove_guard, upgrade, will_upgrade
from storage.tables import METADATA

_LINES = re.compile(r"\s*,\s*\n\s*|\s*\n\s*|, (?=(?:withdrawn|failed) )")
GUARDS = {
    "sqlite": {
        "second holder": "DROP TRIGGER allocation_overlap_insert",
        "overlap": "DROP TRIGGER allocation_overlap_update",
        "audit": "DROP TRIGGER audit_delete",
    },
    "postgresql": {
        "second holder": "ALTER TABLE allocation DROP CONSTRAINT allocation_overlap",
        "overlap": "ALTER TABLE allocation DROP CONSTRAINT allocation_overlap",
        "audit": "DROP TRIGGER audit_change ON audit",
    },
}


@pytest.fixture
def empty(empty_url):
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def statements(engine: Engine) -> list[str]:
    """Everything that defines the database, without its white space."""
    if engine.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    else:
        query = """
            SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable
              FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
            UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
              WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalars()
        # A column that a later revision added stands behind the constraints, on their line.
        return sorted("\n".join(sorted(_LINES.split(line.removesuffix(")").rstrip()))) for line in found)


def test_an_empty_database_is_not_current_and_an_upgraded_one_is(empty):
    assert not is_current(empty)
    assert will_upgrade(empty)
    upgrade(empty)
    assert is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_four_processes_that_upgrade_at_once_leave_one_schema(empty_url):
    engines = [open_engine(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, engines))
    assert all(is_current(engine) for engine in engines)
    with engines[0].connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ledger")) == 1
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match=r"revision 9999.*newer"):
        will_upgrade(engine)
    with pytest.raises(ConfigError, match=r"revision 9999.*newer"):
        upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_alembic_finds_nothing_to_add_to_the_migrations(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrations_and_classes_make_the_same_database_guards_included(engine, empty):
    METADATA.create_all(empty)
    assert statements(empty) == statements(engine)
    prove_guard(empty)


@pytest.mark.parametrize("missing", ["second holder", "overlap", "audit"])
def test_that_comparison_would_see_a_missing_guard(engine, empty, backend, missing):
    METADATA.create_all(empty)
    with empty.begin() as connection:
        connection.execute(text(GUARDS[backend][missing]))
    assert statements(empty) != statements(engine)


def test_who_has_settings_of_their_own_is_asked_for_the_pulse_until_they_say_otherwise(empty):
    with empty.begin() as connection:
        bring_to(connection, "0010")
        for member, reminders in (("U0ALICE", "end,start"), ("U0BOB", "")):
            row = {"member": member, "reminders": reminders}
            connection.execute(text("INSERT INTO settings VALUES (:member, :reminders, NULL, NULL, '', false, 0)"), row)
        bring_to(connection, "head")
    with Ledger(empty).reading() as book:
        kept = book.settings(["U0ALICE", "U0BOB"])
    assert kept["U0ALICE"].reminders == {Reminder.START, Reminder.END, Reminder.PULSE}
    assert kept["U0BOB"].reminders == {Reminder.PULSE}


def test_every_revision_can_be_taken_back(engine):
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    prove_guard(engine)


def test_alembic_itself_reaches_a_database_by_its_url(empty_url, empty):
    config = _config()
    config.cmd_opts = Namespace(x=[f"url={empty_url}"])
    command.upgrade(config, "head")
    assert is_current(empty)


def test_the_proof_passes_and_leaves_nothing_behind(engine, ledger):
    prove_guard(engine)
    with engine.connect() as connection:
        for table in ("reservation", "allocation", "audit"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        assert connection.scalar(text("SELECT count(*) FROM gpu WHERE id < 0")) == 0


@pytest.mark.parametrize("missing", ["second holder", "overlap", "audit"])
def test_the_proof_fails_when_a_guard_is_gone(engine, backend, missing):
    with engine.begin() as connection:
        connection.execute(text(GUARDS[backend][missing]))
    with pytest.raises(ConfigError, match=missing):
        prove_guard(engine)


def test_the_proof_catches_what_batch_migrations_do_to_triggers(sqlite_url):
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("allocation", recreate="always") as batch:
            batch.add_column(Column("note", Integer))
    with pytest.raises(ConfigError, match="second holder"):
        prove_guard(engine)
    engine.dispose()
