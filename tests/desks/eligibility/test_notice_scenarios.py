"""The table of scenarios: reason by timing by household, and what must follow, by the preview that the counter shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from eligibilityfacts import DAY, actor, draft, office, person, record

ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "notice_scenarios.yaml").read_text("utf-8"))
PARTS = 6
SINCE, ADULT = date(2020, 4, 1), date(1980, 5, 5)
BIRTHS = {
    "disabled": date(1958, 3, 3), "disabled_insured": date(1958, 3, 3), "leap": date(1960, 2, 29), "old": date(1945, 1, 1),
    "seventyfour": date(1952, 1, 15), "thirtynine": date(1986, 12, 1), "seventy": date(1955, 12, 1),
    "turning75": date(1951, 6, 10),
}  # fmt: skip
UNINSURED = {
    "alone", "nominal", "elderly", "disabled", "leap", "old", "seventyfour", "thirtynine", "seventy", "excluded", "stranger",
    "unknown", "couple_second", "newborn",
}  # fmt: skip


def household(form: str) -> int:
    """Put a household of this form into the register; returns whom the notice is about."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import ElderlyPeriod, Exclusion

    who = {"recorded_by": "x", "origin": "file:1"}
    nominal = form.startswith("nominal")
    person(1, 20 if form == "stranger" else 10, BIRTHS.get(form, ADULT), head=not nominal)
    if nominal:
        person(9, 10, date(1975, 1, 1), head=True)
    if form in ("elderly", "disabled"):
        other = 8 if form == "elderly" else 1
        if form == "elderly":
            person(8, 10, date(1948, 1, 1))
        ElderlyPeriod.objects.create(atena_no=other, valid=DateRange(date(2024, 1, 1), None), **who)
    if form == "excluded":
        Exclusion.objects.create(
            atena_no=1, code="EX09", confirmed_by="通知", valid=DateRange(date(2026, 1, 1), None), **who
        )
    if form not in UNINSURED:
        record(draft(1, "101", date(2026, 4, 1) if form == "since2026" else SINCE))
    if form in ("couple", "couple_wife", "couple_second", "newborn"):
        person(2, 10, date(2026, 6, 10) if form == "newborn" else date(1982, 6, 6))
        record(draft(1, "101", SINCE)) if form in ("couple_second", "newborn") else record(draft(2, "101", SINCE))
    if form == "left_later":
        record(draft(1, "201", date(2026, 6, 10)))
    if form == "unknown":
        return 99
    return 2 if form in ("couple_wife", "couple_second", "newborn") else 1


def notice(row: dict[str, Any], who: int) -> Any:
    from kokuho.desks.eligibility.notices.kinds import notice_reasons
    from kokuho.desks.eligibility.notices.payload import Notice

    entry, told = notice_reasons()[row["code"]], row.get("duplicate", {})
    return Notice(
        household_no=10, persons=(who,), code=row["code"], event_on=row["day"], documents=(entry.documents[0][0],),
        notified_on=None if row.get("ex_officio") else row.get("notified", DAY), four={who: "match"},
        ex_officio=row.get("ex_officio", False), moved_in_elsewhere=row.get("elsewhere"), acquired_on=row.get("told_acquired"),
        head=dict.fromkeys(row.get("head", ()), True), notices_seen=told.get("seen", 0),
        other_continues=told.get("continues", False), informed_on=told.get("informed"),
    )  # fmt: skip


def outcome(row: dict[str, Any]) -> dict[str, Any]:
    """What the preview says, in the words of the table."""
    from kokuho.desks.eligibility.models import EligibilityEvent
    from kokuho.desks.eligibility.notices.follow import levy_months
    from kokuho.desks.eligibility.notices.preview import preview
    from kokuho.desks.eligibility.plan import NoticeError

    who = household(row["form"])
    asked = notice(row, who)
    before = EligibilityEvent.objects.count()
    try:
        found = preview(actor(), DAY, asked)
    except NoticeError as refused:
        return {"refused": refused.code}
    finally:
        assert EligibilityEvent.objects.count() == before
    seen: dict[str, Any] = {"due": found.due and found.due.due, "late": found.due and found.due.late}
    done = found.rehearsal
    old, new = done.before.periods.get(who, ()), done.after.periods.get(who, ())
    shown = next((r for r in found.rows if r.person.atena_no == who), None)
    gained = [p for p in new if p not in old]
    seen["unchanged"] = old == new and done.before.numbers == done.after.numbers
    if gained:
        seen |= {"start": gained[0].start, "acquired": gained[0].acquired_on, "provisional": gained[0].provisional,
                 "end": gained[-1].end, "lost": gained[-1].lost_on}  # fmt: skip
    if done.after.numbers.get(who):
        seen["branch"] = done.after.numbers[who][-1][2]
        seen["renumbered"] = done.before.numbers.get(who, ((),))[-1][:2] != done.after.numbers[who][-1][:2]
    if shown is not None:
        months = levy_months(shown.person, old, new, DAY)
        seen["levy"] = {
            year: more.bit_count() - less.bit_count() for year, (more, less) in sorted(months.items()) if year >= 2022
        }
        seen["former"] = any("特定同一世帯所属者" in line for line in shown.statuses)
        assert len(shown.lapsed) == len(row.get("lapsed", ()))
        assert bool(shown.steps) == bool(gained), "every new date explains itself"
    else:
        seen["levy"] = {}
    roles = {r.person.atena_no: r.role for r in found.household}
    seen["nominal"] = roles.get(9) == "擬制世帯主"
    seen["recognised"] = any("国保の世帯主" in role and "ではない" not in role for role in roles.values())
    seen["warns"] = "／".join(found.warnings)
    return seen


def test_there_are_scenarios_enough() -> None:
    assert len(ROWS) >= 120 and len({row["name"] for row in ROWS}) == len(ROWS)
    assert {row["code"] for row in ROWS} >= {str(code) for code in (*range(101, 118), 119, *range(201, 217))}


@pytest.mark.parametrize("part", range(PARTS))
def test_what_follows_from_a_notice(db: None, part: int) -> None:
    from django.db import transaction

    wrong = []
    for row in ROWS[part::PARTS]:
        with transaction.atomic():
            office(**row.get("settings", {}))
            seen = outcome(row)
            transaction.set_rollback(True)
        given = {"name", "form", "code", "day", "notified", "elsewhere", "told_acquired", "ex_officio", "duplicate", "head",
                 "settings", "lapsed"}  # fmt: skip
        for key, wanted in row.items():
            if key in given:
                continue
            got = seen.get(key)
            if (key == "warns" and wanted not in str(got)) or (key != "warns" and got != wanted):
                wrong.append(f"{row['name']}: {key} should be {wanted}, is {got}")
    assert not wrong, "\n".join(wrong)
