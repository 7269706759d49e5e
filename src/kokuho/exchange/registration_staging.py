"""Whom 団体内統合宛名 has to know, worked out for the whole city by a few statements into temporary tables.

registration_blind    every number in force, as its blind index, under the 宛名番号 that the person has now (名寄せ)
registration_person   whoever is, was or stands for an insured person, as the file will show them, with a digest
registration_row      those of them who differ from what was last sent, and those to be taken back, cut into files

Somebody outside the register belongs to it as soon as the vault holds a number of theirs: an heir or an agent without one does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from kokuho.core import bulk, vault
from kokuho.core.models import Municipality
from kokuho.exchange.issues import Held

SYSTEM, LAYOUT = "togoatena", "atena-register"
# Records of one file: small enough that its open bytes never leave memory while it is written.
PART = 40_000

_LAST = """
CREATE TEMP TABLE registration_last AS
SELECT DISTINCT ON (r.atena_no) r.atena_no, r.digest, r.update FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
 WHERE f.system = 'togoatena' AND f.layout = 'atena-register' AND f.state <> 'withdrawn' AND f.resend_of_id IS NULL
 ORDER BY r.atena_no, f.id DESC
"""

_JOINED = """
CREATE TEMP TABLE registration_joined AS
SELECT atena_no, joined_to FROM people_numberjoin WHERE superseded_at IS NULL AND valid @> %(on)s::date
"""

_NUMBERS = """
CREATE TEMP TABLE registration_number AS
SELECT DISTINCT ON (person) person, holder, blind, since,
       min(encode(blind, 'hex')) OVER w <> max(encode(blind, 'hex')) OVER w AS contradicts
  FROM (SELECT coalesce(j.joined_to, b.atena_no) AS person, b.atena_no AS holder, b.blind, b.since
          FROM registration_blind b LEFT JOIN registration_joined j ON j.atena_no = b.atena_no) n
WINDOW w AS (PARTITION BY person)
 ORDER BY person, holder <> person, holder
"""

_WANTED = """
CREATE TEMP TABLE registration_wanted AS
WITH insured AS (
    SELECT atena_no, bool_or(valid @> %(on)s::date) AS now FROM eligibility_insuredperiod
     WHERE superseded_at IS NULL AND NOT isempty(valid) GROUP BY atena_no),
homes AS (
    SELECT DISTINCT p.household_no FROM people_person p JOIN insured i ON i.atena_no = p.atena_no AND i.now
     WHERE p.superseded_at IS NULL AND p.valid @> %(on)s::date)
SELECT DISTINCT coalesce(j.joined_to, a.atena_no) AS atena_no
  FROM (SELECT atena_no FROM insured
         UNION SELECT p.atena_no FROM people_person p JOIN homes h USING (household_no)
                WHERE p.superseded_at IS NULL AND p.is_head AND p.valid @> %(on)s::date
         UNION SELECT p.atena_no FROM people_person p JOIN registration_blind b USING (atena_no)
                WHERE p.superseded_at IS NULL AND p.resident_kind = '3' AND p.valid @> %(on)s::date
         UNION SELECT atena_no FROM registration_last WHERE update <> '3') a
  LEFT JOIN registration_joined j ON j.atena_no = a.atena_no
