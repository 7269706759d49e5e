"""From issued decisions to notices: the amounts of the ledger, the names of the register, mail where it may go."""

from __future__ import annotations

import csv
import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kokuho.core.sealing import read_sealed
from kokuho.documents import postal
from kokuho.documents.checks import NotPrintable
from kokuho.documents.fonts import font_set
from kokuho.documents.kinds import KINDS
from kokuho.documents.notice import NoticeData
from kokuho.documents.settings import print_settings
from kokuho.formats.customer_barcode import read_bars

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
LETTER = date(2026, 7, 10)
YEAR = 2026
KUZU = "葛\U000e0102"  # only IPAmj明朝 has this form
STATES = {"resident": "1", "moved": "2", "died": "3", "left": "5"}


@dataclass(frozen=True)
class Desk:
    """The people of the desk, without their sign-in."""

    assessor: Any
    clerk: Any
    operator: Any


@pytest.fixture
def staff(db: None) -> Desk:
    """川口市 with its closed days, and actors with the rights of their roles."""
    from kokuho.core.access import Actor, catalogue
    from kokuho.core.actions.office import fill_holidays, open_municipality

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    fill_holidays(2026, 2027)
    roles = catalogue()["roles"]

    def actor(role: str) -> Any:
        return Actor(role, role, "国保課", frozenset(roles[role]["may"]), "test")

    return Desk(actor("assessment"), actor("qualification"), actor("operation"))


def span(since: date | None, until: date | None = None) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    return DateRange(since, until)


def person(
    no: int, household: int, born: date, name: str, *, head: bool = False, insured: bool = True, **more: Any
) -> None:
    from kokuho.desks.eligibility.models import InsuredPeriod
    from kokuho.desks.people.models import Person

    state = STATES[more.pop("state", "resident")]
    values = {
        "valid": span(date(2015, 4, 1)), "postal_code": "3320031", "town": "青木", "block": "２丁目１番１号", **more,
    }  # fmt: skip
    Person.objects.create(
        atena_no=no, household_no=household, resident_kind="1", resident_state=state, name=name, search_name=name,
        search_kana="", birth_date=born, sex="1", relation="02" if head else "20", is_head=head,
        resident_since=date(2015, 4, 1), resident_reason="01", address_since=date(2015, 4, 1), recorded_by="t", origin="t",
        **values,
    )  # fmt: skip
    if insured:
        InsuredPeriod.objects.create(
            atena_no=no, valid=span(date(2020, 4, 1)), acquired_on=date(2020, 4, 1), acquired_reason="119",
            recorded_by="t", origin="t",
        )  # fmt: skip


def fact(model: str, **values: Any) -> None:
    from kokuho.desks.eligibility import models as eligibility
    from kokuho.desks.people import models as people

    table = getattr(people, model, None) or getattr(eligibility, model)
    table.objects.create(valid=values.pop("valid", span(date(2026, 4, 10))), recorded_by="t", origin="t", **values)


def income(no: int, **amounts: int) -> None:
    from kokuho.desks.assessment.models import Income

    Income.objects.create(
        atena_no=no, fiscal_year=YEAR, decided_on=date(2026, 6, 1), declaration="1", taxation="1", recorded_by="t", origin="t",
        **amounts,
    )  # fmt: skip


def issued(staff: Any) -> int:
    """Levy everybody and freeze it, in the test's own transaction. Returns the number of the final run."""
    from django.db import connection

    from kokuho.core import clock, runs
    from kokuho.core.models import BatchRun
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.levy.work import run_chunk
    from kokuho.desks.assessment.models import LevyRun
    from kokuho.desks.collection import actions as ledger

    trial = levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=YEAR)
    batch = runs.order(by=staff.assessor, kind="levy-final", title="本算定", business_date=DAY, parameters={})
    final = LevyRun.objects.create(
        batch=batch, mode=LevyRun.FINAL, fiscal_year=YEAR, trial=trial, known_at=clock.now(), decided_on=DAY,
        ordinance_hash=trial.ordinance_hash, due_dates=trial.due_dates, frozen_at=clock.now(),
    )  # fmt: skip
    parameters = {
        "municipality": "112038", "fiscal_year": YEAR, "levy_run": final.pk, "snapshot": trial.pk,
        "decided_on": DAY.isoformat(), "mode": "final",
    }  # fmt: skip
    run_chunk(connection.connection, batch.pk, 1, 10_000, parameters)
    posting = runs.order(
        by=staff.assessor, kind=ledger.KIND, title="調定", business_date=DAY, parameters={"levy": final.pk}
    )
    BatchRun.objects.filter(pk=posting.pk).update(state=BatchRun.DONE)
    return int(final.pk)


