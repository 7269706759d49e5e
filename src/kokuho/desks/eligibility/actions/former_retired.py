"""退職被保険者等の履歴 (SHI-15): what the former system knows of the abolished scheme becomes periods of the status, for history."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.statuses.standing import RETIRED_BEGAN, RETIRED_ENDED
from kokuho.desks.people.actions.register import Unapplied

COLUMNS = (
    ("record", "int"), ("atena_no", "bigint"), ("since", "date"), ("ended_on", "date"), ("role", "text"), ("why", "text"),
    ("notified_on", "text"), ("pension", "text"),
)  # fmt: skip

# Why a line is not taken in: code, condition over the line `s` and the believed period `h` that it touches; sentence.
_RULES = (
    ("R01", "NOT EXISTS (SELECT FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL)",
     "宛名番号が宛名にありません。宛名の移行を先に行うか、番号を確かめてください。"),
    ("R02", "s.since >= s.ended_on OR s.since < %(began)s OR s.ended_on > %(ended)s",
     "期間の前後が逆か、退職者医療制度のあった期間（昭和59年10月1日〜令和2年3月31日）の外です。"),
    ("R03", "EXISTS (SELECT FROM {staged} o WHERE o.atena_no = s.atena_no AND o.record <> s.record AND o.since < s.ended_on "
            "AND s.since < o.ended_on)", "同じ人の期間がファイルの中で重なります。"),
    ("R04", "h.id IS NOT NULL AND NOT (h.valid = daterange(s.since, s.ended_on) AND h.detail -> 'entered' ->> 'role' = s.role)",
     "既に移行した期間と、違う内容で重なります。"),
)  # fmt: skip
_MATCHED = """
CREATE TEMP TABLE retired_line ON COMMIT DROP AS
SELECT s.*, h.id IS NOT NULL AS known, CASE {codes} ELSE '' END AS code
  FROM {staged} s
  LEFT JOIN LATERAL (SELECT id, valid, detail FROM eligibility_status h WHERE h.atena_no = s.atena_no AND h.kind = %(kind)s
                        AND h.superseded_at IS NULL AND s.since < s.ended_on AND h.valid && daterange(s.since, s.ended_on) LIMIT 1) h
         ON true
"""
_BELIEVE = """
INSERT INTO eligibility_status (atena_no, kind, kind_no, household_no, valid, detail, recorded_by, origin)
SELECT atena_no, %(kind)s, %(number)s, NULL, daterange(since, ended_on),
       jsonb_build_object('entered', jsonb_strip_nulls(jsonb_build_object(
           'since', since, 'ended_on', ended_on, 'role', role, 'why', nullif(why, ''), 'notified_on', notified_on,
           'pension', nullif(pension, '')))), %(by)s, %(origin)s
  FROM retired_line WHERE code = '' AND NOT known
"""


def take_retired(*, by: Actor, origin: str, staged: str = "staged") -> tuple[dict[str, int], list[Unapplied]]:
    """Write down staged periods of 退職被保険者等. What is there already changes nothing; the levies of those years are settled and
    untouched. Returns the counts and the lines that cannot be taken. Needs `exchange.receive`.
    """
    by.require("exchange.receive")
    codes = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition, _ in _RULES).format(staged=staged)
    values: dict[str, Any] = {
        "kind": Status.RETIRED, "number": Status.NUMBERS[Status.RETIRED], "by": by.staff_no, "origin": origin, "began": RETIRED_BEGAN,
        "ended": RETIRED_ENDED,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MATCHED.format(codes=codes, staged=staged), values)
        cursor.execute("SELECT record, atena_no, code FROM retired_line WHERE code <> '' ORDER BY record")
        sentences = {code: sentence for code, _, sentence in _RULES}
        problems = [Unapplied(record, atena, code, sentences[code]) for record, atena, code in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM retired_line WHERE code = '' AND known")
        same = cursor.fetchone()[0]
        cursor.execute(_BELIEVE, values)
        new = cursor.rowcount
        cursor.execute("DROP TABLE retired_line")
    audit.record(by, function="eligibility.former_retired", operation="update", row_count=new, detail={"origin": origin})
    return {"new": new, "same": same}, problems
