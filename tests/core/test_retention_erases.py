"""Every kind of record goes by the two steps, and nothing of it is left: not in its tables, their history, the views of the past, what
was put aside, the vault or the files. A table or folder that is added to the rules is proved here without a word more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

pytestmark = pytest.mark.db
ON = date(2026, 7, 1)
# Two subjects that have a row in every table: the one whose periods are all over, and the one whose periods have just begun.
GONE, STAYS = 20007, 20008
DAYS = {GONE: date(2000, 6, 30), STAYS: date(2026, 6, 15)}
MARK = {GONE: "龘", STAYS: "鱻"}
# What makes a row a closed one, where the rules ask for it.
CLOSED: dict[str, dict[str, Any]] = {
    "core_entry": {"state": "returned"},
    "people_inquiry": {"state": "closed"},
    "people_numberdoubt": {"state": "settled"},
    "exchange_outboxfile": {"state": "answered", "resend_of_id": None},
    "core_contract": {"parent_id": None},
    "exchange_receivedapplication": {"state": "accepted", "sha256": lambda number: f"{MARK[number]}申請"},
    "core_workorder": {"state": "confirmed"},
    "core_medium": {"state": "destroyed"},
    "core_extract": {"state": "erased"},
    "core_incident": {"state": "closed"},
    "core_disclosurerequest": {"state": "granted"},
    "procrastinate_jobs": {"status": "succeeded"},
}


class Filler:
    """Rows in every table of the rules, entered by the server's own administrator past every trigger, so that a row is possible
    without the whole life that leads to it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        from kokuho.core.retention import rules, targets

        self.connection = connection
        connection.execute("SET session_replication_role = replica")
        named = {target.table for category in rules.categories().values() for target in category.targets}
        self.tables = sorted(name for name in named if self.columns(name))
        former = targets.histories()
        self.histories = [former[name] for name in self.tables if name in former]
        asked = [name for name in (*self.tables, *self.histories) if not name.startswith("vault.")]
        self.parents = [
            name for (name,) in connection.execute(
                "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
                (asked,),
            ) if name not in named
        ] + ["assessment_levyrun"]  # fmt: skip
        self.checks = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'c' AND conrelid <> 0 AND connamespace::regnamespace::text IN ('public', 'vault')"
        ).fetchall()
        for table, name, _ in self.checks:
            connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(_name(table), sql.Identifier(name)))

    def restore(self) -> None:
        every = [sql.Identifier("public", n) if "." not in n else _name(n) for n in (*self.tables, *self.histories, *set(self.parents))]
        self.connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(every)))
        for table, name, definition in self.checks:
            self.connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(_name(table), sql.Identifier(name), sql.SQL(definition))
            )

    def empty(self, table: str) -> None:
        self.connection.execute(sql.SQL("DELETE FROM {}").format(_name(table)))

    def columns(self, table: str) -> list[tuple[str, str, int | None]]:
        schema, _, name = table.rpartition(".")
        return self.connection.execute(
            "SELECT column_name, udt_name, character_maximum_length FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER'", (schema or "public", name),
        ).fetchall()  # fmt: skip

    def fill(self, number: int, *only: str) -> None:
        """A row of a subject in every table, or in these only, with the rows that a table takes its day from."""
        for table in only or (*self.tables, *self.histories, *sorted(set(self.parents))):
            told = {name: self._value(name, kind, length, number) for name, kind, length in self.columns(table)}
            if "superseded_at" in told:
                told["superseded_at"] = None
            self._insert(table, {**told, **{k: v(number) if callable(v) else v for k, v in CLOSED.get(table, {}).items()}})
            if "superseded_at" in told and "id" in told:
                # What the office believed before a correction is of the same subject.
                self._insert(table, {**told, "id": number * 11, "superseded_at": self._moment(number) + timedelta(days=2)})

    def _insert(self, table: str, told: dict[str, Any]) -> None:
        self.connection.execute(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                _name(table), sql.SQL(", ").join(map(sql.Identifier, told)), sql.SQL(", ").join([sql.Placeholder()] * len(told))
            ), list(told.values()),
        )  # fmt: skip

    @staticmethod
    def _moment(number: int) -> datetime:
        return datetime.combine(DAYS[number], datetime.min.time(), UTC)

    def _value(self, name: str, kind: str, length: int | None, number: int) -> Any:
        from psycopg.types.range import Range

        day = DAYS[number]
        if name in ("fiscal_year", "basis_year"):
            return day.year
        found: dict[str, Any] = {
            "int2": number, "int4": number, "int8": number, "numeric": number, "bool": False, "date": day,
            "timestamptz": self._moment(number), "time": "12:00", "jsonb": Jsonb({"x": MARK[number]}),
            "bytea": MARK[number].encode(), "uuid": f"{number:032d}",
            "daterange": Range(day - timedelta(days=100), day), "procrastinate_job_event_type": "deferred",
        }  # fmt: skip
        if kind.startswith("_"):
            return [self._value("", kind[1:], length, number)]
        return found[kind] if kind in found else MARK[number] * min(length or 3, 3)

    def holding(self, tables: list[str], text: str) -> list[str]:
        """The tables in which a text is still to be found; of bytes by their hexadecimal digits."""
        found = []
        for table in tables:
            with self.connection.cursor() as cursor, cursor.copy(sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(_name(table))) as copy:
                told = b"".join(bytes(block) for block in copy)
            if text.encode() in told or text.encode().hex().encode() in told:
                found.append(table)
        return found

    def count(self, table: str) -> int:
        row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_name(table))).fetchone()
        assert row is not None
        return int(row[0])


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