"""

_PERSONS = """
CREATE TEMP TABLE registration_person AS
SELECT p.atena_no, p.household_no, p.name, p.name_kana, coalesce(nullif(p.birth_date_as_given, ''), p.birth_date::text) AS birth, p.sex,
       p.former_family_name, p.alias_name, p.postal_code, a.address, a.registered, n.holder,
       CASE WHEN t.atena_no IS NULL AND d.atena_no IS NULL THEN '0' ELSE '1' END AS undisclosed,
       CASE WHEN l.atena_no IS NULL OR l.update = '3' THEN '1' ELSE '2' END AS update,
       n.holder IS NOT NULL AS numbered, coalesce(n.contradicts, false) AS contradicts,
       w.atena_no IS NOT NULL AS doubted,
       p.resident_kind = '3' AND (c.result IS DISTINCT FROM '1' OR c.recorded_at < n.since) AS unconfirmed, l.digest AS former,
       sha256(convert_to(concat_ws(chr(31), p.name, p.name_kana, p.birth_date, p.birth_date_as_given, p.sex, p.former_family_name,
              'A', p.alias_name, p.postal_code, a.address, a.registered, t.atena_no IS NULL, d.atena_no IS NULL), 'UTF8')
              || coalesce(n.blind, ''::bytea)) AS digest,
       ''::text AS held
  FROM registration_wanted x
  CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = x.atena_no AND p.superseded_at IS NULL AND p.valid @> %(on)s::date) p
  CROSS JOIN LATERAL (SELECT CASE p.resident_kind WHEN '3' THEN '2' ELSE '1' END AS registered,
                             concat_ws('　', CASE WHEN p.resident_kind = '3' THEN '' ELSE %(city)s END || p.town || p.block,
                                       nullif(p.building, '')) AS address) a
  LEFT JOIN registration_number n ON n.person = x.atena_no
  LEFT JOIN (SELECT DISTINCT coalesce(j.joined_to, t.atena_no) AS atena_no FROM people_protection t
               LEFT JOIN registration_joined j ON j.atena_no = t.atena_no WHERE t.superseded_at IS NULL) t ON t.atena_no = x.atena_no
  LEFT JOIN (SELECT DISTINCT atena_no FROM people_nondisclosure WHERE superseded_at IS NULL AND valid @> %(on)s::date) d
         ON d.atena_no = x.atena_no
  LEFT JOIN (SELECT DISTINCT coalesce(j.joined_to, q.atena_no) AS atena_no
               FROM (SELECT atena_no FROM people_numberdoubt WHERE state = 'open'
                     UNION SELECT other_no FROM people_numberdoubt WHERE state = 'open') q
               LEFT JOIN registration_joined j ON j.atena_no = q.atena_no) w ON w.atena_no = x.atena_no
  LEFT JOIN LATERAL (SELECT c.result, c.recorded_at FROM people_authenticitycheck c
                      WHERE c.atena_no IN (x.atena_no, n.holder) AND p.resident_kind = '3' ORDER BY c.id DESC LIMIT 1) c ON true
  LEFT JOIN registration_last l ON l.atena_no = x.atena_no
"""

# Why a person cannot be registered as things are: code, condition, what to do. The first that fits is told.
_HOLDS = (
    ("I01", "NOT numbered", "個人番号が登録されていません。番号を確かめて登録すると、次の登録に載ります。"),
    ("I02", "doubted", "確認リストに載っています。二人で決定すると、次の登録に載ります。"),
    ("I03", "unconfirmed", "住登外者の個人番号が未確認です。住基ネットで確かめた結果を真正性の確認に記録すると、次の登録に載ります。"),
    ("I04", "contradicts", "名寄せした二つの宛名番号の個人番号が違います。名寄せと個人番号を確かめてください。"),
    ("I05", "sex NOT IN ('1', '2')", "性別が男・女のどちらでもありません。住民記録の担当に確かめてください。"),
    ("I06", "char_length(name) > 100 OR char_length(name_kana) > 120 OR char_length(alias_name) > 100 "
            "OR char_length(former_family_name) > 50 OR char_length(address) > 200",
     "氏名か住所が統合宛名の桁数を超えています。登録する表記を統合宛名の担当と決めてください。"),
)  # fmt: skip
# Whose number is in doubt stays out whatever else changed.
_ALWAYS = {"I02", "I03", "I04"}

_GONE = """
CREATE TEMP TABLE registration_gone AS
SELECT l.atena_no, p.household_no, p.name, coalesce(nullif(p.birth_date_as_given, ''), p.birth_date::text) AS birth, p.sex,
       CASE p.resident_kind WHEN '3' THEN '2' ELSE '1' END AS registered
  FROM registration_last l
  LEFT JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = l.atena_no
                      ORDER BY p.superseded_at IS NULL DESC, lower(p.valid) DESC, p.id DESC LIMIT 1) p ON true
 WHERE l.update <> '3' AND NOT EXISTS (SELECT FROM registration_person q WHERE q.atena_no = l.atena_no)
