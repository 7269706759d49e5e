"""The snapshot that a trial calculates with: one statement gathers the facts of every household to be levied."""

from __future__ import annotations

from datetime import date

from django.db import connection

from kokuho.core import suspensions
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.reasons import COUNTED_BY_EVENT
from kokuho.desks.people.models import ProcessingStop

# The order of `LevyInput.amounts`, as the law's Income takes them.
AMOUNTS = (
    "salary_receipts", "pension_receipts", "other", "salary_income", "pension_income", "separate", "special_deduction",
    "loss_carryover", "casualty_carryover", "family_wages", "family_wages_paid",
)  # fmt: skip

# The 情報項目 of which a levy is made: what stands under 利用停止 is not used for it.
USED = ("person", "eligibility", "income", "levy")
# 総合譲渡(長期)と一時は2分の1を算入する(地方税法32条・313条)。所得金額調整控除は給与所得から引いた後で用いる。
_INCOME = """ARRAY[
    i.salary_receipts, i.pension_receipts,
    i.business_income + i.farm_income + i.real_estate_income + i.interest_income + i.dividend_income + i.misc_income
      + i.short_transfer_income + (i.long_transfer_income + i.occasional_income) / 2,
    i.salary_income - i.income_adjustment, i.pension_income,
    i.forestry_income + i.sep_short_after + i.sep_long_after + i.stock_general + i.stock_listed + i.listed_dividend + i.futures,
    i.sep_short_before - i.sep_short_after + i.sep_long_before - i.sep_long_after,
    i.net_loss_carried + i.stock_loss_carried, i.casualty_loss_carried,
    i.family_employee_salary, i.family_employee_deduction]"""


# Facts stay under the number under which they were recorded; here they are read under the number that stands for the person
# on %(on)s (名寄せ). Where both numbers say something about the same days or year, the surviving number's word holds.
JOINED = """
            joined AS MATERIALIZED (
                SELECT atena_no, joined_to FROM people_numberjoin WHERE superseded_at IS NULL AND valid @> %(on)s::date)"""
_LIVED = """
                SELECT p.atena_no, p.household_no, p.is_head, p.birth_date, p.valid
                  FROM people_person p, year
                 WHERE p.superseded_at IS NULL AND p.resident_state = '1' AND p.valid && year.days
                   AND NOT EXISTS (SELECT FROM joined j WHERE j.atena_no = p.atena_no)
                 UNION ALL
                SELECT j.joined_to, p.household_no, p.is_head, n.birth_date, part.days
                  FROM joined j
                  JOIN people_person p ON p.atena_no = j.atena_no AND p.superseded_at IS NULL AND p.resident_state = '1'
                  JOIN LATERAL (SELECT birth_date FROM people_person WHERE atena_no = j.joined_to AND superseded_at IS NULL
                                 ORDER BY lower(valid) DESC LIMIT 1) n ON true,
                       LATERAL unnest(datemultirange(p.valid) - coalesce(
                           (SELECT range_agg(o.valid) FROM people_person o WHERE o.atena_no = j.joined_to
                               AND o.superseded_at IS NULL AND o.resident_state = '1'), '{}')) AS part (days),
                       year
                 WHERE part.days && year.days"""
