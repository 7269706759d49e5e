"""A few people whose certificates matter: a couple of 70 and more, a working household, a protected mother, a foreign resident."""

from __future__ import annotations

from datetime import date
from typing import Any

DAY = date(2026, 8, 3)
HOUSE, YOUNG, SHELTER = 1000000001, 1000000002, 1000000003
OLD, WIFE, WORKER, STUDENT, MOTHER, GUEST = 2000000001, 2000000002, 2000000003, 2000000004, 2000000005, 2000000006


def span(since: date | None, until: date | None = None) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    return DateRange(since, until)


def staff(name: str, *roles: str) -> Any:
    """A member of staff with the rights of roles, without a sign-in."""
    from kokuho.core.access import Actor, catalogue

    may = {item for role in roles for item in catalogue()["roles"][role]["may"]}
    return Actor(name, f"職員{name}", "国保課", frozenset(may), "test")


def person(no: int, household: int, born: date, name: str, *, head: bool = False, **more: Any) -> None:
    """A resident, insured since April 2020."""
    from kokuho.desks.eligibility.models import InsuredPeriod
    from kokuho.desks.people.models import Person

    values = {
        "valid": span(date(2015, 4, 1)), "postal_code": "3320031", "town": "青木", "block": "２丁目１番１号",
        "name_kana": "ワタナベ", **more,
    }  # fmt: skip
    known = {"recorded_by": "t", "origin": "file:1"}
    Person.objects.create(
        atena_no=no, household_no=household, resident_kind="1", resident_state="1", name=name, search_name=name,
        search_kana="", birth_date=born, sex="1", relation="02" if head else "20", is_head=head,
        resident_since=date(2015, 4, 1), resident_reason="01", address_since=date(2015, 4, 1), **values, **known,
    )  # fmt: skip
    InsuredPeriod.objects.create(
        atena_no=no, valid=span(date(2020, 4, 1)), acquired_on=date(2020, 4, 1), acquired_reason="104", **known
    )


def judged(household: int, **more: Any) -> None:
    """A judgement in force for the year from August 2026."""
    from kokuho.desks.eligibility.models import BurdenJudgement

    values: dict[str, Any] = {
        "year": 2026, "cause": "annual", "cause_on": date(2026, 8, 1), "seniors": 2, "active": False, "application_needed": False,
        "under_70": "エ", "over_70": "一般", "base_total": 0, "undeclared": False, "unknown": False, "facts": [],
        "judged_on": date(2026, 7, 20), "valid": span(date(2026, 8, 1), date(2027, 8, 1)), **more,
    }  # fmt: skip
    BurdenJudgement.objects.create(household_no=household, recorded_by="t", origin="t", **values)


def notified(household: int, payer: int, on: date, until: date, *, said: str = "") -> int:
    """A household whose 事前通知 went out; `said` was received as its 弁明 on the same day."""
    from kokuho.core.models import BatchRun
    from kokuho.desks.eligibility.models import HearingNotice, HearingStep

    run = BatchRun.objects.create(kind="hearing-letters", title="t", business_date=on, parameters={}, ordered_by="t")
    notice = HearingNotice.objects.create(
        household_no=household, payer_no=payer, notified_on=on, hearing_until=until, arrears=10_000, overdue=10_000, terms=1,
        oldest_due=date(2025, 6, 30), counted_on=on, run=run, recorded_by="t",
    )  # fmt: skip
    if said:
        HearingStep.objects.create(notice=notice, kind=HearingStep.RECEIVED, on=on, note=said, recorded_by="t")
    return int(notice.pk)


def special(notice_id: int, **said: str) -> dict[str, Any]:
    """What the screen enters for the decision on 特別療養費 from a 事前通知."""
    from kokuho.desks.eligibility.actions.hearings import open_notices, statement

    notice = open_notices().get(pk=notice_id)
    return {
        "notice": notice_id, "notified_on": notice.notified_on.isoformat(), "hearing_until": notice.hearing_until.isoformat(),
        "hearing": statement(notice), **said,
    }  # fmt: skip


def fill(*, judgements: bool = True) -> None:
    """The city and its people, judged for the year from August 2026 or not yet."""
    from kokuho.core.actions.office import open_municipality
    from kokuho.core.queries import office
    from kokuho.desks.eligibility.models import InsuredNumber
    from kokuho.desks.people.models import Protection

    office._municipality.cache_clear()
    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    person(OLD, HOUSE, date(1953, 5, 2), "葛\U000e0102城　太郎", head=True)
    person(WIFE, HOUSE, date(1955, 2, 1), "葛\U000e0102城　花")
    person(WORKER, YOUNG, date(1986, 1, 5), "鈴木　一郎", head=True)
    person(STUDENT, YOUNG, date(2012, 1, 5), "鈴木　次郎")
    person(MOTHER, SHELTER, date(1988, 1, 5), "佐藤　恵", head=True, town="隠町", block="９番９号")
    person(GUEST, YOUNG, date(1990, 1, 5), "JOHN SMITH", alias_name="青木　譲", alias_kana="アオキ", residence_until=date(2026, 12, 20))
    known = {"recorded_by": "t", "origin": "t"}
    for household, number in ((HOUSE, "00000001"), (YOUNG, "00000002"), (SHELTER, "00000003")):
        InsuredNumber.objects.create(household_no=household, symbol="国", number=number, valid=span(date(2020, 4, 1)), **known)
    Protection.objects.create(atena_no=MOTHER, valid=span(date(2026, 1, 1)), until=date(2027, 1, 1), **known)
    for household in (HOUSE, YOUNG, SHELTER) if judgements else ():
        judged(household)