def source_of(staff: Any, levy_id: int, **more: Any) -> Any:
    from kokuho.core import database
    from kokuho.documents.decisions import DecisionSource, issued_levy

    return DecisionSource(
        levy=issued_levy(levy_id),
        letter_date=LETTER,
        by=staff.assessor,
        batch_id=1,
        database_url=database.current_url(),
        **more,
    )


@pytest.fixture
def print_of(staff: Desk) -> Callable[..., dict[int, tuple[Any, NoticeData]]]:
    """Levies what the test has written down; by payer the item of the run and the notice, which has no problem."""

    def build() -> dict[int, tuple[Any, NoticeData]]:
        source = source_of(staff, issued(staff))
        items = list(source.items())
        notices = {notice.notice_number: notice for notice in source.load([item.number for item in items])}
        fonts = font_set(print_settings("112038"))
        for item in items:
            assert notices[item.number].pull == item.pull
            assert notices[item.number].destination.barcode == item.barcode
            if item.deliverable:
                assert KINDS["levy-notice"].problems(notices[item.number], fonts) == []
        return {int(item.atena_number): (item, notices[item.number]) for item in items}

    return build


def test_a_family_as_the_register_and_the_decision_have_it(print_of: Callable) -> None:
    """川口市: parents and a preschool child, worked out by hand.

    Medical: base 3,000,000 − 430,000 = 2,570,000 × 7.45% = 191,465; 44,000 × 3 = 132,000, 未就学児 ▲22,000; 301,465 → 301,400.
    """
    from kokuho.desks.assessment.models import Decision

    person(1, 10, date(1980, 5, 5), f"{KUZU}城\u3000太郎", head=True, building="コーポ青葉２０２")
    person(2, 10, date(1985, 5, 5), "阮\u3000安", alias_name="安田\u3000安子", alias_kana="ヤスダ")
    person(3, 10, date(2022, 5, 5), f"{KUZU}城\u3000蓮")
    fact("InsuredNumber", household_no=10, symbol="川", number="00000123", valid=span(date(2020, 4, 1)))
    income(1, business_income=3_000_000, total_income=3_000_000, aggregate_income=3_000_000)
    income(2)
    item, notice = print_of()[1]

    assert item.number == notice.notice_number == "2600000010"
    assert (item.pull, item.deliverable, item.hold) == (None, True, False)
    assert (notice.levy_kind, notice.issued_on, notice.symbol_number) == ("tax", LETTER, "川 00000123")
    to = notice.destination
    assert (to.postal_code, to.name) == ("332-0031", f"{KUZU}城\u3000太郎")
    assert to.address == ("埼玉県川口市青木２丁目１番１号", "コーポ青葉２０２")
    assert read_bars(to.bars).address_number == "2-1-1-202"
    # The householder first, then by age; a foreign resident by the 通称.
    assert [m.name for m in notice.members] == [f"{KUZU}城\u3000太郎", "安田\u3000安子", f"{KUZU}城\u3000蓮"]
    assert [m.remarks for m in notice.members] == [(), (), ("未就学児",)]
    medical = notice.components[0]
    assert (medical.income_levy, medical.per_capita_levy, medical.preschool_relief) == (191_465, 132_000, 22_000)
    assert (medical.rounding, medical.amount) == (65, 301_400)
    decided = Decision.objects.get(payer_no=1)
    assert notice.annual_total == decided.total
    assert {c.component: c.amount for c in notice.components} == {row[0]: row[7] for row in decided.components}
    assert [(i.label, i.amount) for i in notice.instalments] == [
        (f"第{term}期", amount) for term, amount in enumerate(decided.instalments, 1)
    ]
    assert notice.instalments[0].due_on == date(2026, 7, 31)
    assert (notice.reduction.ratio, notice.reduction.judged_income) == (0, 3_000_000)
    # 2割の基準 43万円 + 57万円 × 3人
    assert (notice.reduction.threshold, notice.reduction.persons) == (2_140_000, 3)
    # Sentences are set in a font without this form of 葛: there the given name stands, never another form of the name.
    labels = [line.label for line in notice.explanation]
    assert "総所得金額等（太郎）" in labels
    assert notice.explanation[-1].value == decided.total


