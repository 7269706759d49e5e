"""What is to be reported to the federation, worked out for the whole city by a few statements into temporary tables.

report_person   everybody who may have to be reported, as the file will show them, with a digest of it
report_house    the households of those persons, with a digest
report_row      the persons of households in which something differs from what was last reported, cut into parts

The whole household goes out when anything in it changed: all its insured persons and its head, also an uninsured one
(擬制世帯主). What was last reported is read from the records of earlier files; a withdrawn file and a record that the federation
did not accept count as never reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from kokuho.core import bulk, vault
from kokuho.desks.eligibility.actions.certificates import LIMITS
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.law.eligibility.ages import senior_born_until
from kokuho.law.eligibility.months import Month

SYSTEM, PERSON, HOUSEHOLD = "shuyaku", "shuyaku-person", "shuyaku-household"
# Records of one file: small enough that its open bytes never leave memory while it is written.
PART = 40_000
# 券面区分: which paper a person holds, as the layout numbers it.
CARDS = {"confirmation": "1", "confirmation_special": "1", "notice": "2", "notice_special": "2"}

_LAST = """
CREATE TEMP TABLE {table} AS
SELECT DISTINCT ON (r.{key}) r.atena_no, r.household_no, r.digest, r.update, r.role
  FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
 WHERE f.system = 'shuyaku' AND f.layout = '{layout}' AND f.state <> 'withdrawn' AND f.resend_of_id IS NULL
   AND NOT EXISTS (SELECT 1 FROM exchange_outboxrejection j WHERE j.file_id = r.file_id AND j.atena_no = r.atena_no)
 ORDER BY r.{key}, f.id DESC
"""

_STAYS = """
CREATE TEMP TABLE report_stay AS
WITH believed AS (
    SELECT DISTINCT ON (e.atena_no) e.*, '' AS gone FROM eligibility_insuredperiod e
     WHERE e.superseded_at IS NULL ORDER BY e.atena_no, lower(e.valid) DESC),
undone AS (
    SELECT DISTINCT ON (e.atena_no) e.*, '3' AS gone FROM eligibility_insuredperiod e
      JOIN last_person l ON l.atena_no = e.atena_no AND l.update <> '3' AND l.role = '1'
     WHERE NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod b WHERE b.atena_no = e.atena_no AND b.superseded_at IS NULL)
     ORDER BY e.atena_no, e.superseded_at DESC NULLS LAST, e.id DESC)
SELECT s.atena_no, s.acquired_on, s.acquired_reason, s.lost_on, s.lost_reason, s.lost_event_on, s.notified_on, s.gone,
       lower(s.valid) AS applied_from, upper(s.valid) AS applied_until,
       s.gone = '' AND (upper_inf(s.valid) OR upper(s.valid) > %(on)s) AS active,
       least(%(on)s::date, upper(s.valid) - 1) AS day
  FROM (SELECT * FROM believed UNION ALL SELECT * FROM undone) s
 WHERE s.gone = '3' OR upper_inf(s.valid) OR upper(s.valid) > %(baseline)s
    OR EXISTS (SELECT 1 FROM last_person l WHERE l.atena_no = s.atena_no AND l.role = '1')
"""

# Where a person belongs: by the register on the day, for one who left on the last day of the stay.
_LIVES = """
CREATE TEMP TABLE report_life AS
SELECT s.atena_no, p.household_no FROM report_stay s
  CROSS JOIN LATERAL (SELECT p.household_no FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL
                       ORDER BY p.valid @> s.day DESC, lower(p.valid) DESC LIMIT 1) p
"""

_HEADS = f"""
CREATE TEMP TABLE report_head AS
WITH wanted AS (SELECT DISTINCT household_no FROM report_life),
chosen AS (
    SELECT DISTINCT ON (p.household_no) p.household_no, p.atena_no FROM people_person p JOIN wanted w USING (household_no)
     WHERE p.superseded_at IS NULL AND p.is_head
     ORDER BY p.household_no, (p.valid @> %(on)s::date AND p.resident_state = '1') DESC, lower(p.valid) DESC, p.atena_no)