# Reasons of a loss that count from the day of the event, not of the change.
_BY_EVENT = ", ".join(f"'{code}'" for code in sorted(COUNTED_BY_EVENT))
_TAKE = f"""
WITH year AS (SELECT daterange(%(start)s, %(end)s) AS days),{JOINED},
insured AS MATERIALIZED (
    SELECT coalesce(j.joined_to, e.atena_no) AS atena_no, lower(e.valid) AS insured_from,
           CASE WHEN e.lost_reason IN ({_BY_EVENT}) THEN e.lost_event_on ELSE upper(e.valid) END AS insured_until, e.valid
      FROM year, eligibility_insuredperiod e LEFT JOIN joined j ON j.atena_no = e.atena_no
     WHERE e.superseded_at IS NULL AND e.valid && year.days),
registered AS MATERIALIZED ({_LIVED}),
recognised AS MATERIALIZED (
    SELECT r.household_no, coalesce(j.joined_to, r.atena_no) AS atena_no, r.valid
      FROM year, {RECOGNISED} r LEFT JOIN joined j ON j.atena_no = r.atena_no WHERE r.valid && year.days),
-- 国保世帯主: the one recognised takes the place of the register's head for as long as that holds.
lived AS MATERIALIZED (
    SELECT l.* FROM registered l WHERE l.household_no NOT IN (SELECT household_no FROM recognised)
    UNION ALL
    SELECT l.atena_no, l.household_no, l.atena_no = r.atena_no, l.birth_date, l.valid * r.valid
      FROM registered l JOIN recognised r ON r.household_no = l.household_no AND r.valid && l.valid
    UNION ALL
    SELECT l.atena_no, l.household_no, l.is_head, l.birth_date, span.days
      FROM registered l
      JOIN (SELECT household_no, range_agg(valid) AS days FROM recognised GROUP BY household_no) r
        ON r.household_no = l.household_no
     CROSS JOIN LATERAL unnest(datemultirange(l.valid) - r.days) AS span(days), year WHERE span.days && year.days),
former AS MATERIALIZED (
    SELECT coalesce(j.joined_to, s.atena_no) AS atena_no, s.household_no, min(lower(s.valid)) AS former_from
      FROM year, eligibility_status s LEFT JOIN joined j ON j.atena_no = s.atena_no
     WHERE s.kind = %(former)s AND s.superseded_at IS NULL AND s.valid && year.days
     GROUP BY coalesce(j.joined_to, s.atena_no), s.household_no),
special AS (
    SELECT coalesce(j.joined_to, s.atena_no) AS atena_no,
           jsonb_agg(jsonb_build_array(s.kind, lower(s.valid), upper(s.valid), s.detail)
                     ORDER BY s.kind, lower(s.valid))::text AS statuses
      FROM year, eligibility_status s LEFT JOIN joined j ON j.atena_no = s.atena_no
     WHERE s.kind = ANY(%(special)s) AND s.superseded_at IS NULL AND s.valid && year.days
     GROUP BY coalesce(j.joined_to, s.atena_no)),
asset AS (
    SELECT coalesce(j.joined_to, t.atena_no) AS atena_no, sum(t.land_tax + t.building_tax) AS asset_tax
      FROM assessment_assettax t LEFT JOIN joined j ON j.atena_no = t.atena_no
     WHERE t.fiscal_year = %(year)s AND t.superseded_at IS NULL
       AND (j.atena_no IS NULL OR NOT EXISTS (
            SELECT FROM assessment_assettax o WHERE o.atena_no = j.joined_to AND o.asset_no = t.asset_no
               AND o.fiscal_year = t.fiscal_year AND o.superseded_at IS NULL))
     GROUP BY coalesce(j.joined_to, t.atena_no)),
borrowed AS MATERIALIZED (
    SELECT DISTINCT ON (j.joined_to) j.joined_to AS atena_no, i.atena_no AS from_no
      FROM joined j JOIN assessment_income i ON i.atena_no = j.atena_no AND i.fiscal_year = %(year)s AND i.superseded_at IS NULL
     WHERE NOT EXISTS (SELECT FROM assessment_income o WHERE o.atena_no = j.joined_to AND o.fiscal_year = %(year)s
                          AND o.superseded_at IS NULL)
     ORDER BY j.joined_to, i.decided_on DESC, i.atena_no),
stopped AS MATERIALIZED (
    SELECT coalesce(j.joined_to, s.atena_no) AS atena_no, min(s.reason) AS reason
      FROM (SELECT atena_no, reason FROM people_processingstop
             WHERE kind = %(stop)s AND superseded_at IS NULL AND valid @> %(on)s::date
             UNION ALL
            SELECT atena_no, %(suspended)s FROM core_usesuspension WHERE item = ANY(%(items)s) AND lifted_on IS NULL) s
      LEFT JOIN joined j ON j.atena_no = s.atena_no
     GROUP BY coalesce(j.joined_to, s.atena_no)),
levied AS MATERIALIZED (
    SELECT DISTINCT l.household_no FROM lived l JOIN insured e ON e.atena_no = l.atena_no AND e.valid && l.valid),
left_out AS MATERIALIZED (
    SELECT DISTINCT l.household_no, l.atena_no, s.reason FROM stopped s
      JOIN lived l ON l.atena_no = s.atena_no JOIN levied h ON h.household_no = l.household_no
     WHERE l.is_head OR EXISTS (SELECT FROM insured e WHERE e.atena_no = l.atena_no AND e.valid && l.valid)
        OR EXISTS (SELECT FROM former f WHERE f.atena_no = l.atena_no AND f.household_no = l.household_no)),
noted AS (
    INSERT INTO assessment_levyleftout (run_id, household_no, atena_no, reason)
    SELECT %(run)s, household_no, atena_no, reason FROM left_out),
household AS (
    SELECT household_no, row_number() OVER (ORDER BY household_no) AS seq FROM levied
     WHERE household_no NOT IN (SELECT household_no FROM left_out))
INSERT INTO assessment_levyinput (run_id, seq, household_no, atena_no, is_head, birth_date, lived_from, lived_until,
    insured_from, insured_until, former_from, declaration, amounts, asset_tax, statuses)
SELECT %(run)s, h.seq, l.household_no, l.atena_no, l.is_head, l.birth_date,
       CASE WHEN lower(l.valid) > %(start)s THEN lower(l.valid) END,
       CASE WHEN upper(l.valid) < %(end)s THEN upper(l.valid) END,
       e.insured_from, e.insured_until, f.former_from, i.declaration,
       CASE WHEN i.id IS NOT NULL THEN {_INCOME} END, coalesce(a.asset_tax, 0), s.statuses
  FROM household h
  JOIN lived l ON l.household_no = h.household_no
  LEFT JOIN insured e ON e.atena_no = l.atena_no AND e.valid && l.valid
  LEFT JOIN former f ON f.atena_no = l.atena_no AND f.household_no = l.household_no
  LEFT JOIN special s ON s.atena_no = l.atena_no
  LEFT JOIN asset a ON a.atena_no = l.atena_no
  LEFT JOIN borrowed b ON b.atena_no = l.atena_no
  LEFT JOIN assessment_income i ON i.atena_no = coalesce(b.from_no, l.atena_no) AND i.fiscal_year = %(year)s
   AND i.superseded_at IS NULL
 WHERE l.is_head OR e.atena_no IS NOT NULL OR f.atena_no IS NOT NULL
 ORDER BY h.seq, l.atena_no, e.insured_from, lower(l.valid)
"""