def test_a_householder_who_is_not_insured_is_the_payer_only(print_of: Callable) -> None:
    person(1, 10, date(1960, 5, 5), "世帯\u3000主", head=True, insured=False)
    person(2, 10, date(1990, 5, 5), "世帯\u3000員")
    _, notice = print_of()[1]
    assert notice.payer.name == "世帯\u3000主"
    assert not notice.payer.insured
    assert [m.name for m in notice.members] == ["世帯\u3000員"]


def test_circumstances_of_some_months_are_told(print_of: Callable) -> None:
    """非自発的失業 from October judges the year twice; 産前産後 takes four months off; one undeclared is no judgement."""
    person(1, 10, date(1980, 5, 5), "失業\u3000一", head=True)
    fact("Status", atena_no=1, kind="involuntary_unemployment", kind_no=0, valid=span(date(2026, 10, 1)))
    income(1, salary_receipts=2_000_000, salary_income=1_320_000, total_income=1_320_000)
    person(2, 20, date(1996, 5, 5), "出産\u3000二", head=True)
    fact("Status", atena_no=2, kind="maternity", kind_no=1, valid=span(date(2026, 6, 1), date(2026, 10, 1)))
    income(2, business_income=3_000_000, total_income=3_000_000)
    person(3, 30, date(1980, 5, 5), "未申告\u3000三", head=True)
    found = print_of()
    lost = found[1][1]
    assert lost.remarks == ("軽減の割合は月により異なります（軽減なしが6か月分、7割軽減が6か月分）。",)
    assert (lost.reduction.ratio, lost.reduction.judged_income, lost.reduction.threshold) == (7, 396_000, 430_000)
    assert lost.members[0].remarks == ("非自発的失業6か月",)
    birth = found[2][1]
    assert birth.members[0].remarks == ("産前産後4か月",)
    assert birth.components[0].maternity_relief > 0
    unknown = found[3][1]
    assert unknown.members[0].total_income is None
    assert (unknown.reduction.ratio, unknown.reduction.judged_income) == (0, None)


def test_a_registered_destination_replaces_the_address(print_of: Callable) -> None:
    person(1, 10, date(1980, 5, 5), "本人\u3000一", head=True)
    fact(
        "MailDestination", atena_no=1, name="管理\u3000人", postal_code="3320012", address="埼玉県川口市本町四丁目5-6",
        building="", reason="納税管理人",
    )  # fmt: skip
    item, notice = print_of()[1]
    assert (item.postal_code, notice.destination.name) == ("332-0012", "管理\u3000人")
    assert notice.destination.address == ("埼玉県川口市本町四丁目5-6",)
    assert read_bars(notice.destination.bars).address_number == "4-5-6"
    assert (notice.payer.name, notice.payer.address) == ("本人\u3000一", "埼玉県川口市青木２丁目１番１号")


def test_who_moved_is_written_to_where_they_live_on_the_day_of_the_letter(print_of: Callable) -> None:
    """Within the city: the address of the letter's date, the name of the decision. Out of it: the new address with its code."""
    person(1, 10, date(1980, 5, 5), "転居\u3000一", head=True, valid=span(date(2015, 4, 1), date(2026, 7, 5)))
    person(1, 10, date(1980, 5, 5), "新姓\u3000一", head=True, insured=False, valid=span(date(2026, 7, 5)),
           postal_code="3320012", town="本町", block="４丁目５番６号")  # fmt: skip
    person(2, 20, date(1980, 5, 5), "転出\u3000二", head=True, valid=span(date(2015, 4, 1), date(2026, 7, 3)))
    person(2, 20, date(1980, 5, 5), "転出\u3000二", head=True, insured=False, state="moved", valid=span(date(2026, 7, 3)),
           moved_to_address="奈良県桜井市草川７４７番地１８")  # fmt: skip
    found = print_of()
    here, away = found[1][1].destination, found[2][1].destination
    assert (here.name, here.postal_code, here.address) == (
        "転居\u3000一",
        "332-0012",
        ("埼玉県川口市本町４丁目５番６号",),
    )
    assert (away.postal_code, away.address) == ("633-0081", ("奈良県桜井市草川７４７番地１８",))