SELECT c.household_no, coalesce(i.atena_no, c.atena_no) AS atena_no FROM chosen c
  LEFT JOIN {RECOGNISED} i ON i.household_no = c.household_no AND i.valid @> %(on)s::date
"""

_PERSONS = """
CREATE TEMP TABLE report_person AS
WITH everybody AS (
    SELECT s.atena_no, l.household_no, '1' AS class, s.day FROM report_stay s JOIN report_life l USING (atena_no)
    UNION ALL
    SELECT h.atena_no, h.household_no, '2', %(on)s::date FROM report_head h
     WHERE NOT EXISTS (SELECT 1 FROM report_stay s WHERE s.atena_no = h.atena_no)
       AND EXISTS (SELECT 1 FROM report_life l JOIN report_stay s USING (atena_no) WHERE l.household_no = h.household_no AND s.active))
SELECT e.atena_no, e.household_no, e.class, coalesce(b.symbol, n.symbol) AS symbol, coalesce(b.number, n.number) AS number,
       coalesce(b.branch, '') AS branch, m.member_id, p.name, p.name_kana, p.alias_name,
       coalesce(nullif(p.birth_date_as_given, ''), p.birth_date::text) AS birth, p.sex, p.relation,
       s.acquired_on, s.acquired_reason, s.lost_on, s.lost_reason, s.applied_from, s.applied_until, s.lost_event_on, s.notified_on,
       CASE WHEN t.atena_no IS NULL AND d.atena_no IS NULL THEN '0' ELSE '1' END AS undisclosed, t.atena_no IS NOT NULL AS protected,
       coalesce(s.active, false) AS active, coalesce(s.gone, '') AS gone, v.blind IS NOT NULL AS numbered,
       w.atena_no IS NOT NULL AS doubted,
       p.resident_kind = '3' AND (c.result IS DISTINCT FROM '1' OR c.recorded_at < v.since) AS unconfirmed,
       CASE x.kind WHEN 'special_address' THEN '1' WHEN 'student' THEN '2' ELSE '0' END AS exception, p.birth_date,
       g.active AS share_active, lower(g.valid) AS share_from, upper(g.valid) AS share_until, a.income_class AS limit_class,
       lower(a.valid) AS limit_from, upper(a.valid) AS limit_until, i.disease, k.kind AS card, y.back_on AS card_back,
       l.atena_no IS NULL AS first, l.household_no AS former_household, l.digest AS former,
       sha256(convert_to(concat_ws(chr(31), e.household_no, e.class, coalesce(b.symbol, n.symbol), coalesce(b.number, n.number),
              b.branch, m.member_id, p.name, p.name_kana, p.alias_name, p.birth_date, p.sex, p.relation, s.acquired_on,
              s.acquired_reason, 'L', s.lost_on, s.lost_reason, 'A', s.applied_from, s.applied_until, t.atena_no IS NULL,
              d.atena_no IS NULL, s.gone, 'X' || x.kind, 'G' || g.active || g.valid, 'M' || a.income_class || a.valid,
              'I' || i.disease, 'K' || left(k.kind, 6), 'Y' || y.back_on), 'UTF8') || coalesce(v.blind, ''::bytea)) AS digest,
       ''::text AS held
  FROM everybody e
  CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = e.atena_no AND p.superseded_at IS NULL
                       ORDER BY p.valid @> e.day DESC, lower(p.valid) DESC LIMIT 1) p
  LEFT JOIN report_stay s ON s.atena_no = e.atena_no
  LEFT JOIN LATERAL (SELECT * FROM eligibility_insuredbranch b WHERE b.atena_no = e.atena_no AND b.superseded_at IS NULL
                      ORDER BY b.valid @> e.day DESC, lower(b.valid) DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (SELECT * FROM eligibility_insurednumber n WHERE n.household_no = e.household_no AND n.superseded_at IS NULL
                      ORDER BY n.valid @> e.day DESC, lower(n.valid) DESC LIMIT 1) n ON true
  LEFT JOIN LATERAL (SELECT member_id FROM eligibility_memberid m WHERE m.atena_no = e.atena_no AND m.superseded_at IS NULL
                      ORDER BY m.stay_from = s.applied_from DESC, m.stay_from DESC LIMIT 1) m ON true
  LEFT JOIN LATERAL (SELECT x.kind FROM eligibility_status x WHERE x.atena_no = e.atena_no AND x.superseded_at IS NULL
                        AND x.kind IN ('special_address', 'student') AND x.valid @> e.day ORDER BY x.kind LIMIT 1) x ON e.class = '1'
  LEFT JOIN eligibility_burdenjudgement g ON g.household_no = e.household_no AND g.superseded_at IS NULL AND g.valid @> %(on)s::date
        AND s.active AND p.birth_date <= %(senior_until)s
  LEFT JOIN eligibility_limitapproval a ON a.atena_no = e.atena_no AND a.superseded_at IS NULL AND a.valid @> e.day AND e.class = '1'
  LEFT JOIN LATERAL (SELECT min(i.disease) AS disease FROM eligibility_diseaseapproval i WHERE i.atena_no = e.atena_no
                        AND i.superseded_at IS NULL AND i.valid @> e.day) i ON e.class = '1'
  LEFT JOIN LATERAL (SELECT h.kind FROM eligibility_certificateholding h WHERE h.atena_no = e.atena_no
                        AND h.state IN ('held', 'returned') AND h.kind = ANY(%(cards)s)
                      ORDER BY h.certificate_id DESC LIMIT 1) k ON s.active
  LEFT JOIN LATERAL (SELECT max(h.cause_on) AS back_on FROM eligibility_certificateholding h WHERE h.atena_no = e.atena_no
                        AND h.kind = ANY(%(approvals)s) AND h.cause_on >= s.applied_from) y ON e.class = '1'
  LEFT JOIN (SELECT DISTINCT atena_no FROM people_protection WHERE superseded_at IS NULL) t ON t.atena_no = e.atena_no
  LEFT JOIN (SELECT atena_no FROM people_nondisclosure WHERE superseded_at IS NULL AND valid @> %(on)s::date
             UNION SELECT atena_no FROM people_provisionrefusal WHERE superseded_at IS NULL AND valid @> %(on)s::date) d
         ON d.atena_no = e.atena_no
  LEFT JOIN report_blind v ON v.atena_no = e.atena_no
  LEFT JOIN (SELECT atena_no FROM people_numberdoubt WHERE state = 'open'
             UNION SELECT other_no FROM people_numberdoubt WHERE state = 'open') w ON w.atena_no = e.atena_no
  LEFT JOIN LATERAL (SELECT c.result, c.recorded_at FROM people_authenticitycheck c WHERE c.atena_no = e.atena_no AND p.resident_kind = '3'
                      ORDER BY c.id DESC LIMIT 1) c ON true
  LEFT JOIN last_person l ON l.atena_no = e.atena_no
"""

# Why a person cannot be reported as things are: code, condition, what to do. The first that fits is told.
HOLDS = (
    ("G01", "NOT numbered", "個人番号が登録されていません。番号を確かめて登録すると、次の報告に載ります。"),
    ("G09", "doubted", "個人番号の確認リストに載っています。二人で決定すると、次の報告に載ります。"),
    ("G10", "unconfirmed", "住登外者の個人番号が未確認です。住基ネットで確かめた結果を真正性の確認に記録すると、次の報告に載ります。"),
    ("G02", "class = '1' AND branch !~ '^[0-9]{2}$'", "枝番がありません。付番されると、次の報告に載ります。"),
    ("G03", "sex NOT IN ('1', '2')", "性別が男・女のどちらでもありません。住民記録の担当に確かめてください。"),
    ("G04", "coalesce(number, '') = ''", "記号・番号がありません。世帯の記号・番号を確かめてください。"),
    ("G05", "char_length(name) > 100 OR char_length(name_kana) > 120 OR char_length(alias_name) > 100",
     "氏名が集約システムの桁数を超えています。報告する表記を国保連合会と決めてください。"),
    ("G06", "lost_on IS NOT NULL AND applied_until IS NULL",
     "資格喪失年月日があるのに適用終了年月日がありません。資格の異動を確かめてください。"),
    ("G07", "class = '1' AND (acquired_on > applied_from OR lost_on < acquired_on OR applied_until < applied_from)",
     "取得・喪失・適用開始・適用終了の前後が合いません。資格の異動を確かめてください。"),
    ("G08", "household_no NOT IN (SELECT household_no FROM report_head)", "世帯主がいません。住民記録の担当に世帯主を確かめてください。"),
)  # fmt: skip
# Whose number is in doubt stays out even when only somebody else of the household changed (MYNUM-05, MYNUM-06).
_ALWAYS = {"G09", "G10"}

_HOUSES = """
CREATE TEMP TABLE report_house AS
SELECT h.household_no, h.atena_no AS head, p.name, p.name_kana, p.postal_code, p.town || p.block AS place, p.building,
       n.symbol, n.number, CASE WHEN coalesce(s.active, false) THEN '0' ELSE '1' END AS fictitious,
       g.members, g.protected, l.household_no IS NULL AS first,
       sha256(convert_to(concat_ws(chr(31), h.atena_no, p.name, p.name_kana, p.postal_code, p.town, p.block, p.building, n.symbol,
              n.number, s.active, array_to_string(g.members, ','), g.protected), 'UTF8')) AS digest, l.digest AS former
  FROM report_head h
  JOIN (SELECT household_no, array_agg(atena_no ORDER BY atena_no) FILTER (WHERE active) AS members, bool_or(protected) AS protected
          FROM report_person WHERE held = '' GROUP BY household_no) g USING (household_no)
  CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = h.atena_no AND p.superseded_at IS NULL
                       ORDER BY p.valid @> %(on)s::date DESC, lower(p.valid) DESC LIMIT 1) p
  LEFT JOIN report_person s ON s.atena_no = h.atena_no AND s.household_no = h.household_no
  CROSS JOIN LATERAL (SELECT symbol, number FROM eligibility_insurednumber n WHERE n.household_no = h.household_no
                       AND n.superseded_at IS NULL ORDER BY n.valid @> %(on)s::date DESC, lower(n.valid) DESC LIMIT 1) n
  LEFT JOIN last_house l ON l.household_no = h.household_no
