"""旧制度の証の発行履歴 (AKASHI-04): what the former system issued of 被保険者証・短期証・資格証明書・高齢受給者証 becomes rows of the one
issue history. They are for inquiry, recovery and the proof of past periods: nothing of them is printed or issued again here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.eligibility import papers
from kokuho.desks.people.actions.register import Unapplied

# What a line is staged as, in the words of `data/certificates.yaml`.
COLUMNS = (
    ("record", "int"), ("former_no", "text"), ("atena_no", "bigint"), ("household_no", "bigint"), ("kind", "text"), ("form", "text"),
    ("symbol", "text"), ("number", "text"), ("branch", "text"), ("name", "text"), ("kana", "text"), ("ratio", "text"),
    ("issued_on", "date"), ("reason", "text"), ("method", "text"), ("office", "text"), ("staff", "text"), ("copies", "int"),
    ("valid_from", "date"), ("valid_until", "date"), ("state", "text"), ("collected_on", "date"), ("collect_method", "text"),
    ("cause", "text"),
)  # fmt: skip

_SAME = (
    "h.atena_no = s.atena_no AND h.household_no = s.household_no AND h.kind = s.kind AND h.issued_on = s.issued_on "
    "AND h.number = s.number AND h.branch = s.branch AND h.valid_until IS NOT DISTINCT FROM s.valid_until"
)
# Why a line is not taken in: code, condition over the line `s`, the row `h` with its former number, the last day `l.until` on which
# its type was issued; sentence. The first that fits is told.
_RULES = (
    ("H01", "NOT EXISTS (SELECT FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL)",
     "宛名番号が宛名にありません。宛名の移行を先に行うか、番号を確かめてください。"),
    ("H02", "s.times > 1", "同じ旧交付番号がファイルの中に二度あります。どちらが正しいか旧システムで確かめてください。"),
    ("H03", "s.issued_on > l.until OR s.issued_on > %(on)s",
     "交付年月日が、その種類の証を交付できた期間の後か、処理日より後です。"),
    ("H04", "s.valid_until < coalesce(s.valid_from, s.issued_on) OR s.valid_from < s.issued_on - 366",
     "有効期限が発効・交付より前か、発効期日が交付の1年以上前です。"),
    ("H05", "s.state = 'collected' AND (s.collected_on IS NULL OR s.collect_method = '' OR s.cause = '')",
     "回収済みですが、回収年月日・方法・事由がそろっていません。"),
    ("H06", "s.collected_on < s.issued_on OR s.collected_on > %(on)s", "回収年月日が交付より前か、処理日より後です。"),
    ("H07", "h.id IS NOT NULL AND NOT ({same})", "同じ旧交付番号の証が、違う内容で既に移行されています。"),
)  # fmt: skip

_MATCHED = """
CREATE TEMP TABLE former_line ON COMMIT DROP AS
SELECT s.*, h.id IS NOT NULL AS known, CASE {codes} ELSE '' END AS code
  FROM (SELECT t.*, count(*) OVER (PARTITION BY former_no) AS times FROM {staged} t) s
  JOIN unnest(%(kinds)s::text[], %(untils)s::date[]) AS l (kind, until) ON l.kind = s.kind
  LEFT JOIN eligibility_certificate h ON h.former_no = s.former_no AND h.former_no <> ''
"""
_ISSUE = """
INSERT INTO eligibility_certificate (kind, atena_no, household_no, symbol, number, branch, issued_on, reason, method, office, valid_from,
       valid_until, name, kana, real_name, real_kana, sex_on_back, undisclosed, printed, recorded_by, former_no, origin)
SELECT kind, atena_no, household_no, symbol, number, branch, issued_on, reason, method, office, valid_from, valid_until, name, kana,
       '', '', false, false,
       jsonb_strip_nulls(jsonb_build_object('ratio', ratio, 'form', nullif(form, ''), 'staff', nullif(staff, ''), 'copies', copies)),
       %(by)s, former_no, %(origin)s
  FROM former_line WHERE code = '' AND NOT known ORDER BY issued_on, record
"""
# A paper that nobody collected, but whose term is over, has lapsed: nobody is asked for it any more.
_HOLD = """
INSERT INTO eligibility_certificateholding (certificate_id, atena_no, kind, state, valid_until, cause, cause_on, changed_on)
SELECT c.id, c.atena_no, c.kind,
       CASE WHEN l.state IN ('held', 'returned') AND (l.valid_until < %(on)s OR l.valid_until IS NULL) THEN 'ended' ELSE l.state END,
       c.valid_until, CASE WHEN l.state = 'collected' THEN l.cause ELSE '' END, NULL,
       coalesce(l.collected_on, least(l.valid_until, %(on)s), c.issued_on)
  FROM former_line l JOIN eligibility_certificate c ON c.former_no = l.former_no AND c.former_no <> ''
 WHERE l.code = '' AND NOT l.known
"""
_COLLECTED = """
INSERT INTO eligibility_certificateevent (certificate_id, kind, "on", detail, note, recorded_by)
SELECT c.id, 'collected', l.collected_on, jsonb_build_object('method', l.collect_method, 'cause', l.cause), '旧システムの記録', %(by)s
  FROM former_line l JOIN eligibility_certificate c ON c.former_no = l.former_no AND c.former_no <> ''
 WHERE l.code = '' AND NOT l.known AND l.state = 'collected'
"""


def take_former(
    *, by: Actor, on: date, origin: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Write down staged issues of the former system. A line that was taken in before changes nothing, so a file that was cut off, or
    comes in parts, is simply taken again. Returns the counts and the lines that cannot be. Needs `exchange.receive`.
    """
    by.require("exchange.receive")
    codes = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition, _ in _RULES).format(same=_SAME)
    types = papers.types()
    values: dict[str, Any] = {
        "on": on, "by": by.staff_no, "origin": origin, "kinds": list(types),
        "untils": [paper.until or date.max for paper in types.values()],
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MATCHED.format(codes=codes, staged=staged), values)
        cursor.execute("ANALYZE former_line")
        sentences = {code: sentence for code, _, sentence in _RULES}
        cursor.execute("SELECT record, atena_no, code FROM former_line WHERE code <> '' ORDER BY record")
        problems = [Unapplied(record, atena, code, sentences[code]) for record, atena, code in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM former_line WHERE code = '' AND known")
        same = cursor.fetchone()[0]
        cursor.execute(_ISSUE, values)
        new = cursor.rowcount
        cursor.execute(_HOLD, values)
        cursor.execute(_COLLECTED, values)
        collected = cursor.rowcount
        cursor.execute("DROP TABLE former_line")
    audit.record(by, function="certificate.former", operation="update", row_count=new, detail={"origin": origin})
    return {"new": new, "same": same, "collected": collected}, problems