def test_who_died_or_left_the_country_is_held_back(print_of: Callable) -> None:
    for no, state in ((1, "died"), (2, "left")):
        person(
            no, no * 10, date(1980, 5, 5), f"保留\u3000{no}", head=True, valid=span(date(2015, 4, 1), date(2026, 7, 3))
        )
        person(no, no * 10, date(1980, 5, 5), f"保留\u3000{no}", head=True, insured=False, state=state,
               valid=span(date(2026, 7, 3)))  # fmt: skip
    found = print_of()
    assert [found[no][0].hold for no in (1, 2)] == [True, True]
    assert [found[no][1].destination.attention for no in (1, 2)] == ["（相続人代表者）", ""]


SECRET = {"postal_code": "3330823", "town": "石神", "block": "９９９番地"}


def secrets(notice: NoticeData) -> bool:
    """Whether anything of the protected address is in the notice."""
    text = pickle.dumps(notice) + repr(notice).encode()
    return any(word.encode() in text for word in ("石神", "９９９番地", "333-0823", "3330823"))


def test_a_protected_payer_is_pulled_and_never_written_to_at_the_registered_address(print_of: Callable) -> None:
    """DV-04, DV-05: only a destination marked safe counts; without one nothing is made."""
    for no in (1, 2, 3):
        person(no, no * 10, date(1980, 5, 5), f"保護\u3000{no}", head=True, **SECRET)
        # 支援措置 whose end date has passed protects until two persons lift it.
        fact("Protection", atena_no=no, valid=span(date(2025, 5, 1)), until=date(2026, 5, 1))
    there = {
        "name": "相談\u3000窓口",
        "postal_code": "3320012",
        "address": "埼玉県川口市本町4-5-6",
        "reason": "支援措置",
    }
    fact("MailDestination", atena_no=2, safe=True, **there)
    fact("MailDestination", atena_no=3, safe=False, **there)
    found = print_of()
    assert {no: (item.pull, item.deliverable) for no, (item, _) in found.items()} == {
        1: ("protected", False), 2: ("protected", True), 3: ("protected", False),
    }  # fmt: skip
    assert found[2][1].destination.name == "相談\u3000窓口"
    assert [found[no][1].destination.address for no in (1, 3)] == [(), ()]
    for item, notice in found.values():
        assert not secrets(notice)
        assert "3330823" not in item.barcode and item.postal_code != "333-0823"


def test_a_notice_that_carries_a_protected_member_is_pulled(print_of: Callable) -> None:
    """The wife fled in May: she counts in his decision for a month. The household she left years ago is written to."""
    person(1, 10, date(1980, 5, 5), "夫\u3000一", head=True)
    person(2, 10, date(1982, 5, 5), "妻\u3000二", valid=span(date(2015, 4, 1), date(2026, 5, 1)))
    person(2, 20, date(1982, 5, 5), "妻\u3000二", head=True, insured=False, valid=span(date(2026, 5, 1)), **SECRET)
    person(3, 30, date(1980, 5, 5), "元夫\u3000三", head=True)
    person(4, 30, date(1982, 5, 5), "元妻\u3000四", insured=False, valid=span(date(2015, 4, 1), date(2024, 5, 1)))
    person(4, 40, date(1982, 5, 5), "元妻\u3000四", head=True, insured=False, valid=span(date(2024, 5, 1)), **SECRET)
    for no in (2, 4):
        fact("Protection", atena_no=no, valid=span(date(2026, 5, 1)), until=date(2027, 5, 1))
    found = print_of()
    item, notice = found[1]
    assert (item.pull, item.deliverable) == ("protected", True)
    assert [m.name for m in notice.members] == ["夫\u3000一", "妻\u3000二"]
    assert (found[2][0].pull, found[2][0].deliverable) == ("protected", False)
    assert found[3][0].pull is None
    assert not any(secrets(notice) for _, notice in found.values())


def test_stopped_mail_is_pulled_while_the_stop_holds(print_of: Callable) -> None:
    for no in (1, 2):
        person(no, no * 10, date(1980, 5, 5), f"停止\u3000{no}", head=True)
    fact("MailStop", atena_no=1, reason="返戻")
    fact("MailStop", atena_no=2, reason="返戻", valid=span(date(2026, 4, 1), LETTER))
    found = print_of()
    assert [found[no][0].pull for no in (1, 2)] == ["mail_stopped", None]


def audited(function: str) -> list[Any]:
    from kokuho.core.models import AuditRecord

    return list(AuditRecord.objects.filter(function=function).order_by("pk"))


