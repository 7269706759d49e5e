"""An office with a few households whose members matter to the screens: plain facts, one issued decision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

PASSWORD = "correct horse battery"
DAY = date(2026, 7, 1)
HOUSEHOLD, SHELTER = 1000000001, 1000000002
HEAD, WIFE, CHILD, REFUGEE = 2000000001, 2000000002, 2000000003, 2000000004
SECRET_PLACE = "隠町"
SECRET_POSTCODE = "3330099"
ROLES = {
    "shikaku": ("qualification",),
    "fuka": ("assessment",),
    "kakari": ("assessment_approver",),
    "densan": ("operation",),
    "shuno": ("collection",),
    "hogo": ("qualification", "protection"),
    "kansa": ("inspection",),
    "shunin": ("qualification_approver",),
    "sysad": ("system_admin",),
    "anzen": ("security_officer",),
}


@dataclass(frozen=True)
class City:
    """Numbers of what the office holds."""

    decision_id: int
    trial_id: int
    run_id: int
    batch_id: int
    approval_id: int
    candidate_id: int
    file_id: int
    refused_id: int
    work_id: int
    status_id: int
    difference_id: int


def insured(households: dict[int, int], since: date, code: str = "104") -> None:
    """Let persons (宛名番号 → 世帯番号) be insured from a day, by events as the desk writes them."""
    from django.db import transaction

    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility.actions.engine import record
    from kokuho.desks.eligibility.plan import Draft

    by = actor_for("densan", on=DAY, terminal="test")
    with transaction.atomic():
        record(by=by, on=DAY, drafts=[Draft(a, h, since, code) for a, h in households.items()], origin="file:1")


def fill() -> City:
    """The facts. Called inside the database of the test."""
    from django.core.cache import cache
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import folding
    from kokuho.core.actions.office import fill_holidays, open_municipality
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Approval, BatchRun
    from kokuho.desks.assessment.models import Decision, Income, LevyCheck, LevyInput, LevyRun, TrialDecision
    from kokuho.desks.collection.models import Account, Posting
    from kokuho.desks.eligibility.models import ChangeCandidate, Difference, InsuredNumber, Status
    from kokuho.desks.people.models import Person, Protection
    from kokuho.exchange.models import InboxError, InboxFile, WorkItem
    from kokuho.law.premium.assess import assess, prepare
    from kokuho.law.premium.household import Household, Member
    from kokuho.law.premium.household import Income as LawIncome
    from kokuho.law.premium.ordinance import COMPONENTS, load_ordinance

    cache.clear()
    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    fill_holidays(2026, 2027)
    for number, roles in ROLES.items():
        register(
            staff_no=number, name=f"職員 {number}", unit_code="01", unit_name="国保課", password=PASSWORD, roles=roles,
            applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
        )  # fmt: skip
    known = {"recorded_by": "densan", "origin": "file:1"}

    def person(atena: int, household: int, name: str, kana: str, born: date, **more: Any) -> None:
        values: dict[str, Any] = {
            "resident_kind": "1", "resident_state": "1", "sex": "1", "relation": "20", "is_head": False, "postal_code": "3320031",
            "town": "青木", "block": "２丁目１番１号", "resident_since": date(2020, 4, 1), "resident_reason": "01",
            "address_since": date(2020, 4, 1), "valid": DateRange(date(2020, 4, 1), None), **more,
        }  # fmt: skip
        Person.objects.create(
            atena_no=atena, household_no=household, name=name, name_kana=kana, search_name=folding.name(name), birth_date=born,
            search_kana=folding.kana(kana), search_place=folding.place(values["town"] + values["block"]), **values, **known,
        )  # fmt: skip

    person(HEAD, HOUSEHOLD, "渡邉󠄂　太郎", "ワタナベ　タロウ", date(1980, 5, 5), is_head=True, relation="02")
    person(CHILD, HOUSEHOLD, "渡邉󠄂　花", "ワタナベ　ハナ", date(2022, 5, 5), sex="2")
    # The wife lived with them until she fled; where she lives now must not be found out.
    fled = date(2026, 5, 1)
    person(WIFE, HOUSEHOLD, "渡邉󠄂　恵", "ワタナベ　メグミ", date(1982, 1, 2), sex="2", relation="12",
           valid=DateRange(date(2020, 4, 1), fled))  # fmt: skip
    hidden = {"postal_code": SECRET_POSTCODE, "town": SECRET_PLACE, "block": "９番９号", "address_since": fled}
    person(WIFE, SHELTER, "渡邉󠄂　恵", "ワタナベ　メグミ", date(1982, 1, 2), sex="2", relation="02", is_head=True,
           valid=DateRange(fled, None), previous_address="青木２丁目１番１号", **hidden)  # fmt: skip
    person(
        REFUGEE, SHELTER, "渡邉󠄂　子", "ワタナベ　コ", date(2024, 3, 3), sex="2", valid=DateRange(fled, None), **hidden
    )
    Protection.objects.create(atena_no=WIFE, valid=DateRange(fled, None), until=date(2027, 4, 30), **known)
    InsuredNumber.objects.create(
        household_no=HOUSEHOLD, symbol="国", number="00000077", valid=DateRange(date(2024, 4, 1), None), **known
    )
    insured({HEAD: HOUSEHOLD, CHILD: HOUSEHOLD, WIFE: HOUSEHOLD}, date(2024, 4, 1))
    Income.objects.create(
        atena_no=HEAD, fiscal_year=2026, decided_on=date(2026, 5, 29), declaration="1", taxation="1", business_income=3_000_000,
        total_income=3_000_000, aggregate_income=3_000_000, **known,
    )  # fmt: skip

    batch = BatchRun.objects.create(
        kind="levy-final", title="当初賦課 本算定", state=BatchRun.DONE, ordered_by="fuka", business_date=DAY, chunks_total=1,
        results={"households": 1, "insured": 2, "total": 0},
    )  # fmt: skip
    trial_batch = BatchRun.objects.create(
        kind="levy-trial", title="当初賦課 試算", state=BatchRun.DONE, ordered_by="fuka", business_date=DAY, chunks_total=1,
        results={"households": 1, "insured": 2, "total": 0, "terms": 8, "zero": 0, "capped": 0},
    )  # fmt: skip
    dues = [date(2026, 7, 31) + timedelta(days=31 * place) for place in range(8)]
    common = {"fiscal_year": 2026, "known_at": "2026-07-01T00:00:00Z", "decided_on": DAY, "ordinance_hash": "0" * 64}
    trial = LevyRun.objects.create(batch=trial_batch, mode="trial", due_dates=dues, result_hash="a" * 64, **common)
    run = LevyRun.objects.create(
        batch=batch, mode="final", trial=trial, due_dates=dues, frozen_at="2026-07-01T00:00:00Z", **common
    )
    LevyCheck.objects.create(run=trial, code="C01", title="被保険者数", level="ok", expected="2人", actual="2人")
    plan = prepare(load_ordinance("112038", 2026), 2026)
    levied = assess(
        plan,
        Household(
            1, (Member(HEAD, date(1980, 5, 5), True, True, LawIncome(other=3_000_000)), Member(CHILD, date(2022, 5, 5)))
        ),
    )
    content = {
        "fiscal_year": 2026, "basis_year": 2026, "notice_no": 2600000010, "household_no": HOUSEHOLD, "payer_no": HEAD,
        "decided_on": DAY, "reduction": levied.reduction, "reduction_income": levied.reduction_income, "insured_count": 2,
        "total": levied.total,
        "components": [
            [COMPONENTS[c.code], c.income, c.asset, c.per_capita, c.per_household, c.over_cap, c.relief, c.amount]
            for c in levied.components
        ],
        "instalments": [levied.total - 7 * 1000, *[1000] * 7], "trace": json.dumps(levied.trace),
    }  # fmt: skip
    decision = Decision.objects.create(id=20260000000010, run_id=run.pk, **content)
    trial_decision = TrialDecision.objects.create(id=20260000000010, run_id=trial.pk, **content)
    LevyInput.objects.create(
        run_id=trial.pk, seq=1, household_no=HOUSEHOLD, atena_no=HEAD, is_head=True, birth_date=date(1980, 5, 5),
        insured_from=date(2024, 4, 1), declaration="1", amounts=[0, 0, 3_000_000, 0, 0, 0, 0, 0, 0, 0, 0],
    )  # fmt: skip
    for term, (due, amount) in enumerate(zip(dues, content["instalments"], strict=True), start=1):
        Posting.objects.create(
            id=decision.pk * 100 + term, kind="levy", debit=Account.RECEIVABLE, credit=Account.REVENUE, amount=amount,
            payer_no=HEAD, fiscal_year=2026, basis_year=2026, accounting_year=2026, notice_no=decision.notice_no, term=term,
            due_on=due, effective_on=DAY, decision_id=decision.pk,
        )  # fmt: skip
    approval = Approval.objects.create(
        kind="levy", subject=f"levy-run:{trial.pk}", title="当初賦課 試算", content_hash="a" * 64, entered_by="fuka",
        summary={"households": 1, "total": levied.total},
    )  # fmt: skip
    candidate = ChangeCandidate.objects.create(
        atena_no=HEAD, household_no=HOUSEHOLD, act="lose", event="転出", event_date=date(2026, 6, 30), origin="file:1#1",
        proposal={"lost_on": "2026-06-30", "event_on": "2026-06-30", "reason": "201"}, due_on=date(2026, 7, 14), entered_by="densan",
    )  # fmt: skip
    file = InboxFile.objects.create(
        neighbour="juki", layout="juki-full", file_name="juki-full.csv", sha256="1" * 64, size=10, received_by="densan",
        business_date=DAY, state="applied", record_count=4, applied_count=3, work_count=1,
    )  # fmt: skip
    refused = InboxFile.objects.create(
        neighbour="juki", layout="juki-full", file_name="broken.csv", sha256="2" * 64, size=10, received_by="densan",
        business_date=DAY, state="refused", error_count=1,
    )  # fmt: skip
    InboxError.objects.create(
        file=refused, code="F14", record=4, field="birth_date", offset=120, message="実在しない日付です。"
    )
    work = WorkItem.objects.create(file=file, code="J16", record=2, atena_no=HEAD, message="生年月日の一部が不詳です。")
    special = Status.objects.create(
        atena_no=HEAD, household_no=HOUSEHOLD, kind=Status.INVOLUNTARY_UNEMPLOYMENT, kind_no=1, recorded_by="shikaku",
        origin="entry:1", valid=DateRange(date(2026, 4, 1), date(2028, 4, 1)),
        detail={"entered": {"left_on": "2026-03-31", "code": "11", "basis": "document"}},
    )  # fmt: skip
    differs = Difference.objects.create(
        check_code="V14", key=f"{HEAD}/2026-06-30", atena_no=HEAD, household_no=HOUSEHOLD, found_on=DAY, seen_on=DAY,
        detail="在留期間満了 2026-06-30",
    )  # fmt: skip
    return City(
        decision.pk, trial_decision.pk, trial.pk, batch.pk, approval.pk, candidate.pk, file.pk, refused.pk, work.pk,
        special.pk, differs.pk,
    )


def lifted() -> None:
    """Every protection is taken back by an entry of two persons: what an alert stands before is the matter of other tests."""
    from django.db import transaction

    from kokuho.core.clock import now
    from kokuho.core.models import Entry
    from kokuho.desks.people.models import Protection

    with transaction.atomic():
        for row in Protection.objects.filter(superseded_at__isnull=True):
            Entry.objects.create(
                kind="people.protection", title="取消", payload={"act": "void", "fact": row.pk}, persons=[row.atena_no], on=row.valid.lower,
                state=Entry.CONFIRMED, entered_by="hogo", decided_by="hogo2", decided_at=now(),
            )  # fmt: skip
            Protection.objects.filter(pk=row.pk).update(superseded_at=now())