"""

_ROWS = """
CREATE TEMP TABLE registration_row AS
SELECT (row_number() OVER (ORDER BY atena_no) - 1) / %(part)s + 1 AS part, r.* FROM (
    SELECT atena_no, household_no, name, name_kana, birth, sex, former_family_name, alias_name, postal_code, address, registered,
           undisclosed, holder, update, digest
      FROM registration_person WHERE held = '' AND (update = '1' OR former IS DISTINCT FROM digest)
    UNION ALL
    SELECT atena_no, household_no, name, '', birth, sex, '', '', '', '', registered, '0', NULL, '3', sha256('\\x33'::bytea)
      FROM registration_gone WHERE sex IN ('1', '2')) r
"""

_TABLES = (
    "registration_last", "registration_blind", "registration_joined", "registration_number", "registration_wanted",
    "registration_person", "registration_gone", "registration_row",
)  # fmt: skip
COLUMNS = (
    "atena_no", "household_no", "name", "name_kana", "birth", "sex", "former_family_name", "alias_name", "postal_code", "address",
    "registered", "undisclosed", "holder", "update", "digest",
)  # fmt: skip


def stage(cursor: Any, *, on: date) -> tuple[int, list[Held]]:
    """Work out what differs as of now. Returns the number of files, and who is left out with the reason.

    The tables live as long as the session, so that numbers can be opened outside any transaction afterwards.
    """
    for table in reversed(_TABLES):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute("SET work_mem = '128MB'")
    cursor.execute("SET effective_io_concurrency = 1")  # see `federation.staging.stage`
    city = Municipality.objects.get()
    values = {"on": on, "part": PART, "city": f"{city.prefecture}{city.name}"}
    cursor.execute("CREATE TEMP TABLE registration_blind (atena_no bigint, blind bytea, since timestamptz)")
    bulk.copy_rows(
        "registration_blind", ("atena_no", "blind", "since"),
        ((a, "\\x" + b.hex(), since.isoformat()) for a, b, since in vault.fingerprints()), cursor,
    )
    for statement, table, key in (
        (_LAST, "registration_last", "atena_no"), (_JOINED, "registration_joined", "atena_no"), ("", "registration_blind", "atena_no"),
        (_NUMBERS, "registration_number", "person"), (_WANTED, "registration_wanted", "atena_no"),
        (_PERSONS, "registration_person", "atena_no"),
    ):  # fmt: skip
        if statement:
            cursor.execute(statement, values)
        cursor.execute(f"CREATE INDEX ON {table} ({key}); ANALYZE {table}")
    for code, condition, _ in _HOLDS:
        differs = "" if code in _ALWAYS else "AND (update = '1' OR former IS DISTINCT FROM digest)"
        cursor.execute(f"UPDATE registration_person SET held = %s WHERE held = '' {differs} AND ({condition})", (code,))
    cursor.execute(_GONE)
    cursor.execute(_ROWS, values)
    cursor.execute("CREATE INDEX ON registration_row (part); ANALYZE registration_row")
    cursor.execute("RESET work_mem")
    cursor.execute("SELECT coalesce(max(part), 0) FROM registration_row")
    (parts,) = cursor.fetchone()
    messages = {code: message for code, _, message in _HOLDS}
    cursor.execute("SELECT atena_no, household_no, held FROM registration_person WHERE held <> '' ORDER BY atena_no")
    held: list[Held] = [(atena, household, code, messages[code]) for atena, household, code in cursor.fetchall()]
    cursor.execute("SELECT atena_no, household_no FROM registration_gone WHERE sex IS NULL OR sex NOT IN ('1', '2') ORDER BY atena_no")
    unsent = "登録した人が宛名にいません。取消しを統合宛名の担当に依頼してください。"
    held += [(atena, household, "I07", unsent) for atena, household in cursor.fetchall()]
    return parts, held


def rows(cursor: Any, part: int, block: int) -> Iterator[list[tuple[Any, ...]]]:
    """The records of a file in blocks, by 宛名番号."""
    cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM registration_row WHERE part = %s ORDER BY atena_no", (part,))
    while found := cursor.fetchmany(block):
        yield found


def clear(cursor: Any) -> None:
    """Take back what `stage` set for the session."""
    cursor.execute("RESET effective_io_concurrency")