def test_reading_for_print_is_recorded_with_everybody_in_it(staff: Desk) -> None:
    person(1, 10, date(1980, 5, 5), "世帯\u3000主", head=True, insured=False)
    person(2, 10, date(1990, 5, 5), "世帯\u3000員")
    source = source_of(staff, issued(staff))
    source.load([item.number for item in source.items()])
    (record,) = audited("notices.print")
    assert (record.operation, record.staff_no, sorted(record.persons)) == ("print", "assessment", [1, 2])
    assert (record.detail["notices"], record.detail["first"]) == (1, "2600000010")


def test_only_those_who_may_print_read(staff: Desk) -> None:
    from kokuho.core.access import Refused

    person(1, 10, date(1980, 5, 5), "世帯\u3000主", head=True)
    source = replace(source_of(staff, issued(staff)), by=staff.clerk)
    for read in (source.items, lambda: source.load(["2600000010"])):
        with pytest.raises(Refused):
            read()
    assert audited("notices.print") == []


def test_values_that_changed_since_the_levy_stop_the_notice(staff: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate corrected after the levy would explain an amount that nobody decided."""
    from kokuho.documents import decisions
    from kokuho.law.premium.ordinance import ordinance_from_dict

    person(1, 10, date(1980, 5, 5), "世帯\u3000主", head=True)
    source = source_of(staff, issued(staff))
    other = {"medical": {"income_rate": "7.45%", "per_capita": 45_000, "cap": 660_000}}
    monkeypatch.setattr(
        decisions, "load_ordinance",
        lambda *_: ordinance_from_dict({"components": other, "rounding": {"scope": "component", "unit": 100}}, YEAR, "tax"),
    )  # fmt: skip
    decisions._reader.cache_clear()
    try:
        with pytest.raises(decisions.NoticeError) as refused:
            source.load(["2600000010"])
    finally:
        decisions._reader.cache_clear()
    assert refused.value.code == "N03"
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


def test_one_notice_for_the_screen(staff: Desk, pages_of: Callable) -> None:
    from kokuho.core.access import Refused
    from kokuho.core.models import BatchRun
    from kokuho.core.printing import PrintError
    from kokuho.documents.decisions import notice_copy, notice_pdf

    person(1, 10, date(1980, 5, 5), f"{KUZU}城\u3000太郎", head=True)
    levy_id = issued(staff)
    clerk = staff.clerk
    pages = pages_of(notice_pdf(by=clerk, on=LETTER, decision_id=20260000000010))
    assert f"{KUZU}城" in pages[0] and "第2600000010号" in pages[0] and "令和8年7月1日" in pages[0]
    assert "再発行" not in "".join(pages)
    (record,) = audited("notice.pdf")
    assert (record.operation, record.persons, record.detail["decision"]) == ("print", [1], 20260000000010)
    assert record.detail["copies"] == 1 and record.detail["printer"] == "端末のプリンター（登録なし）"
    # After a print run it has the date of the letter that was sent.
    BatchRun.objects.create(
        kind="notices", title="t", business_date=LETTER, parameters={"levy": levy_id}, state="done", ordered_by="as"
    )
    with pytest.raises(PrintError) as refused:
        notice_pdf(by=clerk, on=LETTER, decision_id=20260000000010)
    assert refused.value.code == "EXPORT-07-REASON"
    again = pages_of(notice_pdf(by=clerk, on=date(2026, 7, 20), decision_id=20260000000010, reason="汚損"))
    assert "令和8年7月10日" in again[0] and "再発行 令和8年7月20日" in again[0] and all("再発行" in page for page in again)
    copy = pages_of(notice_copy(by=staff.clerk, decision_id=20260000000010))
    assert all("控え" in page for page in copy) and len(audited("notice.pdf")) == 2 and len(audited("notice.copy")) == 1
    looker = replace(staff.clerk, capabilities=staff.clerk.capabilities - {"notice.reissue"})
    for refusing in (staff.operator, looker):  # looking at a notice is not printing it
        with pytest.raises(Refused):
            notice_pdf(by=refusing, on=LETTER, decision_id=20260000000010)


def test_a_protected_notice_opens_for_the_protection_desk_only(staff: Desk) -> None:
    from kokuho.core.access import Refused
    from kokuho.documents.decisions import notice_copy

    person(1, 10, date(1980, 5, 5), "保護\u3000一", head=True, **SECRET)
    fact("Protection", atena_no=1, valid=span(date(2026, 5, 1)), until=date(2027, 5, 1))
    issued(staff)
    with pytest.raises(Refused):
        notice_copy(by=staff.clerk, decision_id=20260000000010)
    protection = replace(staff.clerk, capabilities=staff.clerk.capabilities | {"protected.read"})
    with pytest.raises(NotPrintable) as refused:
        notice_copy(by=protection, decision_id=20260000000010)
    assert [problem.code for problem in refused.value.problems] == ["P93"]
    assert audited("notice.copy") == []


def test_the_bars_say_what_the_postal_code_does_not() -> None:
    """町域名 is in the code, what follows is in the bars: the 六 of 六番町 is no number of the address."""
    for code, address, number in (
        ("3320031", "埼玉県川口市青木２丁目１番１号　コーポ２０２", "2-1-1-202"),
        ("1020085", "東京都千代田区六番町3-4", "3-4"),
        ("3320001", "埼玉県川口市朝日一丁目12-3", "1-12-3"),
    ):
        barcode = postal.customer_barcode(code, address)
        assert barcode is not None and barcode.address_number == number
    assert postal.customer_barcode("", "大韓民国ソウル") is None
    assert postal.code_of("奈良県桜井市草川７４７番地１８") == "6330081"
    assert postal.code_of("韓国") == ""


def levied(staff: Any) -> int:
    """The town's whole levy through its own processes. Returns the number of the final run."""
    from kokuho.desks.assessment.actions import levy
    from kokuho.jobs import levy as job

    trial = job.run(levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=YEAR).pk, by=staff.assessor, processes=1)
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    final = levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk)
    job.run(final.pk, by=staff.assessor, processes=1)
    return int(final.pk)