"""

_TOUCHED = """
CREATE TEMP TABLE report_touched AS
SELECT household_no FROM report_person WHERE held = '' AND former IS DISTINCT FROM digest
UNION SELECT former_household FROM report_person
       WHERE held = '' AND former IS DISTINCT FROM digest AND former_household IS DISTINCT FROM household_no
UNION SELECT household_no FROM report_house WHERE former IS DISTINCT FROM digest AND (members IS NOT NULL OR NOT first)
"""

_ROWS = """
CREATE TEMP TABLE report_row AS
WITH rows AS (
    SELECT p.* FROM report_person p JOIN report_touched t USING (household_no)
     WHERE p.held = '' AND (p.active OR p.former IS DISTINCT FROM p.digest
                            OR EXISTS (SELECT 1 FROM report_head h WHERE h.household_no = p.household_no AND h.atena_no = p.atena_no))),
sizes AS (SELECT household_no, count(*) AS n FROM rows GROUP BY household_no),
parts AS (SELECT household_no, ((sum(n) OVER (ORDER BY household_no) - n) / %(part)s)::int + 1 AS part FROM sizes)
SELECT r.*, q.part FROM rows r JOIN parts q USING (household_no)
"""

_TABLES = (
    "last_person", "last_house", "report_stay", "report_life", "report_head", "report_blind", "report_person", "report_house",
    "report_touched", "report_row",
)  # fmt: skip


def stage(cursor: Any, *, on: date) -> tuple[int, list[tuple[int, int | None, str, str]]]:
    """Work out the report as of now. Returns the number of parts, and who is held back: (宛名番号, 世帯番号, code, message).

    The tables live as long as the session, so that numbers can be opened outside any transaction afterwards.
    """
    for table in reversed(_TABLES):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    # Big joins of tables made in this session: a nested loop over them would not end, and sorting wants room.
    cursor.execute("SET work_mem = '128MB'")
    # Reading ahead in several temporary tables at once may hold all of the session's temporary buffers: a whole city then
    # fails with "no empty local buffer available". They are in memory anyway. `clear` takes it back.
    cursor.execute("SET effective_io_concurrency = 1")
    cursor.execute(_LAST.format(table="last_person", key="atena_no", layout=PERSON))
    cursor.execute(_LAST.format(table="last_house", key="household_no", layout=HOUSEHOLD))
    cursor.execute(
        "SELECT min(business_date) FROM exchange_outboxfile WHERE system = %s AND layout = %s AND state <> 'withdrawn'",
        (SYSTEM, PERSON),
    )
    # Whoever had left before the first report was never this system's to report.
    baseline = cursor.fetchone()[0] or on
    values = {
        "on": on, "baseline": baseline, "part": PART, "senior_until": senior_born_until(Month.of(on)), "cards": list(CARDS),
        "approvals": [*LIMITS, "specific_disease"],
    }  # fmt: skip
    cursor.execute("CREATE TEMP TABLE report_blind (atena_no bigint, blind bytea, since timestamptz)")
    bulk.copy_rows(
        "report_blind", ("atena_no", "blind", "since"),
        ((a, "\\x" + b.hex(), since.isoformat()) for a, b, since in vault.fingerprints()), cursor,
    )
    cursor.execute("CREATE INDEX ON last_person (atena_no); ANALYZE last_person; ANALYZE last_house; ANALYZE report_blind")
    cursor.execute(_STAYS, values)
    cursor.execute("CREATE INDEX ON report_stay (atena_no); ANALYZE report_stay")
    cursor.execute(_LIVES, values)
    cursor.execute("CREATE INDEX ON report_life (atena_no); CREATE INDEX ON report_life (household_no); ANALYZE report_life")
    cursor.execute(_HEADS, values)
    cursor.execute("CREATE INDEX ON report_head (household_no); CREATE INDEX ON report_head (atena_no); ANALYZE report_head")
    cursor.execute(_PERSONS, values)
    cursor.execute("CREATE INDEX ON report_person (household_no); CREATE INDEX ON report_person (atena_no); ANALYZE report_person")
    for code, condition, _ in HOLDS:
        differs = "" if code in _ALWAYS else "AND former IS DISTINCT FROM digest"
        cursor.execute(f"UPDATE report_person SET held = %s WHERE held = '' {differs} AND ({condition})", (code,))
    cursor.execute(_HOUSES, values)
    cursor.execute("CREATE INDEX ON report_house (household_no); ANALYZE report_house")
    cursor.execute(_TOUCHED)
    cursor.execute("ANALYZE report_touched")
    cursor.execute(_ROWS, values)
    cursor.execute("CREATE INDEX ON report_row (part); ANALYZE report_row")
    cursor.execute("RESET work_mem")
    cursor.execute("SELECT coalesce(max(part), 0) FROM report_row")
    (parts,) = cursor.fetchone()
    messages = {code: message for code, _, message in HOLDS}
    cursor.execute("SELECT atena_no, household_no, held FROM report_person WHERE held <> '' ORDER BY atena_no")
    held = [(atena, household, code, messages[code]) for atena, household, code in cursor.fetchall()]
    return parts, held


PERSON_COLUMNS = (
    "atena_no", "household_no", "class", "symbol", "number", "branch", "member_id", "name", "name_kana", "alias_name", "birth", "sex",
    "relation", "acquired_on", "acquired_reason", "lost_on", "lost_reason", "applied_from", "applied_until", "undisclosed", "gone",
    "first", "digest", "protected", "exception", "birth_date", "share_active", "share_from", "share_until", "limit_class", "limit_from",
    "limit_until", "disease", "card", "card_back",
)  # fmt: skip


def persons(cursor: Any, part: int, block: int) -> Iterator[list[tuple[Any, ...]]]:
    """The persons of a part, household by household, the head first, in blocks."""
    cursor.execute(
        f"""
        SELECT {", ".join(f"r.{name}" for name in PERSON_COLUMNS)} FROM report_row r
         WHERE r.part = %s
         ORDER BY r.household_no,
                  r.atena_no = (SELECT h.atena_no FROM report_head h WHERE h.household_no = r.household_no) DESC, r.atena_no
        """,
        (part,),
    )
    while rows := cursor.fetchmany(block):
        yield rows


def households(cursor: Any, part: int) -> list[tuple[Any, ...]]:
    """The households of a part with the change that made them go out: (…, reason, changed on, notified on)."""
    cursor.execute(
        """
        SELECT h.household_no, h.head, h.name, h.name_kana, h.postal_code, h.place, h.building, h.symbol, h.number, h.fictitious,
               h.protected, h.first, h.digest, h.members, c.reason, c.changed_on, c.notified_on
          FROM report_house h JOIN (SELECT DISTINCT household_no FROM report_row WHERE part = %s) r USING (household_no)
          LEFT JOIN LATERAL (
                SELECT coalesce(nullif(p.lost_reason, ''), p.acquired_reason) AS reason,
                       coalesce(p.lost_event_on, p.lost_on, p.acquired_on) AS changed_on, p.notified_on
                  FROM report_person p WHERE p.household_no = h.household_no AND p.class = '1' AND p.held = ''
                   AND p.former IS DISTINCT FROM p.digest
                 ORDER BY 2 DESC, p.atena_no LIMIT 1) c ON true
         ORDER BY h.household_no
        """,
        (part,),
    )
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def missing(cursor: Any, part: int, on: date) -> list[tuple[int, int]]:
    """Completeness, asked of the registers anew: (世帯番号, 宛名番号) of persons who are insured today and are neither in the part
    nor held back, and of heads who are in no row."""
    # Right after a full load the registers have no statistics, and a nested loop over them would not end.
    cursor.execute("SET enable_nestloop = off")
    cursor.execute(
        """
        WITH houses AS (SELECT DISTINCT household_no FROM report_row WHERE part = %(part)s)
        SELECT p.household_no, e.atena_no FROM eligibility_insuredperiod e
          JOIN people_person p ON p.atena_no = e.atena_no AND p.superseded_at IS NULL AND p.valid @> %(on)s::date
         WHERE e.superseded_at IS NULL AND e.valid @> %(on)s::date AND p.household_no IN (SELECT household_no FROM houses)
           AND NOT EXISTS (SELECT 1 FROM report_row r WHERE r.atena_no = e.atena_no AND r.part = %(part)s)
           AND NOT EXISTS (SELECT 1 FROM report_person q WHERE q.atena_no = e.atena_no AND q.held <> '')
        UNION
        SELECT h.household_no, h.head FROM report_house h WHERE h.household_no IN (SELECT household_no FROM houses)
           AND h.members IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM report_person r WHERE r.atena_no = h.head AND (r.household_no = h.household_no OR r.held <> ''))
        """,
        {"part": part, "on": on},
    )
    found: list[tuple[int, int]] = cursor.fetchall()
    cursor.execute("RESET enable_nestloop")
    return found


def clear(cursor: Any) -> None:
    """Take back what `stage` set for the session."""
    cursor.execute("RESET effective_io_concurrency")
