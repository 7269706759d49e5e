"""EXPORT-07: every registered form is really printed, by right, with its record, and looked through; what goes to a printer outside."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from kokuho.controls import fixture
from kokuho.controls.checks.keep import _adopt, _erased, _gone
from kokuho.controls.checks.persons import _asked, _certificate
from kokuho.controls.checks.pull import fill_town, levied
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, another, text, with_all, with_only
from kokuho.core import disclosure, evidence_pack, mnscan, printing, sealing
from kokuho.core.access import Actor, catalogue
from kokuho.core.actions import entries as pending
from kokuho.core.models import AuditRecord, BatchRun, Terminal
from kokuho.core.retention import orders
from kokuho.desks.assessment.models import Decision
from kokuho.desks.eligibility.actions import ages, renewal
from kokuho.desks.eligibility.models import (
    ArrearsHousehold,
    HearingNotice,
    InsuredPeriod,
    OtherInsuranceFinding,
    Status,
)
from kokuho.desks.people.actions import inquiries
from kokuho.desks.people.models import Inquiry, Person
from kokuho.documents import decision_letters, inquiry_letters, office_letters
from kokuho.documents.certificates import certificate_pdf
from kokuho.documents.decisions import notice_pdf
from kokuho.jobs import age_letters, certificates, hearing_letters, notices
from kokuho.jobs.printing import folder
from kokuho.law.eligibility.months import Month

PRINTER = "点検プリンター1"
# Forms that are made about persons; the others are about the work of the office.
_ABOUT_PERSONS = frozenset({
    "notices.print", "notice.pdf", "certificates.print", "certificate.pdf", "eligibility.reminders", "eligibility.age_letters",
    "eligibility.hearing_letters", "eligibility.slip", "eligibility.decision_letter", "people.inquiry_letter",
    "assessment.explanation", "disclosure.print",
})  # fmt: skip


def _printer() -> Actor:
    """Somebody with every right, at the registered terminal beside the registered printer."""
    Terminal.objects.filter(code=fixture.TERMINAL).update(printer=PRINTER)
    return replace(with_all(), terminal=fixture.TERMINAL)


def _files(run: BatchRun) -> bytes:
    """The text of everything that a run printed, its lists included."""
    place = folder(run.pk)
    pages = [mnscan.pdf_text(sealing.read_sealed(path)) for path in sorted(place.rglob("*.pdf"))]
    return b"\n".join([*pages, *(sealing.read_sealed(path) for path in sorted(place.rglob("*.csv")))])


def _inquiry(by: Actor, on: date) -> Inquiry:
    entry = inquiries.enter(
        by=by, on=on, kind="income", atena_no=fixture.P_1, receiver="点検市 税務課長", postal_code="3320031",
        receiver_place="点検県点検市1-1", items=["total_income"], purpose="点検",
    )  # fmt: skip
    pending.confirm(by=another(by), on=on, entry_id=entry.pk)
    return Inquiry.objects.get(entry=entry)


def _refusal(by: Actor, on: date) -> int:
    """An application that two persons refused; the number of the entry."""
    entry = pending.submit(
        by=by, on=on, kind="certificate.refusal", title="点検", persons=[fixture.P_1], household_no=fixture.HOUSEHOLD,
        payload={"application": "limit", "applied_on": on.isoformat(), "reason": "点検"}, evidence={"four": {"by_eye": True}},
    )  # fmt: skip
    pending.confirm(by=another(by), on=on, entry_id=entry.pk)
    return entry.pk


def _turning(on: date) -> None:
    """Somebody insured who becomes 75 this month."""
    known: dict[str, Any] = {"recorded_by": "chkSys", "origin": "check"}
    head = Person.objects.get(atena_no=fixture.P_HEAD, superseded_at__isnull=True)
    period = InsuredPeriod.objects.filter(atena_no=fixture.P_1, superseded_at__isnull=True)[0]
    Person.objects.create(
        atena_no=9_950_000_001, household_no=9_950_000_001, name="点検戊　翁", name_kana="テンケンボ",
        birth_date=date(on.year - 75, on.month, 15), search_name="点検戊", search_kana="テンケンボ", search_place="点検町",
        resident_kind="1", resident_state="1", sex="1", relation="02", is_head=True, postal_code="3320031", town="点検町", block="４番４号",
        resident_since=head.resident_since, resident_reason="01",
        address_since=head.address_since, valid=head.valid, **known,
    )  # fmt: skip
    InsuredPeriod.objects.create(
        atena_no=9_950_000_001, valid=period.valid, acquired_on=period.acquired_on, acquired_reason="104", **known
    )


def _print_all(scene: Scene, by: Actor, seen: Evidence) -> dict[str, bytes]:
    """Print every registered form once; form → what is on the paper."""
    on, made = scene.on, {}
    fill_town(on)
    _turning(on)
    final = levied(on, scene.fiscal_year)
    run = notices.run(notices.order(by=by, on=on, levy_id=final.pk).pk, by=by, processes=1)
    made["notices.print"] = _files(run)
    _contractors_list(run, seen)
    decided = Decision.objects.filter(run_id=final.pk, version=0, payer_no=fixture.P_HEAD).get()
    again = {"by": by, "on": on, "decision_id": decided.pk}
    seen.refused("一括で印刷した通知書を、理由なしに一通だけ印刷する", notice_pdf, **again, code="EXPORT-07-REASON")
    made["notice.pdf"] = mnscan.pdf_text(notice_pdf(**again, reason="汚損"))
    seen.must("再発行".encode() in made["notice.pdf"], "理由を入れた通知書の紙に「再発行」がある")
    ordering = {"by": by, "on": on, "levy_id": final.pk}
    seen.refused("同じ賦課の通知書を、理由なしにもう一度一括で印刷する", notices.order, **ordering, code="N07")
    second = notices.run(notices.order(**ordering, notice_nos=[decided.notice_no], reason="返戻").pk, by=by, processes=1)
    seen.must("再発行".encode() in _files(second), "作り直した通知書の紙に「再発行」がある")
    paper = _certificate(scene, fixture.P_1, fixture.HOUSEHOLD)
    told = {"by": by, "on": on, "certificate_id": paper.pk}
    made["certificate.pdf"] = mnscan.pdf_text(certificate_pdf(**told))
    seen.must("再発行".encode() not in made["certificate.pdf"], "初めて印刷した証に「再発行」がない")
    seen.refused("証を、理由なしにもう一度印刷する", certificate_pdf, **told, code="CRT23")
    seen.must("再発行".encode() in mnscan.pdf_text(certificate_pdf(**told, reason="紙詰まり")), "二度目の証の紙に「再発行」がある")
    renewed = BatchRun.objects.create(
        kind=renewal.KIND, title="点検", business_date=on, parameters={"renew_on": on.isoformat()}, state=BatchRun.DONE,
        results={"issued": 1}, ordered_by=by.staff_no,
    )  # fmt: skip
    type(paper).objects.create(**{
        f.attname: getattr(paper, f.attname) for f in paper._meta.concrete_fields if f.name not in ("id", "run", "recorded_at")
    }, run=renewed)  # fmt: skip
    printed = certificates.work(certificates.order_print(by=by, on=on, renewal_id=renewed.pk).pk, by=by, processes=1)
    made["certificates.print"] = _files(printed)
    ordering = {"by": by, "on": on, "renewal_id": renewed.pk}
    seen.refused("一斉更新の証を、理由なしにもう一度一括で印刷する", certificates.order_print, **ordering, code="CRT23")
    turned = age_letters.run(_age_run(by, on), by=by, processes=1)
    made["eligibility.age_letters"] = _files(turned)
    made["eligibility.hearing_letters"] = _hearing(by, on, seen)
    finding = OtherInsuranceFinding.objects.create(
        atena_no=fixture.P_1, household_no=fixture.HOUSEHOLD, kind=OtherInsuranceFinding.JOINED, source="manual", scheme="協会けんぽ",
        event_on=on - timedelta(days=30), origin="check", found_on=on,
    )  # fmt: skip
    made["eligibility.reminders"] = mnscan.pdf_text(office_letters.reminders(by=by, on=on, finding_ids=[finding.pk])[0])
    held = Status.objects.create(
        atena_no=fixture.P_1, household_no=fixture.HOUSEHOLD, kind=Status.FORMER_INSURED, kind_no=Status.NUMBERS[Status.FORMER_INSURED],
        valid=Person.objects.filter(atena_no=fixture.P_1)[0].valid, recorded_by="chkSys", origin="check",
    )  # fmt: skip
    slip = {"by": by, "on": on, "status_id": held.pk}
    made["eligibility.slip"] = mnscan.pdf_text(office_letters.slip(**slip))
    seen.refused("連絡票を、理由なしにもう一度印刷する", office_letters.slip, **slip, code="EXPORT-07-REASON")
    letter = {"by": by, "on": on, "inquiry_id": _inquiry(by, on).pk}
    made["people.inquiry_letter"] = mnscan.pdf_text(inquiry_letters.inquiry_letter(**letter))
    seen.refused("照会文書を、理由なしにもう一度印刷する", inquiry_letters.inquiry_letter, **letter, code="EXPORT-07-REASON")
    letter = {"by": by, "on": on, "entry_id": _refusal(by, on)}
    made["eligibility.decision_letter"] = mnscan.pdf_text(decision_letters.decision_letter(**letter))
    seen.refused("決定の通知を、理由なしにもう一度印刷する", decision_letters.decision_letter, **letter, code="EXPORT-07-REASON")
    pages = {
        "assessment.explanation": ("U-LEVY", f"{reverse('assessment:explanation', args=[decided.pk])}?paper=1"),
        "audit.sample": ("U-AUD", f"{reverse('audit_sample')}?since=R8.4.1&until=R12.3.31&size=5"),
        "order.journal": ("U-SYS", reverse("journal")),
    }
    for form, (who, address) in pages.items():
        made[form] = text(scene.client(who).get(address)).encode()
    asked = _asked(scene, "disclose", fixture.P_1)
    made["disclosure.print"] = repr(disclosure.print_out(by, asked.pk, protected=False)).encode()
    made["conduct.pack"] = repr(evidence_pack.pack(by, since=on - timedelta(days=31), until=on, on=on)).encode()
    _adopt()
    _gone()
    made["keep.certificate"] = orders.certificate(by=by, order_id=_erased()[0].pk).encode()
    return made


def _age_run(by: Actor, on: date) -> int:
    run = ages.order(by=by, on=on, month=Month(on.year, on.month))
    return age_letters.order(by=by, on=on, run_id=run.pk).pk


def _hearing(by: Actor, on: date, seen: Evidence) -> bytes:
    """A 事前通知 of 特別療養費, printed, and once more with a reason."""
    ArrearsHousehold.objects.all().delete()
    ArrearsHousehold.objects.create(
        household_no=fixture.HOUSEHOLD, payer_no=fixture.P_HEAD, arrears=10_000, overdue=10_000, terms=1, insured=1, spared=0,
        oldest_due=on - timedelta(days=400), standing=ArrearsHousehold.OPEN, counted_on=on,
    )  # fmt: skip
    first = hearing_letters.run(hearing_letters.order(by=by, on=on, households=[fixture.HOUSEHOLD]).pk, by=by, processes=1)
    again = {"by": by, "on": on, "notice_id": HearingNotice.objects.get(run=first).pk}
    seen.refused("事前通知を、理由なしにもう一度印刷する", hearing_letters.order_again, **again, code="CRT58")
    second = hearing_letters.run(hearing_letters.order_again(**again, reason="返戻").pk, by=by, processes=1)
    seen.must("再発行".encode() in _files(second), "作り直した事前通知の紙に「再発行」がある")
    return _files(first)


def _contractors_list(run: BatchRun, seen: Evidence) -> None:
    """What a printer outside gets beside the papers has the columns of the form's definition, and a row for each paper in the journal."""
    place = folder(run.pk) / "print"
    for form, entry in printing.forms().items():
        seen.must(bool(entry["outsourced"]) == bool(entry.get("list")), f"外部委託に渡す一覧の項目の定め（{entry['title']}）")
        seen.none(_beyond(entry.get("list", ())), f"一覧の項目のうち、印刷に要らない住民の項目（{form}）")
    rows = list(csv.reader(sealing.read_sealed(place / "print-list.csv").decode("utf-8-sig").splitlines()))
    seen.equal(rows[0], list(printing.forms()["notices.print"]["list"]), "委託の一覧の項目と、帳票の定義")
    noted = sum(row_count for row_count in _counted(run.pk))
    journal = BatchRun.objects.get(pk=run.pk).results
    aside = journal["pulled"] + journal["problems"]
    counted = (journal["printed"], journal["printed"])
    seen.equal((len(rows) - 1, noted - aside), counted, "委託の一覧の件数・印刷の記録の通数と、運用日誌の件数")


