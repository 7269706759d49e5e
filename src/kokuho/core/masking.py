"""仮名化: a restored copy becomes a set for tests and training in which nobody can be found (VENDOR-04, AUTH-09).

What stays is the office's business about persons who do not exist: names, addresses, telephone and account numbers, insured numbers and
birth dates are replaced, texts are blanked; My Numbers, staff, records, entries, files taken and sent and every former row are gone.
The same value gets the same substitute everywhere, under a key that is forgotten at the end. 宛名番号, 世帯番号, notice and asset numbers
become others that nobody had: the tables still join, and who knows a number from the office finds nobody by it.

At the end the whole database is searched for what it held before. One hit, and the copy stays a copy.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
import yaml
from psycopg import sql

from kokuho.core import audit, environment, mnscan, vault
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.database import Address
from kokuho.core.models import EnvironmentMark
from kokuho.core.retention import rules, targets
from kokuho.formats.checkdigits import corporate_number_digit

# What is collected to be searched for afterwards: kinds of column, and the shortest value that says anything.
_TOLD, _SHORTEST = ("name", "kana", "address", "phone", "holder"), 4
# Tables without persons that refer to what is emptied, or tell of work that the copy knows nothing of.
_WITH_ACCOUNTS = (
    "core_migrationwork", "core_migrationstep", "core_migrationfile",
    "account_emailaddress", "account_emailconfirmation", "procrastinate_periodic_defers",
)  # fmt: skip
_RUN = re.compile(r"[^\x00-\x7f、。（）「」・，．]+")
# Of a number within JSON as few digits are looked at as somebody's number may have; of one in any text, so many that a code or a price
# is not taken for somebody.
_FEWEST, _TELLING = 6, 8
_NUMBER = re.compile(rf"(?<![0-9A-Za-z])\d{{{_TELLING},}}(?![0-9A-Za-z])")
# Kinds of column whose substitutes are numbers of their own.
_NUMBERED = ("number", "account", "phone", "postal", "corporate")


class MaskError(CodedError):
    """The copy cannot be masked. `code` is stable."""


@cache
def raw() -> dict[str, Any]:
    """`core/data/masking.yaml`."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "masking.yaml").read_text("utf-8"))
    return loaded


def emptied() -> list[str]:
    """The tables with persons of which nothing is kept: every one of the kinds of record that is not masked, and all former rows."""
    named = {target.table for category in rules.categories().values() for target in category.targets}
    named |= set(rules.raw()["elsewhere"]["tables"])
    named |= set(targets.histories().values()) | set(_WITH_ACCOUNTS)
    return sorted(named - set(raw()["tables"]))


def mask(*, by: Actor, address: Address) -> dict[str, int]:
    """Mask the database at `address`, search it, and mark it as masked. Returns the rows rewritten by table.

    Needs `backup.restore`. Raises `MaskError`: MASK-COPY it is not a restored copy, MASK-FOUND something of before is still there (then it
    stays a copy and must not be used).
    """
    by.require("backup.restore")
    audit.record(by, function="mask.run", operation="run", detail={"database": address.name})
    with address.connect() as connection:
        row = connection.execute("SELECT kind FROM core_environmentmark ORDER BY id DESC LIMIT 1").fetchone()
        if not row or row[0] != EnvironmentMark.COPY:
            raise MaskError("MASK-COPY", "仮名化できるのは、バックアップから復元した写しだけです。")
        before, numbers_before = _before(connection), _numbers_before(connection)
        known = vault.known_in(connection)
        counts = _rewrite(connection)
        connection.commit()
    with address.connect(autocommit=True) as connection:
        # What was rewritten lies in the files until the tables are written anew.
        for table in (*counts, "vault.my_number", "keep.put_aside"):
            connection.execute(sql.SQL("VACUUM (FULL) {}").format(sql.Identifier(*table.split("."))))
    with address.connect() as connection:
        found = _after(connection, before, numbers_before)
        numbers, _ = mnscan.scan_tables(connection, known, beside=())
        if found or numbers:
            told = "、".join(sorted(found | {hit.place for hit in numbers})[:5])
            raise MaskError("MASK-FOUND", f"もとの値が残っています（{told}）。この写しは使わずに消してください。")
        environment.write(connection, EnvironmentMark.MASKED, reason="仮名化", made_by=by.staff_no)
        connection.commit()
    return counts


