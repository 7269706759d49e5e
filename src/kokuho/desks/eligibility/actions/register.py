"""Eligibility as the resident register carries it (住民票の記載事項), taken over when the system is opened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions.numbers import number_households, settle_branches
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.reasons import BY_AGE, BY_DISABILITY, FROM_REGISTER, SAME_DAY
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people.actions.register import Unapplied

_CONTRADICTS = "国保資格の取得日と喪失日の前後が合いません。住民記録の担当に確かめてください。"


def open_register(
    *, by: Actor, on: date, origin: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Take over who is insured from the register when this system is opened (移行).

    Only persons without any eligibility here are taken; from then on this desk is the master and the register's items
    only lead to proposals. Returns counts and the records left to staff.
    """
    by.require("exchange.receive")
    parameters = {"by": by.staff_no, "origin": origin, "on": on}
    with connection.cursor() as cursor:
        impossible = _impossible(cursor, staged, parameters)
        problems = [Unapplied(record, atena_no, "J15", _CONTRADICTS) for record, atena_no in impossible]
        parameters["skip"] = [atena_no for _, atena_no in impossible]
        counts = {
            "insured": _insured(cursor, staged, parameters),
            "elderly": _elderly(cursor, staged, parameters),
            "former_insured": _former_insured(cursor, staged, parameters),
        }
        settings = office_settings()
        # The rows of this very transaction have no statistics yet: without this the planner loops over them row by row.
        cursor.execute("SET LOCAL enable_nestloop = off")
        counts["numbered"] = number_households(cursor, settings, by=by, origin=origin)
        counts["branched"] = settle_branches(cursor, settings, by=by, origin=origin)
        cursor.execute("SET LOCAL enable_nestloop = on")
    audit.record(
        by, function="eligibility.open_register", operation="update", row_count=counts["insured"], detail={"origin": origin}
    )  # fmt: skip
    return counts, problems


def _impossible(cursor: Any, staged: str, parameters: dict[str, Any]) -> list[tuple[int, int]]:
    """(record, 宛名番号) of those whose dates contradict each other, or who would be insured only later."""
    cursor.execute(
        f"""
        SELECT record, atena_no FROM {staged}
         WHERE nhi_state <> '0' AND (nhi_lost_on <= nhi_acquired_on OR nhi_acquired_on > %(on)s) ORDER BY record
        """,
        parameters,
    )
    found: list[tuple[int, int]] = cursor.fetchall()
    return found


def _insured(cursor: Any, staged: str, parameters: dict[str, Any]) -> int:
    """The events are the facts; the periods are what `replay` makes of exactly these two."""
    reasons = ", ".join(f"('{theirs}', '{ours}')" for theirs, ours in FROM_REGISTER.items())
    same_day = ", ".join(f"'{code}'" for code in sorted(SAME_DAY))
    fresh = f"""
          FROM {staged} s LEFT JOIN (VALUES {reasons}) r (theirs, ours) ON r.theirs = s.nhi_lost_reason
         WHERE s.nhi_state <> '0' AND NOT s.atena_no = ANY(%(skip)s)
           AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL)
    """
    # 75歳に達する日 is the day before the birthday; whoever went over earlier did so by 障害認定.
    ours = f"""CASE WHEN r.ours = '{BY_AGE}' AND s.nhi_lost_on < (s.birth_date + interval '75 years')::date - 1 THEN '{BY_DISABILITY}'
                    ELSE coalesce(r.ours, '216') END"""
    lost_event = f"CASE WHEN r.ours IN ({same_day}) THEN s.nhi_lost_on ELSE s.nhi_lost_on - 1 END"
    cursor.execute(
        f"""
        INSERT INTO eligibility_eligibilityevent (atena_no, household_no, kind, code, event_on, recorded_by, origin, detail)
        SELECT s.atena_no, s.household_no, 'acquisition', '119', s.nhi_acquired_on, %(by)s, %(origin)s, '{{}}'::jsonb {fresh}
        UNION ALL
        SELECT s.atena_no, s.household_no, 'loss', {ours}, {lost_event}, %(by)s, %(origin)s,
               jsonb_build_object('lost_on', s.nhi_lost_on) {fresh} AND s.nhi_lost_on IS NOT NULL
        """,
        parameters,
    )
    cursor.execute(
        f"""
        INSERT INTO eligibility_insuredperiod (atena_no, valid, acquired_on, acquired_reason, provisional, lost_on,
                                               lost_event_on, lost_reason, recorded_by, origin)
        SELECT s.atena_no, daterange(s.nhi_acquired_on, s.nhi_lost_on), s.nhi_acquired_on, '119', false, s.nhi_lost_on,
               {lost_event}, CASE WHEN s.nhi_lost_on IS NOT NULL THEN {ours} ELSE '' END, %(by)s, %(origin)s
        {fresh} ORDER BY hashint8(s.atena_no)
        """,
        parameters,
    )
    return int(cursor.rowcount)


def _elderly(cursor: Any, staged: str, parameters: dict[str, Any]) -> int:
    cursor.execute(
        f"""
        INSERT INTO eligibility_elderlyperiod (atena_no, valid, recorded_by, origin)
        SELECT s.atena_no, daterange(s.elderly_acquired_on, s.left_on), %(by)s, %(origin)s FROM {staged} s
         WHERE s.elderly_acquired_on IS NOT NULL AND (s.left_on IS NULL OR s.elderly_acquired_on < s.left_on)
           AND NOT EXISTS (SELECT 1 FROM eligibility_elderlyperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL)
         ORDER BY hashint8(s.atena_no)
        """,
        parameters,
    )
    return int(cursor.rowcount)


def _former_insured(cursor: Any, staged: str, parameters: dict[str, Any]) -> int:
    """特定同一世帯所属者: lost the insurance by moving to 後期 and still lives in the household (令29条の7第2項)."""
    cursor.execute(
        f"""
        INSERT INTO eligibility_status (atena_no, kind, kind_no, household_no, valid, detail, recorded_by, origin)
        SELECT s.atena_no, '{Status.FORMER_INSURED}', {Status.NUMBERS[Status.FORMER_INSURED]}, s.household_no,
               daterange(s.nhi_lost_on, NULL), '{{}}', %(by)s, %(origin)s
          FROM {staged} s
         WHERE s.nhi_lost_reason = '05' AND s.resident_state = '1' AND NOT s.atena_no = ANY(%(skip)s)
           AND NOT EXISTS (SELECT 1 FROM eligibility_status e WHERE e.atena_no = s.atena_no
                              AND e.kind = '{Status.FORMER_INSURED}' AND e.superseded_at IS NULL)
         ORDER BY hashint8(s.atena_no)
        """,
        parameters,
    )
    return int(cursor.rowcount)
