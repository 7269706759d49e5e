"""介護適用除外 from the care and welfare systems: what they tell of facility stays becomes proposals of 異動整理 (SHI-13)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection

from kokuho.core.access import MACHINE, Actor
from kokuho.desks.eligibility.actions.maternity import ACT
from kokuho.desks.eligibility.models import ChangeCandidate, Status
from kokuho.desks.people.actions.register import Unapplied

COLUMNS = (
    ("record", "int"), ("atena_no", "bigint"), ("entered_on", "date"), ("left_on", "date"), ("kind", "text"), ("facility", "text"),
)  # fmt: skip
_DUE_DAYS = 14

# Stays that touch the levy: of a person insured here within the stay, between the days of reaching 40 and 65. A stay that is known
# with the same days is left out; a told end meets the stay that is open.
_STAYS = """
SELECT s.atena_no, p.household_no, coalesce(s.entered_on, lower(k.valid)), s.left_on, s.kind, coalesce(s.facility, ''), k.id
  FROM {staged} s
  CROSS JOIN LATERAL (SELECT household_no, birth_date FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL
                       ORDER BY p.valid @> %(on)s::date DESC, lower(p.valid) DESC LIMIT 1) p
  LEFT JOIN eligibility_status k ON k.atena_no = s.atena_no AND k.kind = %(care)s AND k.superseded_at IS NULL
       AND k.valid @> coalesce(s.entered_on, s.left_on - 1)
 WHERE coalesce(s.entered_on, lower(k.valid)) IS NOT NULL
   AND coalesce(s.entered_on, lower(k.valid)) < p.birth_date + interval '65 years'
   AND coalesce(s.left_on, %(on)s::date) > p.birth_date + interval '40 years' - interval '1 day'
   AND EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL
                  AND e.valid && daterange(coalesce(s.entered_on, lower(k.valid)), s.left_on, '[]'))
   AND (k.id IS NULL OR upper(k.valid) IS DISTINCT FROM s.left_on AND s.left_on IS NOT NULL)
 ORDER BY s.record
"""


def propose_exempt(
    *, by: Actor, on: date, source: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Propose 介護適用除外 for staged stays, and its end for a told leaving. The same stay is proposed once. Persons whom nobody
    knows are returned. Needs `exchange.receive`.
    """
    by.require("exchange.receive")
    counts = {"entered": 0, "left": 0}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record, atena_no FROM {staged} s WHERE NOT EXISTS "
            "(SELECT 1 FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL) ORDER BY record"
        )
        problems = [
            Unapplied(record, atena_no, "KG11", "宛名番号が台帳にありません。介護・福祉の担当に確かめてください。")
            for record, atena_no in cursor.fetchall()
        ]
        cursor.execute(_STAYS.format(staged=staged), {"on": on, "care": Status.CARE_EXEMPT})
        stays = cursor.fetchall()
    for atena_no, household_no, entered, left, kind, facility, held in stays:
        values = {
            "facility_kind": kind, "facility": facility[:100] or "（名称なし）", "entered_on": entered.isoformat(),
            "left_on": left.isoformat() if left else "", "basis": "register",
        }  # fmt: skip
        proposal: dict[str, Any] = {"status": Status.CARE_EXEMPT, "event_on": (left or entered).isoformat(), "values": values}
        if held is not None:
            proposal["held"] = held
        if kind == "other":
            proposal["doubt"] = "施設が介護保険の適用除外施設に当たるかを確かめる"
        _, fresh = ChangeCandidate.objects.get_or_create(
            atena_no=atena_no, origin=f"{source}:{entered}:{left or ''}", act=ACT,
            defaults={
                "household_no": household_no, "event": "施設の退所（介護適用除外）" if left else "施設の入所（介護適用除外）",
                "event_date": left or entered, "proposal": proposal, "entered_by": MACHINE, "due_on": on + timedelta(days=_DUE_DAYS),
            },
        )  # fmt: skip
        counts["left" if left else "entered"] += fresh
    return counts, problems

