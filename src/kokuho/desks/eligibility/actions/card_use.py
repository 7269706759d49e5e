"""マイナ保険証の利用登録 as the federation lists it becomes dated facts, which decide who gets which certificate (LAW-05)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.actions.register import Unapplied

_REGISTERED = "1"

# Why a listed person is not taken in: code, condition over staged `s`, the person `p`, the fact of the day `k`, sentence. The first
# that fits is told.
_RULES = (
    ("S20", "p.atena_no IS NULL OR NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no "
            "AND e.superseded_at IS NULL)", "宛名番号の資格がありません。"),
    ("S30", "s.born NOT IN (p.birth_date::text, p.birth_date_as_given)", "生年月日が台帳と違います。"),
    ("S31", "(SELECT count(*) FROM {staged} t WHERE t.atena_no = s.atena_no) > 1", "同じ宛名番号がファイルの中に二度あります。"),
    ("S32", "s.since > %(on)s", "登録・解除の日（または基準日）が処理日より後です。"),
    ("S33", "EXISTS (SELECT 1 FROM eligibility_carduse c WHERE c.atena_no = s.atena_no AND c.superseded_at IS NULL "
            "AND lower(c.valid) > s.since AND c.registered <> s.registered)",
     "この日より後の利用状況が既に登録されていて、一覧と違います。"),
)  # fmt: skip
_ASK = "国保連合会に確かめ、結果を記録してください。"

# What differs from what is believed on the day: cut there, and believed anew from that day on. What speaks for a 資格確認書
# (要配慮, 交付申請) is no part of the list and stays.
_MATCHED = """
CREATE TEMP TABLE card_listed ON COMMIT DROP AS
SELECT s.*, k.id AS held_id, k.valid AS held_valid, k.registered AS held, coalesce(k.needs_support, false) AS needs_support,
       coalesce(k.applied, false) AS applied, coalesce(k.basis, '') AS basis, k.recorded_by AS held_by, k.origin AS held_origin,
       CASE {codes} ELSE '' END AS code
  FROM (SELECT record, atena_no, born, state = %(registered)s AS registered, coalesce(changed_on, as_of) AS since FROM {staged}) s
  LEFT JOIN LATERAL (SELECT atena_no, birth_date, birth_date_as_given FROM people_person p WHERE p.atena_no = s.atena_no
                        AND p.superseded_at IS NULL ORDER BY p.valid @> %(on)s::date DESC, lower(p.valid) DESC LIMIT 1) p ON true
  LEFT JOIN eligibility_carduse k ON k.atena_no = s.atena_no AND k.superseded_at IS NULL AND k.valid @> s.since
"""
_SUPERSEDE = """
UPDATE eligibility_carduse c SET superseded_at = now() FROM card_changed d
 WHERE c.atena_no = d.atena_no AND c.superseded_at IS NULL AND c.valid && daterange(d.since, NULL)
"""
_KEEP_BEFORE = """
INSERT INTO eligibility_carduse (atena_no, registered, needs_support, applied, basis, valid, recorded_by, origin)
SELECT atena_no, held, needs_support, applied, basis, daterange(lower(held_valid), since), held_by, held_origin
  FROM card_changed WHERE held_id IS NOT NULL AND lower(held_valid) < since
"""
_BELIEVE = """
INSERT INTO eligibility_carduse (atena_no, registered, needs_support, applied, basis, valid, recorded_by, origin)
SELECT atena_no, registered, needs_support, applied, CASE WHEN needs_support OR applied THEN basis ELSE %(basis)s END,
       daterange(since, NULL), %(by)s, %(origin)s
  FROM card_changed
"""


def take_registrations(
    *, by: Actor, on: date, origin: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Believe of every staged person whether the card is registered, from the day of the change (or of the list). A state that is
    believed already changes nothing. Returns the counts and who did not match. Needs `exchange.receive`.
    """
    by.require("exchange.receive")
    codes = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition, _ in _RULES).format(staged=staged)
    values: dict[str, Any] = {
        "on": on, "registered": _REGISTERED, "by": by.staff_no, "origin": origin, "basis": "マイナ保険証の利用登録状況一覧",
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MATCHED.format(codes=codes, staged=staged), values)
        cursor.execute("SELECT record, atena_no, code FROM card_listed WHERE code <> '' ORDER BY record")
        sentences = {code: sentence for code, _, sentence in _RULES}
        problems = [Unapplied(record, atena, code, sentences[code] + _ASK) for record, atena, code in cursor.fetchall()]
        cursor.execute(
            "CREATE TEMP TABLE card_changed ON COMMIT DROP AS SELECT * FROM card_listed "
            "WHERE code = '' AND held IS DISTINCT FROM registered"
        )
        cursor.execute("ANALYZE card_changed")
        cursor.execute(_SUPERSEDE)
        cursor.execute(_KEEP_BEFORE)
        cursor.execute(_BELIEVE, values)
        cursor.execute(
            "SELECT count(*) FILTER (WHERE registered), count(*) FILTER (WHERE NOT registered) FROM card_changed"
        )
        registered, ended = cursor.fetchone()
        cursor.execute("DROP TABLE card_changed, card_listed")
    audit.record(
        by, function="eligibility.card_use", operation="update", row_count=registered + ended, detail={"origin": origin}
    )
    return {"registered": registered, "unregistered": ended}, problems