def _columns() -> Iterator[tuple[str, str, str]]:
    for table, columns in raw()["tables"].items():
        for column, kind in columns.items():
            yield table, column, kind


def _before(connection: psycopg.Connection) -> frozenset[str]:
    found: set[str] = set()
    for table, column, kind in (*_columns(), ("core_staff", "name", "name")):
        if kind in _TOLD:
            statement = sql.SQL("SELECT DISTINCT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            for (value,) in connection.execute(statement).fetchall():
                plain = re.sub(r"[\s　]", "", value or "")
                if len(plain) >= _SHORTEST or (kind == "name" and len(plain) >= 3):
                    found |= {value, plain}
    return frozenset(found)


def _numbered(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """(table, column) of every number of a person, household, notice or asset in the tables that stay."""
    return connection.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bigint' "
        "AND table_name = ANY(%s) AND column_name = ANY(%s) ORDER BY 1, 2", (list(raw()["tables"]), raw()["numbers"]),
    ).fetchall()  # fmt: skip


def _numbers_before(connection: psycopg.Connection) -> frozenset[str]:
    """The numbers of before, as texts, as far as they say anything in a text."""
    union = _every_number(connection)
    told = connection.execute(sql.SQL("SELECT n::text FROM ({}) n (n) WHERE n >= %s").format(union), (10 ** (_TELLING - 1),))
    return frozenset(number for (number,) in told)


def _every_number(connection: psycopg.Connection) -> sql.Composed:
    return sql.SQL(" UNION ").join(
        sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL").format(sql.Identifier(column), sql.Identifier(table))
        for table, column in _numbered(connection)
    )


def _rewrite(connection: psycopg.Connection) -> dict[str, int]:
    gone = [name for name in emptied() if _exists(connection, name)]
    tables = [name for name in raw()["tables"] if _exists(connection, name)]
    # An account, its rights and its history go together; whoever works with the copy is registered anew.
    named = [sql.Identifier(*name.split(".")) for name in gone]
    for word in ("DISABLE", "ENABLE"):
        for name in named:
            connection.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(name, sql.SQL(word)))
        if word == "DISABLE":
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(named)))
    connection.execute("DELETE FROM vault.my_number")
    _functions(connection)
    counts = {}
    numbered = _numbered(connection)
    for table in tables:
        told = dict(raw()["tables"][table])
        told |= {column: "texts" for column in _json_columns(connection, table) if column not in told}
        told |= {column: "renumber" for name, column in numbered if name == table}
        sets = [
            sql.SQL("{} = {}").format(sql.Identifier(column), _expression(column, kind, told)) for column, kind in told.items()
        ]
        if not sets:
            continue
        name = sql.Identifier(table)
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        counts[table] = connection.execute(sql.SQL("UPDATE {} SET {}").format(name, sql.SQL(", ").join(sets))).rowcount
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    _corporations(connection)
    return counts


def _json_columns(connection: psycopg.Connection, table: str) -> list[str]:
    return [name for name, kind in _kinds(connection, "public", table).items() if kind == "jsonb"]


def _kinds(connection: psycopg.Connection, schema: str, table: str) -> dict[str, str]:
    """Column → type of a table."""
    return dict(
        connection.execute(
            "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            (schema, table),
        ).fetchall()
    )


