"""資格重複 that オンライン資格確認 found: findings to work on, and confirmations of those that stand open (SHI-20)."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.actions.register import Unapplied

# Told of a day on which the person is insured here, and not over before: a duplicate. The joining that another source told of the
# same day is the same matter.
_FOUND = """
INSERT INTO eligibility_otherinsurancefinding
       (atena_no, household_no, kind, source, scheme, event_on, origin, found_on, state, result, decided_by, reason)
SELECT DISTINCT ON (s.atena_no, s.acquired_on) s.atena_no, s.household_no, 'overlap', 'shuyaku-overlap',
       left(coalesce(nullif(s.insurer_name, ''), '保険者番号 ' || s.insurer), 40), s.acquired_on, %(origin)s, %(on)s, 'open', '', '', ''
  FROM overlap_listed s
 WHERE s.code = '' AND NOT EXISTS (SELECT 1 FROM eligibility_otherinsurancefinding f WHERE f.atena_no = s.atena_no
                                      AND f.kind IN ('joined', 'overlap') AND f.event_on = s.acquired_on)
 ORDER BY s.atena_no, s.acquired_on, s.insurer
"""
# Each list is one confirmation of each open finding that it names: that the other insurance goes on, or that it ended.
_CONFIRMED = """
INSERT INTO eligibility_findingstep (finding_id, atena_no, kind, happened_on, text, other_acquired, continues, recorded_by)
SELECT DISTINCT ON (f.id) f.id, f.atena_no, 'confirmed', s.told_on, left('資格重複リスト: 保険者番号 ' || s.insurer, 200), s.acquired_on,
       s.lost_on IS NULL, %(by)s
  FROM overlap_listed s
  JOIN eligibility_otherinsurancefinding f ON f.atena_no = s.atena_no AND f.kind IN ('joined', 'overlap') AND f.state = 'open'
       AND f.event_on = s.acquired_on
 WHERE s.code IN ('', 'over')
   AND NOT EXISTS (SELECT 1 FROM eligibility_findingstep t WHERE t.finding_id = f.id AND t.kind = 'confirmed'
                      AND t.happened_on >= s.told_on)
 ORDER BY f.id, s.lost_on NULLS FIRST
"""
_LISTED = """
CREATE TEMP TABLE overlap_listed ON COMMIT DROP AS
SELECT s.*, p.household_no,
       CASE WHEN p.atena_no IS NULL THEN 'S20'
            WHEN s.born NOT IN (p.birth_date::text, p.birth_date_as_given) THEN 'S30'
            WHEN s.told_on > %(on)s OR s.acquired_on > %(on)s THEN 'S34'
            WHEN s.lost_on < s.acquired_on THEN 'S24'
            WHEN s.lost_on IS NOT NULL AND EXISTS (
                 SELECT 1 FROM eligibility_otherinsurancefinding f WHERE f.atena_no = s.atena_no AND f.state = 'open'
                    AND f.kind IN ('joined', 'overlap') AND f.event_on = s.acquired_on) THEN 'over'
            WHEN NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL
                                AND e.valid && daterange(s.acquired_on, s.lost_on)) THEN 'none'
            ELSE '' END AS code
  FROM {staged} s
  LEFT JOIN LATERAL (SELECT atena_no, household_no, birth_date, birth_date_as_given FROM people_person p
                      WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL
                      ORDER BY p.valid @> %(on)s::date DESC, lower(p.valid) DESC LIMIT 1) p ON true
"""
_SENTENCES = {
    "S20": "宛名番号が台帳にありません。", "S24": "相手の資格喪失年月日が取得年月日より前です。", "S30": "生年月日が台帳と違います。",
    "S34": "確認日または相手の資格取得年月日が処理日より後です。",
}  # fmt: skip
_ASK = "国保連合会に確かめ、結果を記録してください。"


def take_overlaps(
    *, by: Actor, on: date, origin: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Write down the staged duplicates as findings, and each as a confirmation of its finding: told again by a later list, it is
    confirmed again. Who is not insured here in that time is no finding. Returns the counts and who did not match. Needs
    `exchange.receive`.
    """
    by.require("exchange.receive")
    values = {"on": on, "origin": origin, "by": by.staff_no}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LISTED.format(staged=staged), values)
        cursor.execute("SELECT record, atena_no, code FROM overlap_listed WHERE code LIKE 'S%' ORDER BY record")
        problems = [
            Unapplied(record, atena, code, _SENTENCES[code] + _ASK) for record, atena, code in cursor.fetchall()
        ]
        cursor.execute(_FOUND, values)
        found = cursor.rowcount
        cursor.execute(_CONFIRMED, values)
        confirmed = cursor.rowcount
        cursor.execute("SELECT count(*) FROM overlap_listed WHERE code = 'none'")
        (apart,) = cursor.fetchone()
        cursor.execute("DROP TABLE overlap_listed")
    audit.record(
        by, function="eligibility.overlaps", operation="update", row_count=found + confirmed, detail={"origin": origin}
    )
    return {"found": found, "confirmed": confirmed, "apart": apart}, problems