@pytest.fixture
def filler(committed_db: str, database_template: tuple[Path, str]) -> Iterator[Filler]:
    with psycopg.connect(host=str(database_template[0]), user="postgres", dbname=committed_db, autocommit=True) as connection:
        made = Filler(connection)
        yield made
        made.restore()


@pytest.fixture
def staff(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    from kokuho.core import config
    from kokuho.core.access import Actor, catalogue
    from kokuho.core.models import Municipality
    from kokuho.core.retention import orders

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")

    def actor(number: str, role: str) -> Actor:
        return Actor(number, number, "国保課", frozenset(catalogue()["roles"][role]["may"]), "test")

    people = SimpleNamespace(keeper=actor("k1", "records_keeper"), approver=actor("k2", "records_approver"))
    approval = orders.adopt(by=people.keeper, profile="001", reason="規程", review_on=date(2027, 3, 31))
    orders.decide_plan(by=people.approver, plan_id=int(approval.subject.split(":")[1]), approve=True)
    return people


def erase(staff: Any, category: str) -> Any:
    """Both steps: erased at once, purged when the grace period is over. None: nothing of the kind may go."""
    from kokuho.core.retention import orders
    from kokuho.core.retention.periods import KeepError

    try:
        order = orders.propose(by=staff.keeper, category=category, on=ON)
    except KeepError as error:
        assert error.code == "KEEP-02" and "消去できるもの" in str(error), (category, error)
        return None
    orders.decide(by=staff.approver, order_id=order.pk, approve=True)
    done = orders.run(by=staff.keeper, order_id=order.pk, on=ON)
    orders.purge(by=staff.keeper, order_id=order.pk, on=done.purge_on)
    return done


def put_files(home: Path, number: int) -> list[Path]:
    """The files that the rows of a subject name, and in every folder of the rules one that no row names."""
    from kokuho.core.retention import rules

    mark, day = MARK[number] * 3, DAYS[number]
    names = [f"inbox/{mark}.sealed", f"inbox/{MARK[number]}申請.sealed", f"outbox/{mark}.sealed", f"handover/{mark}/{mark}"]
    names += [f"{folder}/9/{mark}.stray" for category in rules.categories().values() for folder in category.folders]
    made = []
    for name in names:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        moment = datetime.combine(day, datetime.min.time(), UTC).timestamp()
        os.utime(path, (moment, moment))
        made.append(path)
    return made


def test_every_table_and_file_of_the_rules_goes_when_it_is_over_and_nothing_else(filler: Filler, staff: Any, tmp_path: Path) -> None:
    from kokuho.core.retention import candidates, rules

    views = filler.connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'past'").fetchall()
    past = [f"past.{name}" for (name,) in views if name in filler.tables]
    filler.fill(GONE)
    filler.fill(STAYS)
    gone_files, files = put_files(tmp_path, GONE), put_files(tmp_path, STAYS)
    assert {path.relative_to(tmp_path).parts[0] for path in files} == {"inbox", "outbox", "handover", "quarantine", "prints", "erasures"}
    own = [*filler.tables, *filler.histories]
    told = filler.holding(own, MARK[GONE])
    silent = [name for name in own if name not in told]  # tables without a text: their rows are counted
    assert len(told) > 130 and {name: filler.count(name) for name in silent} == dict.fromkeys(silent, 2)
    known = (filler._moment(GONE) + timedelta(days=1)).isoformat()
    filler.connection.execute("SELECT set_config('kokuho.known', %s, false)", (known,))
    assert len(filler.holding(past, MARK[GONE])) > 50

    # What something else refers to goes after it: until a round erases nothing more.
    codes = [code for code, category in rules.categories().items() if candidates.ready(category)]
    erased: list[str] = []
    rounds = [0, -1]
    while rounds[-1] != rounds[-2]:
        for code in codes:
            done = erase(staff, code)
            erased += [code] if done is not None and (sum(done.erased.values()) or done.files) else []
        rounds.append(len(erased))
    assert set(erased) == set(codes)
    for places in (own, past, ["keep.put_aside"]):
        assert filler.holding(places, MARK[GONE]) == []
    assert filler.holding(own, MARK[STAYS]) == told and {name: filler.count(name) for name in silent} == dict.fromkeys(silent, 1)
    assert [path for path in gone_files if path.exists()] == []
    # Files of an exchange go at once in this plan; what the others' periods protect stays.
    assert {path.relative_to(tmp_path).as_posix() for path in files if path.exists()} == {
        "inbox/鱻申請.sealed", "erasures/9/鱻鱻鱻.stray", "prints/9/鱻鱻鱻.stray",
    }  # fmt: skip


def test_a_row_of_which_nothing_else_is_left_is_found_too(filler: Filler, staff: Any) -> None:
    from kokuho.core.retention import candidates, rules
    from kokuho.core.retention.periods import Period

    alone, found = [], []
    for code, category in rules.categories().items():
        for target in category.targets if category.subject != rules.DAY else ():
            # Rows that belong to another row of their own category go with it.
            if target.table in filler.tables and not target.match.startswith(("(", "l.")):
                alone.append((code, target.table))
                filler.fill(GONE, *{target.table, "assessment_levyrun"})
                year = DAYS[GONE].year if ".fiscal_year" in target.match else 0
                if (GONE, year) in candidates.find(category, Period("fiscal_years", 5), ON).lines:
                    found.append((code, target.table))
                filler.empty(target.table)
                filler.empty("assessment_levyrun")
    assert len(alone) > 50 and [pair for pair in alone if pair not in found] == []
