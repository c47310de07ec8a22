"""What the database refuses by itself: two holders of one GPU at once, and any change of an audit row.

The first revision in storage/migrations makes the same; the tests hold the two against each other.
"""

from sqlalchemy import DDL, Table, event

# The guard's name and the audit's words, by which a refusal is recognised (storage/faults.py, storage/schema.py).
OVERLAP = "allocation_overlap"
APPEND_ONLY = "audit is append-only"

# PostgreSQL needs none of these: its guard is the exclusion constraint of the table itself.
SQLITE_ALLOCATION = (
    """CREATE TRIGGER allocation_overlap_insert BEFORE INSERT ON allocation WHEN NEW.holds BEGIN
    SELECT RAISE(ABORT, 'allocation_overlap') WHERE EXISTS (
        SELECT 1 FROM allocation AS other
        WHERE other.holds AND other.gpu_id = NEW.gpu_id AND other.starts < NEW.ends AND NEW.starts < other.ends
    ); END""",
    """CREATE TRIGGER allocation_overlap_update BEFORE UPDATE ON allocation WHEN NEW.holds BEGIN
    SELECT RAISE(ABORT, 'allocation_overlap') WHERE EXISTS (
        SELECT 1 FROM allocation AS other
        WHERE other.holds AND other.gpu_id = NEW.gpu_id AND other.starts < NEW.ends AND NEW.starts < other.ends
        AND other.id <> OLD.id
    ); END""",
)

# The third: INSERT OR REPLACE deletes the old row without asking a DELETE trigger.
SQLITE_AUDIT = (
    """CREATE TRIGGER audit_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    """CREATE TRIGGER audit_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    """CREATE TRIGGER audit_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
)

POSTGRESQL_AUDIT = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege'; END $$""",
    """CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)


def attach(allocation: Table, audit: Table, ledger: Table) -> None:
    """Have `metadata.create_all` make what a migrated database has besides its tables."""
    for table, dialect, statements in (
        (allocation, "sqlite", SQLITE_ALLOCATION),
        (audit, "sqlite", SQLITE_AUDIT),
        (audit, "postgresql", POSTGRESQL_AUDIT),
    ):
        for statement in statements:
            event.listen(table, "after_create", _ddl(statement).execute_if(dialect=dialect))
    event.listen(ledger, "after_create", _ddl("INSERT INTO ledger (id, version) VALUES (1, 0)"))


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]
