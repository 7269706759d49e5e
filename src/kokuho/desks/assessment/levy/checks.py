"""The check list between trial and approval (FUKA-11): every line compares the result with something counted another way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from kokuho.core.models import Municipality
from kokuho.desks.assessment.levy.snapshot import JOINED
from kokuho.desks.assessment.models import LevyCheck, LevyRun
from kokuho.desks.assessment.words import setting_name
from kokuho.desks.eligibility.reasons import COUNTED_BY_EVENT
from kokuho.law.premium.ordinance import load_ordinance


class Finding(NamedTuple):
    """One line: what was expected, what came out, and the households to look at."""

    title: str
    level: str
    expected: str
    actual: str
    note: str = ""
    households: tuple[int, ...] = ()


# A deviation from an expected figure beyond this is for a person to look at (percent).
TOLERANCE = 5
UNDECLARED_TOLERANCE = 10
# Fewer days between the decision and the first due date are for a person to look at: notices are printed and carried meanwhile.
NOTICE_DAYS = 10


def make(run: LevyRun, results: Mapping[str, Any]) -> None:
    """Write the check list of a finished trial (replacing an earlier one)."""
    LevyCheck.objects.filter(run=run).delete()
    LevyCheck.objects.bulk_create(
        LevyCheck(
            run=run, code=code, title=f.title, level=f.level, expected=f.expected, actual=f.actual, note=f.note[:300],
            households=list(f.households),
        )
        for code, check in CHECKS.items()
        for f in [check(run, results)]
    )  # fmt: skip


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _must(ok: bool) -> str:
    return LevyCheck.OK if ok else LevyCheck.STOP


def _look(ok: bool) -> str:
    return LevyCheck.OK if ok else LevyCheck.WARN


def _insured(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    """被保険者延べ月数, counted month by month from the registers: whoever moved between households counts once a month."""
    by_event = ", ".join(f"'{code}'" for code in sorted(COUNTED_BY_EVENT))
    # Counted under the number that stands for a person, and without the households that 処理停止 leaves out, like the levy.
    [(expected,)] = _rows(
        f"""
        WITH {JOINED},
        month AS (SELECT (%(start)s::date + make_interval(months => m))::date AS first,
                              (%(start)s::date + make_interval(months => m + 1))::date - 1 AS last FROM generate_series(0, 11) m),
        stay AS MATERIALIZED (
            SELECT coalesce(j.joined_to, e.atena_no) AS atena_no, lower(e.valid) AS since,
                   CASE WHEN e.lost_reason IN ({by_event}) THEN e.lost_event_on ELSE upper(e.valid) END AS until
              FROM eligibility_insuredperiod e LEFT JOIN joined j ON j.atena_no = e.atena_no
             WHERE e.superseded_at IS NULL AND e.valid && daterange(%(start)s, %(end)s)),
        life AS MATERIALIZED (
            SELECT coalesce(j.joined_to, p.atena_no) AS atena_no, p.valid, p.birth_date,
                   -- 2月29日生まれは、うるう年でない年には3月1日に75歳になる
                   (p.birth_date + CASE WHEN to_char(p.birth_date, 'MMDD') = '0229' THEN 1 ELSE 0 END + interval '75 years')::date
                     AS turns_75
              FROM people_person p LEFT JOIN joined j ON j.atena_no = p.atena_no
             WHERE p.superseded_at IS NULL AND p.resident_state = '1' AND p.valid && daterange(%(start)s, %(end)s)
               AND p.household_no NOT IN (SELECT household_no FROM assessment_levyleftout WHERE run_id = %(run)s)),
        pair AS MATERIALIZED (
            SELECT s.atena_no, s.since, s.until, l.valid, l.birth_date, l.turns_75,
                   s.until IS NULL AND greatest(s.since, l.birth_date) <= y.april AND l.valid @> daterange(y.april, %(end)s)
                     AND l.turns_75 >= %(end)s AS whole
              FROM stay s JOIN life l USING (atena_no), (SELECT min(last) AS april FROM month) y),
        -- Nine in ten are insured all year: only the others are gone through month by month.
        moving AS (
            SELECT * FROM pair p WHERE NOT EXISTS (SELECT 1 FROM pair w WHERE w.whole AND w.atena_no = p.atena_no))
        SELECT (SELECT 12 * count(DISTINCT atena_no) FROM pair WHERE whole)
             + (SELECT count(DISTINCT (p.atena_no, m.first)) FROM month m
                  JOIN moving p ON p.since <= m.last AND (p.until IS NULL OR date_trunc('month', p.until) > m.first)
                                AND p.valid @> m.last AND p.birth_date <= m.last AND date_trunc('month', p.turns_75) > m.first)
        """,
        start=date(run.fiscal_year, 4, 1), end=date(run.fiscal_year + 1, 4, 1), on=run.decided_on, run=run.pk,
    )  # fmt: skip
    actual = results.get("insured_months", 0)
    return Finding(
        "被保険者の延べ月数（資格台帳との一致）", _must(expected == actual), f"{expected:,}月", f"{actual:,}月"
    )


def _households(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    missing = _rows(
        """
        SELECT DISTINCT i.household_no FROM assessment_levyinput i
         WHERE i.run_id = %(run)s AND NOT EXISTS (SELECT 1 FROM assessment_trialdecision d WHERE d.run_id = %(run)s
                                                     AND d.household_no = i.household_no) ORDER BY 1 LIMIT 50
        """,
        run=run.pk,
    )
    if not results.get("households"):
        note = "被保険者がいません。住民記録と資格の取込みを確かめてください。"
        return Finding("賦課される世帯", LevyCheck.STOP, "1世帯以上", "0世帯", note)
    count = f"{len(missing)}世帯" + ("以上" if len(missing) == 50 else "")
    note = "資格の月数が0か、納付義務者となる世帯主がいない世帯です。" if missing else ""
    households = tuple(row[0] for row in missing)
    return Finding("賦課されなかった世帯（月割0又は世帯主なし）", _look(not missing), "0世帯", count, note, households)


def _sums(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    wrong = _rows(
        """
        SELECT household_no FROM assessment_trialdecision WHERE run_id = %(run)s
           AND (total <> (SELECT coalesce(sum(x), 0) FROM unnest(instalments) x)
                OR total > (SELECT coalesce(sum((c->>7)::bigint), 0) FROM jsonb_array_elements(components) c)
                OR total < 0) ORDER BY 1 LIMIT 50
        """,
        run=run.pk,
    )
    return Finding(
        "区分の合計・期別の合計と年額",
        _must(not wrong),
        "不一致0件",
        f"不一致{len(wrong)}件",
        "",
        tuple(row[0] for row in wrong),
    )


def _caps(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    ordinance = load_ordinance(Municipality.objects.get().code, run.fiscal_year)
    caps = {name: component.cap for name, component in ordinance.components.items()}
    wrong = _rows(
        """
        SELECT household_no FROM assessment_trialdecision, jsonb_array_elements(components) c
         WHERE run_id = %(run)s AND (c->>7)::bigint > (%(caps)s::jsonb->>(c->>0))::bigint ORDER BY 1 LIMIT 50
        """,
        run=run.pk, caps=json.dumps(caps),
    )  # fmt: skip
    return Finding(
        "賦課限度額を超える世帯", _must(not wrong), "0世帯", f"{len(wrong)}世帯", "", tuple(r[0] for r in wrong)
    )


def _twice(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    wrong = _rows(
        """
        SELECT a.household_no FROM assessment_levyinput a JOIN assessment_levyinput b
            ON b.run_id = a.run_id AND b.atena_no = a.atena_no AND b.household_no <> a.household_no
         WHERE a.run_id = %(run)s AND a.insured_from IS NOT NULL AND b.insured_from IS NOT NULL
           AND daterange(a.lived_from, a.lived_until) && daterange(b.lived_from, b.lived_until) ORDER BY 1 LIMIT 50
        """,
        run=run.pk,
    )
    return Finding(
        "同じ日に二つの世帯で被保険者の人", _must(not wrong), "0人", f"{len(wrong)}人", "", tuple(r[0] for r in wrong)
    )


def _heads(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    wrong = _rows(
        """
        SELECT household_no FROM assessment_levyinput WHERE run_id = %(run)s
         GROUP BY household_no HAVING NOT bool_or(is_head) ORDER BY 1 LIMIT 50
        """,
        run=run.pk,
    )
    return Finding(
        "世帯主のいない世帯", _must(not wrong), "0世帯", f"{len(wrong)}世帯",
        "納付義務者が決まらないため賦課できません。住民記録を確かめてください。" if wrong else "", tuple(r[0] for r in wrong),
    )  # fmt: skip


def _undeclared(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    [(unknown, adults)] = _rows(
        """
        SELECT count(DISTINCT atena_no) FILTER (WHERE amounts IS NULL OR declaration IN ('5', '7')), count(DISTINCT atena_no)
          FROM assessment_levyinput WHERE run_id = %(run)s AND birth_date <= %(adult)s
        """,
        run=run.pk, adult=date(run.fiscal_year - 18, 4, 1),
    )  # fmt: skip
    share = unknown * 100 // adults if adults else 0
    return Finding(
        "所得の分からない人（未申告・他市町村課税）", _look(share < UNDECLARED_TOLERANCE), f"{UNDECLARED_TOLERANCE}%未満",
        f"{unknown:,}人（{share}%）", "所得割は0円、軽減なしで賦課します。簡易申告・所得照会の対象です。" if unknown else "",
    )  # fmt: skip


def _incomes(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    """総所得金額等 (before the special deduction of 譲渡, after losses) as the tax office sent it against its parts."""
    wrong = _rows(
        """
        SELECT DISTINCT i.household_no FROM assessment_levyinput i
          JOIN assessment_income t ON t.atena_no = i.atena_no AND t.fiscal_year = %(year)s AND t.superseded_at IS NULL
         WHERE i.run_id = %(run)s AND t.declaration NOT IN ('5', '7')
           AND t.total_income <> greatest(0, greatest(0, i.amounts[3] + i.amounts[4] + i.amounts[5])
                                             + i.amounts[6] + i.amounts[7] - i.amounts[8] - i.amounts[9])
         ORDER BY 1 LIMIT 50
        """,
        run=run.pk, year=run.fiscal_year,
    )  # fmt: skip
    return Finding(
        "総所得金額等と内訳の合わない人がいる世帯", _look(not wrong), "0世帯", f"{len(wrong)}世帯",
        "税の合計と内訳が違います。内訳で賦課しました。" if wrong else "", tuple(r[0] for r in wrong),
    )  # fmt: skip


def _changes(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    [(count,)] = _rows("SELECT count(*) FROM eligibility_changecandidate WHERE state = 'open'")
    return Finding(
        "処理されていない異動",
        _look(count == 0),
        "0件",
        f"{count:,}件",
        "当初賦課に入りません。後の更正になります。" if count else "",
    )


def _expected(key: str, title: str, unit: str) -> Callable[[LevyRun, Mapping[str, Any]], Finding]:
    def check(run: LevyRun, results: Mapping[str, Any]) -> Finding:
        actual = results.get(key, 0)
        expected = (run.batch.parameters.get("expectations") or {}).get(key)
        source = "見込み"
        if expected is None:
            last = (
                LevyRun.objects.filter(mode=LevyRun.FINAL, fiscal_year=run.fiscal_year - 1)
                .select_related("batch")
                .first()
            )
            expected, source = (last.batch.results.get(key), "前年度") if last else (None, "")
        if expected is None:
            note = "見込みも前年度の結果もないため比べていません。"
            return Finding(title, LevyCheck.WARN, "見込みなし", f"{actual:,}{unit}", note)
        off = abs(actual - expected) * 100 > TOLERANCE * expected
        note = f"{source}との差 {actual - expected:+,}{unit}（許容 ±{TOLERANCE}%）"
        return Finding(title, _look(not off), f"{expected:,}{unit}", f"{actual:,}{unit}", note)

    return check


def _certainty(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    ordinance = load_ordinance(Municipality.objects.get().code, run.fiscal_year)
    unsure = sorted(name for name, p in ordinance.provenance.items() if p.certainty.startswith("K"))
    return Finding(
        "確かめていない条例の設定", _look(not unsure), "0項目", f"{len(unsure)}項目",
        f"条例・規則で確かめてください: {'、'.join(map(setting_name, unsure))}" if unsure else "",
    )  # fmt: skip


def _due_dates(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    """No instalment falls due before it is decided, and payers have time between the notice and the first due date."""
    first = min(run.due_dates)
    days = (first - run.decided_on).days
    level = LevyCheck.STOP if days <= 0 else _look(days >= NOTICE_DAYS)
    note = "" if level == LevyCheck.OK else "決定日を早めるか、条例・規則の納期を確かめてください。"
    return Finding(
        "最初の納期限", level, f"決定日 {run.decided_on} の{NOTICE_DAYS}日後以降", f"{first}（{days}日後）", note
    )  # fmt: skip


def _stopped(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    """Households left out because somebody in them is under 処理停止（賦課）."""
    [(count, first)] = _rows(
        """
        SELECT count(DISTINCT household_no), (array_agg(DISTINCT household_no))[1:50] FROM assessment_levyleftout WHERE run_id = %(run)s
        """,
        run=run.pk,
    )
    note = "賦課していません。停止を終えた後に、賦課の更正で処理します。" if count else ""
    return Finding("処理停止（賦課）のため賦課しない世帯", _look(not count), "0世帯", f"{count:,}世帯", note, tuple(first or ()))


def _joined(run: LevyRun, results: Mapping[str, Any]) -> Finding:
    """Persons with incomes of the year under both of their numbers (名寄せ): the surviving number's were taken."""
    both = _rows(
        """
        SELECT DISTINCT i.household_no FROM people_numberjoin j
          JOIN assessment_income a ON a.atena_no = j.atena_no AND a.fiscal_year = %(year)s AND a.superseded_at IS NULL
          JOIN assessment_income b ON b.atena_no = j.joined_to AND b.fiscal_year = %(year)s AND b.superseded_at IS NULL
          JOIN assessment_levyinput i ON i.run_id = %(run)s AND i.atena_no = j.joined_to
         WHERE j.superseded_at IS NULL AND j.valid @> %(on)s::date ORDER BY 1 LIMIT 50
        """,
        year=run.fiscal_year, run=run.pk, on=run.decided_on,
    )  # fmt: skip
    note = "新番号の所得で賦課しました。税務に、どちらが正しいか、合わせるべきかを確かめてください。" if both else ""
    return Finding(
        "名寄せした人で、新旧両方の番号に所得がある世帯", _look(not both), "0世帯", f"{len(both)}世帯", note, tuple(r[0] for r in both)
    )  # fmt: skip


CHECKS: dict[str, Callable[[LevyRun, Mapping[str, Any]], Finding]] = {
    "C01": _insured,
    "C02": _households,
    "C03": _sums,
    "C04": _caps,
    "C05": _twice,
    "C06": _heads,
    "C07": _undeclared,
    "C08": _incomes,
    "C09": _changes,
    "C10": _expected("households", "賦課世帯数と見込み", "世帯"),
    "C11": _expected("insured", "被保険者数と見込み", "人"),
    "C12": _expected("total", "調定見込額", "円"),
    "C13": _certainty,
    "C14": _due_dates,
    "C15": _stopped,
    "C16": _joined,
}
