"""The record of writes: triggers on every table, so that bulk SQL and an administrator's hand are recorded too (LOG-03).

A trigger per statement, not per row: the rows are their own history of values (facts and acts are never overwritten);
what they cannot say is who ran the statement, from where and why. `install` runs at every preparation of the database, as
the owner, so that the table of a new desk is watched from its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
import yaml
from psycopg import sql

from kokuho.core.database import APP_ROLE

# The records themselves and the seals: nobody changes them, and nobody deletes them before their time.
RECORDS = ("core_auditrecord", "core_writerecord", "core_dayseal")
# State of libraries that says nothing about people or rights, and is written with every click.
UNWATCHED_PREFIXES = ("django_session", "procrastinate_", "pghistory_", "core_formreceipt")
_OPERATIONS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION public.kokuho_record_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    counted bigint; low bigint; high bigint;
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        IF TG_ARGV[0] = 'id' THEN
            SELECT count(*), min(id), max(id) INTO counted, low, high FROM changed;
        ELSE
            SELECT count(*) INTO counted FROM changed;
        END IF;
        IF counted = 0 THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO public.core_writerecord (transaction, table_name, operation, row_count, first_id, last_id,
                                         staff_no, terminal, session, function, reason, database_role, application)
    VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, lower(TG_OP), counted, low, high,
            left(coalesce(current_setting('kokuho.actor', true), ''), 20),
            left(coalesce(current_setting('kokuho.terminal', true), ''), 60),
            left(coalesce(current_setting('kokuho.session', true), ''), 64),
            left(coalesce(current_setting('kokuho.function', true), ''), 60),
            left(coalesce(current_setting('kokuho.reason', true), ''), 200),
            session_user || CASE current_setting('role') WHEN 'none' THEN '' ELSE ' as ' || current_setting('role') END,
            current_setting('application_name'));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.kokuho_guard_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- Before the first seal there is nothing to keep: a database being set up may be emptied.
        IF EXISTS (SELECT FROM public.core_dayseal) THEN
            RAISE EXCEPTION '% is kept: it cannot be truncated', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'core_dayseal' THEN
        IF OLD.at < clock_timestamp() - make_interval(years => {years}) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is kept for {years} years: row % cannot be changed or deleted', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION public.kokuho_purge_records(last_day date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ends timestamptz := (last_day + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'; purged bigint; more bigint;
BEGIN
    IF ends > clock_timestamp() - make_interval(years => {years}) OR NOT EXISTS (SELECT FROM core_dayseal WHERE day = last_day) THEN
        RAISE EXCEPTION 'the record of % is kept', last_day USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM core_incident WHERE state = 'open' AND since < ends) THEN
        RAISE EXCEPTION 'the record of % is frozen for an incident', last_day USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM core_auditrecord WHERE at < ends;
    GET DIAGNOSTICS purged = ROW_COUNT;
    DELETE FROM core_writerecord WHERE at < ends;
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN purged + more;
END $$;

-- The two questions that every history trigger asks for each row, answered for good. As the libraries bring them, both look for a
-- setting of the session by catching the error that it is not there: the first would let any session switch the history off,
-- and a caught error costs a pass over all the checks that wait for the commit, so that n rows would cost n times n.
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    'SELECT false';
CREATE OR REPLACE FUNCTION public._pgh_attach_context() RETURNS uuid LANGUAGE sql IMMUTABLE AS
    'SELECT NULL::uuid';

CREATE OR REPLACE FUNCTION public.kokuho_stamp_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;
"""


@cache
def settings() -> dict[str, Any]:
    """`core/data/inspection.yaml`: retention, inspections and the rules of the daily analysis."""
    text = files("kokuho.core").joinpath("data", "inspection.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True, slots=True)
class _Watch:
    """A trigger that a table must have."""

    schema: str
    table: str
    name: str
    definition: sql.Composed


def install(connection: psycopg.Connection) -> int:
    """Watch every table (idempotent, as the owner, in the caller's transaction). Returns how many triggers were new."""
    years = int(settings()["retention_years"])
    connection.execute(_FUNCTIONS.replace("{years}", str(years)))  # type: ignore[arg-type]
    missing = [watch for watch, state in _states(connection) if state is None]
    for watch in missing:
        connection.execute(watch.definition)
    return len(missing)


def unguarded(connection: Any) -> list[str]:
    """Triggers that are missing or switched off, as `schema.table trigger`. Anything here means writes went unrecorded."""
    return [f"{w.schema}.{w.table} {w.name}" for w, state in _states(connection) if state not in ("O", "A")]


def _states(connection: Any) -> list[tuple[_Watch, str | None]]:
    rows = connection.execute(
        """
        SELECT n.nspname, c.relname,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped
                          AND a.atttypid IN ('int8'::regtype, 'int4'::regtype)),
               coalesce((SELECT json_object_agg(t.tgname, t.tgenabled) FROM pg_trigger t WHERE t.tgrelid = c.oid), '{}')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname IN ('public', 'vault')
           AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'pgh_id')
         ORDER BY 1, 2
        """
    ).fetchall()
    found: list[tuple[_Watch, str | None]] = []
    for schema, table, numbered, triggers in rows:
        if schema == "public" and table.startswith(UNWATCHED_PREFIXES):
            continue
        found += [(watch, triggers.get(watch.name)) for watch in _watches(schema, table, numbered)]
    return found


def _watches(schema: str, table: str, numbered: bool) -> list[_Watch]:
    on = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(table))
    wanted: dict[str, str] = {}
    argument = "'id'" if numbered else ""
    record = f"FOR EACH STATEMENT EXECUTE FUNCTION public.kokuho_record_write({argument})"
    is_record = schema == "public" and table in RECORDS
    for operation, rows in _OPERATIONS.items():
        # A record's own insertion is the record; recording it again would never end.
        if not (is_record and operation == "insert"):
            wanted[f"kokuho_write_{operation}"] = f"AFTER {operation} ON {{}} REFERENCING {rows} TABLE AS changed {record}"
    wanted["kokuho_write_truncate"] = f"AFTER TRUNCATE ON {{}} {record}"
    if is_record:
        guard = "EXECUTE FUNCTION public.kokuho_guard_record()"
        wanted["kokuho_guard_rows"] = f"BEFORE UPDATE OR DELETE ON {{}} FOR EACH ROW {guard}"
        wanted["kokuho_guard_truncate"] = f"BEFORE TRUNCATE ON {{}} FOR EACH STATEMENT {guard}"
    if is_record and table == "core_auditrecord":
        # The program cannot choose the time of its record; the owner brings records back from a backup with theirs.
        wanted["kokuho_guard_clock"] = (
            f"BEFORE INSERT ON {{}} FOR EACH ROW WHEN (current_user = '{APP_ROLE}') "
            "EXECUTE FUNCTION public.kokuho_stamp_record()"
        )
    return [
        _Watch(schema, table, name, sql.SQL(f"CREATE TRIGGER {name} {text}").format(on))  # type: ignore[arg-type]
        for name, text in wanted.items()
    ]