def _exists(connection: psycopg.Connection, name: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone()
    return bool(row and row[0])


def _functions(connection: psycopg.Connection) -> None:
    """The substitutes, chosen by a hash of the value under a key that ends with this connection."""
    key = secrets.token_hex(16)
    connection.execute(f"""
        CREATE FUNCTION pg_temp.pick(v text, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
            $$ SELECT 1 + (hashtextextended('{key}' || v, 0) & 4611686018427387903) % n $$;
        CREATE FUNCTION pg_temp.person(v text, f text[], g text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
            $$ SELECT CASE WHEN coalesce(v, '') = '' THEN v ELSE
                 f[pg_temp.pick(split_part(translate(v, ' ', '　'), '　', 1), cardinality(f))] || '　'
                 || g[pg_temp.pick('g' || v, cardinality(g))] END $$;
        CREATE TEMP TABLE old_numbers AS
            SELECT number FROM eligibility_insurednumber UNION SELECT number FROM eligibility_branchgiven
            UNION SELECT number FROM eligibility_insuredbranch UNION SELECT number FROM eligibility_certificate;
        -- New numbers begin with a digit that no old one begins with: none is taken while the rows are rewritten one after the other.
        CREATE TEMP TABLE new_numbers AS
            SELECT number AS old, (SELECT d::text FROM generate_series(9, 0, -1) d
                                    WHERE NOT EXISTS (SELECT FROM old_numbers o WHERE o.number LIKE d || '%') LIMIT 1)
                   || lpad((row_number() OVER (ORDER BY pg_temp.pick(number, 2000000000), number))::text, length(number) - 1, '0') AS new
              FROM old_numbers;
        CREATE INDEX ON new_numbers (old);
    """)  # type: ignore[arg-type]
    # As many digits as before, after a first digit that no number of that length has; the order says nothing.
    connection.execute(sql.SQL(r"""
        CREATE TEMP TABLE renumbered AS
            WITH every (n) AS ({}), long AS (SELECT (10::numeric ^ (length(max(n)::text) - 1))::bigint AS unit FROM every),
                 free AS (SELECT d FROM long, generate_series(9, 1, -1) d WHERE NOT EXISTS (SELECT FROM every WHERE n / unit = d) LIMIT 1)
            SELECT n AS old, (SELECT unit * coalesce((SELECT d FROM free), 10) FROM long)
                   + row_number() OVER (ORDER BY pg_temp.pick(n::text, 2000000000), n) AS new
              FROM every;
        CREATE UNIQUE INDEX ON renumbered (old);
        CREATE FUNCTION pg_temp.renumber(v text) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            token record;
        BEGIN
            FOR token IN SELECT DISTINCT m[1] AS old, r.new FROM regexp_matches(v, {}, 'g') m
                           JOIN renumbered r ON r.old = m[1]::numeric LOOP
                v := regexp_replace(v, '\y' || token.old || '\y', token.new::text, 'g');
            END LOOP;
            RETURN v;
        END $$;
        ANALYZE renumbered
    """).format(_every_number(connection), sql.Literal(rf"\y(\d{{{_FEWEST},18}})\y")))


def _expression(column: str, kind: str, columns: dict[str, str]) -> sql.Composable:
    own, listed = sql.Identifier(column), raw()
    kanji = sql.SQL("{}::text[], {}::text[]").format(sql.Literal(listed["families"]), sql.Literal(listed["givens"]))
    kana = sql.SQL("{}::text[], {}::text[]").format(sql.Literal(listed["families_kana"]), sql.Literal(listed["givens_kana"]))
    # Kana follows the name beside it, so that the two are read alike.
    beside = sql.Identifier("name" if "name" in columns else column)
    if kind.startswith("fold:"):
        lists = kana if columns[kind[5:]] == "kana" else kanji
        return sql.SQL("CASE WHEN {} = '' THEN '' ELSE replace(pg_temp.person({}, {}), '　', '') END").format(own, beside, lists)
    town = sql.SQL("({})[pg_temp.pick({}, {})]").format(
        sql.SQL("{}::text[]").format(sql.Literal(listed["towns"])), own, sql.Literal(len(listed["towns"]))
    )
    numbered = "translate(pg_temp.pick({0}, 60) || '番' || pg_temp.pick('b' || {0}, 30) || '号', '0123456789', '０１２３４５６７８９')"
    block = sql.SQL(numbered).format(own)  # type: ignore[arg-type]
    birth = "make_date(extract(year FROM {0})::int, extract(month FROM {0})::int, pg_temp.pick(atena_no::text, 28))"
    plain: dict[str, sql.Composable] = {
        "name": sql.SQL("pg_temp.person({}, {})").format(own, kanji),
        "kana": sql.SQL("CASE WHEN {} = '' THEN '' ELSE pg_temp.person({}, {}) END").format(own, beside, kana),
        "holder": sql.SQL("CASE WHEN {} = '' THEN '' ELSE 'ｶｸｳ ﾀﾛｳ' END").format(own),
        "town": sql.SQL("CASE WHEN {} = '' THEN '' ELSE {} END").format(own, town),
        "block": sql.SQL("CASE WHEN {} = '' THEN '' ELSE {} END").format(own, block),
        "address": sql.SQL("CASE WHEN {} = '' THEN '' ELSE {} || {} END").format(own, town, block),
        "postal": sql.SQL("CASE WHEN {} = '' THEN '' ELSE '9999999' END").format(own),
        "birth": sql.SQL(birth).format(own),  # type: ignore[arg-type]
        "phone": sql.SQL("CASE WHEN {} = '' THEN '' ELSE '0000' || lpad(pg_temp.pick({}, 999999)::text, 6, '0') END").format(own, own),
        "account": sql.SQL("CASE WHEN {} = '' THEN '' ELSE lpad(pg_temp.pick({}, 9999999)::text, 7, '0') END").format(own, own),
        "number": sql.SQL("(SELECT new FROM new_numbers WHERE old = {})").format(own),
        "corporate": own,
        "text": sql.SQL("CASE WHEN {} = '' THEN '' ELSE '仮名化' END").format(own),
        "blank": sql.SQL("''"),
        "empty": sql.SQL("'{}'::jsonb"),
        "renumber": sql.SQL("(SELECT new FROM renumbered WHERE old = {})").format(own),
        "texts": sql.SQL("pg_temp.renumber({}::text)::jsonb").format(own),
    }
    return plain[kind]


def _corporations(connection: psycopg.Connection) -> None:
    for pk, number in connection.execute("SELECT id, corporate_number FROM people_corporation WHERE corporate_number <> ''").fetchall():
        stem = f"{secrets.randbelow(10**12):012d}"
        new = f"{corporate_number_digit(stem)}{stem}" if number else ""
        connection.execute("UPDATE people_corporation SET corporate_number = %s WHERE id = %s", (new, pk))


def _after(connection: psycopg.Connection, before: frozenset[str], numbers: frozenset[str]) -> set[str]:
    """Tables in which a value of before is still to be found, whole or within a text; numbers also in the columns that carry them."""
    lengths = sorted({len(value) for value in before})
    found: set[str] = set()
    own = {str(number) for (number,) in connection.execute(_every_number(connection))}
    if own & numbers:
        found.add("public")
    for schema, table in connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND schemaname !~ '^pg_t'"
    ).fetchall():
        name = sql.Identifier(schema, table)
        with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} TO STDOUT").format(name)) as copy:
            for line in copy:
                text = bytes(line).decode("utf-8", "ignore")
                if any(value in before for value in text.rstrip("\n").split("\t")) or _within(text, before, lengths):
                    found.add(f"{schema}.{table}")
        # An amount or a row's own key may be anybody's number by chance: only what is written in words or as JSON tells.
        told = [sql.SQL("{}::text").format(sql.Identifier(column)) for column in _texts(connection, schema, table)]
        if told:
            with connection.cursor("masked_texts") as rows:
                rows.execute(sql.SQL("SELECT concat_ws(' ', {}) FROM {}").format(sql.SQL(", ").join(told), name))
                if any(number in numbers for (text,) in rows for number in _NUMBER.findall(text)):
                    found.add(f"{schema}.{table}")
    return found


def _texts(connection: psycopg.Connection, schema: str, table: str) -> list[str]:
    """The columns of words and JSON, without those that hold a code or a substitute that is a number itself."""
    masked = raw()["tables"].get(table, {})
    return [
        name for name, kind in _kinds(connection, schema, table).items()
        if kind in ("text", "character varying", "character", "jsonb", "json", "ARRAY")
        and masked.get(name) not in _NUMBERED and name not in ("code", "successor")
    ]  # fmt: skip


def _within(text: str, before: frozenset[str], lengths: list[int]) -> bool:
    for run in _RUN.findall(text):
        for length in lengths:
            if length > len(run):
                break
            if any(run[start : start + length] in before for start in range(len(run) - length + 1)):
                return True
    return False