def _beyond(names: Any) -> list[str]:
    return [name for name in names if name in ("宛名番号", "個人番号", "氏名", "氏名カナ", "生年月日", "住所")]


def _counted(run_id: int) -> list[int]:
    """How many papers each record of a run's printing tells of."""
    told = AuditRecord.objects.filter(function="notices.print", operation="print", detail__run=run_id).values_list("detail", flat=True)
    return [int(detail["notices"]) for detail in told]


def _whole(record: AuditRecord, form: str) -> bool:
    """Whether a record of a printing says everything that it must."""
    told = record.detail
    case = set(told) - {"copies", "printer"}
    return bool(told.get("copies") and told.get("printer") and record.terminal and case and (record.persons or form not in _ABOUT_PERSONS))


@check("EXPORT-07", commits=True)
def every_form_by_right_and_recorded(scene: Scene, seen: Evidence) -> None:
    """Every registered form is printed: by its right only, with its record, without My Numbers, 再発行 with a reason only; the list for
    a printer outside has the form's columns and the journal's count."""
    by, forms = _printer(), printing.forms()
    everything = frozenset(catalogue()["capabilities"])
    for form, entry in forms.items():
        without = with_only(*(everything - {entry["capability"]}))
        seen.refused(f"権限のない職員が「{entry['title']}」を印刷する", printing.allow, without, form, code="RIGHTS-01")
    seen.refused("登録のない帳票を印刷する", printing.allow, by, "check.form", code="EXPORT-07-FORM")
    made = _print_all(scene, by, seen)
    seen.none(set(forms) - set(made), f"登録簿にあって印刷を確かめていない帳票（{len(made)}種類を印刷）")
    known = mnscan.known_canaries([*fixture.CANARIES.values(), fixture.SPARE])
    for form, paper in made.items():
        expected = bool(forms[form]["my_number"])
        hits = mnscan.scan_bytes(paper, known, form)
        told = f"{len(hits)}件（{len(paper)}バイト）"
        seen.must(len(paper) > 100 and bool(hits) == expected, f"「{forms[form]['title']}」の個人番号", told)
    records = AuditRecord.objects.filter(operation="print", result="ok")
    for form in forms:
        kept = list(records.filter(function=form))
        lacking = [record.pk for record in kept if not _whole(record, form)]
        what = f"「{forms[form]['title']}」の記録（帳票・人・部数・プリンター・対象）"
        seen.must(bool(kept) and not lacking, what, f"{len(kept)}件、欠け {len(lacking)}件")
    printers = set(records.filter(function__in=("notice.pdf", "certificate.pdf")).values_list("detail__printer", flat=True))
    seen.equal(printers, {PRINTER}, "窓口の印刷の記録にあるプリンター")
    strange = set(records.values_list("function", flat=True)) - set(forms)
    seen.none(strange, "登録のない帳票の印刷の記録")


@check("EXPORT-07", place=REAL)
def printings_are_of_registered_forms(seen: Evidence) -> None:
    """In the installation: what was printed, and whether of every form the register knows it."""
    records = AuditRecord.objects.filter(operation="print", result="ok")
    seen.value("印刷の記録", records.count())
    strange = set(records.values_list("function", flat=True).distinct()) - set(printing.forms())
    seen.none(sorted(strange), "登録のない帳票の印刷の記録")
    seen.value("プリンターの登録のない端末", list(Terminal.objects.filter(is_active=True, printer="").values_list("code", flat=True)[:20]))