# A file holds few notices, so that the run can be killed between two of them.
# The run in files of a few notices, killed when it has written the third of them and not yet what it knows of it.
SMALL_FILES = """
import dataclasses, os, signal, sys
from kokuho.core import manage; manage.setup()
from kokuho.core import sealing
from kokuho.jobs import notices
whole, write, papers = notices.settings_on, sealing.write_sealed, []
notices.settings_on = lambda *asked: dataclasses.replace(whole(*asked), chunk=5)
def writing(path, content):
    write(path, content)
    papers.extend([path] if path.suffix == ".pdf" else [])
    if len(papers) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
sealing.write_sealed = writing
from kokuho.commands.notices import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.city
def test_a_town_is_printed_and_a_killed_run_comes_to_the_same_files(
    committed_db: str, town: Callable, office: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capfd: pytest.CaptureFixture[str], pages_of: Callable,
) -> None:  # fmt: skip
    from kokuho.commands import notices as command
    from kokuho.core import config
    from kokuho.core.models import BatchRun
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import Decision, LevyRun
    from kokuho.documents.decisions import NoticeError
    from kokuho.exchange import doors
    from kokuho.jobs import notices
    from kokuho.jobs.printing import folder

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    staff = office("川口市")
    for name in ("juki-full", "zei-income"):
        doors.receive_path(by=staff.operator, on=DAY, path=town("川口市", 40) / f"{name}.csv")
    whole = notices.settings_on
    monkeypatch.setattr(notices, "settings_on", lambda *asked: replace(whole(*asked), chunk=5))
    trial = levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=YEAR)
    with pytest.raises(NoticeError) as refused:
        notices.order(by=staff.assessor, on=LETTER, levy_id=trial.pk)
    assert refused.value.code == "N01"
    levy_id = levied(staff)
    with pytest.raises(NoticeError) as refused:
        notices.order(by=staff.assessor, on=date(2026, 6, 30), levy_id=levy_id)
    assert refused.value.code == "N04"

    assert command.main(["--by", "as", "--on", "2026-07-10", "print", "--processes", "2"]) in (0, 1)
    batch = BatchRun.objects.get(kind="notices")
    made, out = batch.results, folder(batch.pk)
    assert f"印刷 {made['printed']}通" in capfd.readouterr().out
    count = Decision.objects.filter(run_id=levy_id).count()
    assert made["documents"] == count > 30
    assert made["printed"] + made["pulled"] + made["undeliverable"] + made["problems"] == count
    assert (batch.state, made["files"]) == (BatchRun.DONE, len(made["file_list"]))
    printed = [row["文書番号"] for row in rows(out / "print" / "print-list.csv")]
    assert len(set(printed)) == made["printed"] >= count * 9 // 10
    assert all(out.joinpath(entry["file"]).is_file() and len(entry["sha256"]) == 64 for entry in made["file_list"])
    read = {n for record in audited("notices.print") for n in record.persons}
    assert set(Decision.objects.values_list("payer_no", flat=True)) - read <= undeliverable(out)

    with pytest.raises(NoticeError) as refused:
        notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id)
    assert refused.value.code == "N07"
    BatchRun.objects.filter(pk=batch.pk).update(state=BatchRun.CANCELLED)  # as if it had not been: else the papers are marked
    again = notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id)
    assert again.pk != batch.pk
    killed = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, "--by", "as", "resume", "--processes", "1"], check=False, timeout=300,
        env={**os.environ, "KOKUHO_HOME": str(tmp_path)}, capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    first = folder(again.pk) / "print" / "0001.pdf"
    assert first.exists()
    again.refresh_from_db()
    assert again.state == BatchRun.RUNNING and not (first.parent / "print-list.csv").exists()
    assert notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id).pk == again.pk
    with pytest.raises(NoticeError) as refused:
        notices.order(by=staff.assessor, on=date(2026, 7, 11), levy_id=levy_id)
    assert refused.value.code == "N06"
    (waiting,) = notices.unfinished()
    resumed = notices.run(waiting, by=staff.assessor, processes=1)
    assert resumed.results["file_list"] == made["file_list"]
    assert LevyRun.objects.get(pk=levy_id).frozen_at is not None

    with pytest.raises(NoticeError) as without:
        notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id, notice_nos=[int(printed[0])])
    assert without.value.code == "N07"
    one = notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id, notice_nos=[int(printed[0])], reason="汚損")
    assert notices.run(one.pk, by=staff.assessor, processes=1).results["printed"] == 1
    (paper,) = (folder(one.pk) / "print").glob("*.pdf")
    pages = [page for page in pages_of(read_sealed(paper)) if page.strip()]
    assert "再発行 令和8年7月10日" in pages[0] and all("再発行" in page for page in pages)
    with pytest.raises(NoticeError) as refused:
        notices.order(by=staff.assessor, on=LETTER, levy_id=levy_id, notice_nos=[1], reason="汚損")
    assert refused.value.code == "N05"


def undeliverable(out: Path) -> set[int]:
    """宛名番号 of those for whom nothing was made."""
    return {int(row["宛名番号"]) for row in rows(out / "pulled" / "pull-list.csv") if not row["ファイル"]}


def rows(path: Path) -> list[dict[str, str]]:
    """A list of a print run."""
    return list(csv.DictReader(io.StringIO(read_sealed(path).decode(), newline="")))


def test_the_administrator_comes_before_the_destination_and_a_kind_of_work_before_all_work(print_of: Callable) -> None:
    there = {"postal_code": "3320012", "address": "埼玉県川口市本町4-5-6", "building": "", "reason": "申出"}
    for no in (1, 2, 3):
        person(no, no * 10, date(1980, 5, 5), f"本人\u3000{no}", head=True)
        fact("MailDestination", atena_no=no, name="すべて", **there)
        fact("MailDestination", atena_no=no, name="収納", business=3, **there)
    for no in (1, 2):
        fact("MailDestination", atena_no=no, name="賦課", business=2, **there)
    fact("Administrator", atena_no=1, scope=1, name="管理\u3000人", **there)
    fact("Administrator", atena_no=2, scope=2, name="納付\u3000人", **there)
    found = print_of()
    assert [found[no][1].destination.name for no in (1, 2, 3)] == ["管理\u3000人", "賦課", "すべて"]
    assert [found[no][1].destination.attention for no in (1, 2, 3)] == ["（納税管理人）", "", ""]


def test_an_own_addressee_changes_the_name_and_not_the_place(print_of: Callable) -> None:
    person(1, 10, date(1980, 5, 5), "本人\u3000一", head=True)
    fact("OwnAddressee", atena_no=1, name="", title="破産管財人", care_of="鈴木", reason="申出")
    fact("ProcessingStop", atena_no=1, kind=2, reason="調査中")
    item, notice = print_of()[1]
    to = notice.destination
    assert (to.name, to.attention, to.address) == ("本人\u3000一", "破産管財人", ("埼玉県川口市青木２丁目１番１号", "鈴木様方"))
    assert item.pull == "mail_stopped"