def take(run_id: int, fiscal_year: int, *, on: date) -> tuple[int, int]:
    """Fill `LevyInput` for a trial, as numbers are joined on a day. Returns (households, persons). Runs in the caller's
    transaction, so all of it is of one moment; whatever an earlier attempt of this trial left is replaced.

    A household in which somebody who would count is under 処理停止（賦課） that day, or whose data the levy uses stands under 利用停止
    (OPS-06), is left out whole: its levy would be wrong without that person. `LevyLeftOut` lists them.
    """
    parameters = {
        "run": run_id,
        "year": fiscal_year,
        "start": date(fiscal_year, 4, 1),
        "end": date(fiscal_year + 1, 4, 1),
        "on": on,
        "stop": ProcessingStop.LEVY,
        "items": list(USED),
        "suspended": suspensions.WORDS,
        "former": Status.FORMER_INSURED,
        "special": [kind for kind in Status.LEVIED if kind != Status.FORMER_INSURED],
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM assessment_levyinput WHERE run_id = %(run)s", parameters)
        cursor.execute("DELETE FROM assessment_levyleftout WHERE run_id = %(run)s", parameters)
        cursor.execute("SET LOCAL work_mem = '256MB'")
        # Nothing is known of the size of the parts below: a nested loop over two of them would not end for a city.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_TAKE, parameters)
        persons = cursor.rowcount
        cursor.execute("SELECT coalesce(max(seq), 0) FROM assessment_levyinput WHERE run_id = %(run)s", parameters)
        (households,) = cursor.fetchone()
    return households, persons
