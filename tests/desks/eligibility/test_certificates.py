"""Certificates: who gets which until when, two persons, what is printed stays, what comes back, what is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from certfacts import (
    DAY,
    GUEST,
    HOUSE,
    MOTHER,
    OLD,
    STUDENT,
    WIFE,
    WORKER,
    YOUNG,
    fill,
    judged,
    notified,
    span,
    special,
    staff,
)

pytestmark = pytest.mark.db


@pytest.fixture
def desk(db: None) -> tuple[Any, Any]:
    """The people, and two clerks of the desk."""
    fill()
    return staff("a", "qualification"), staff("b", "qualification")


def issue(desk: tuple[Any, Any], *items: list[Any], on: date = DAY, method: str = "window") -> list[Any]:
    """Certificates as two persons issue them."""
    from kokuho.core.actions.entries import confirm, submit
    from kokuho.desks.eligibility.models import Certificate

    entry = submit(
        by=desk[0], on=on, kind="certificate.issue", title="交付", payload={"items": list(items), "method": method},
        persons=[item[0] for item in items], evidence=SEEN,
    )  # fmt: skip
    confirm(by=desk[1], on=on, entry_id=entry.pk)
    return list(Certificate.objects.filter(entry_id=entry.pk).order_by("pk"))


# The application's four items, compared by eye (ENTRY-04).
SEEN = {"four": {"by_eye": True}}


def enter(desk: tuple[Any, Any], kind: str, atena: int, household: int | None = None, on: date = DAY, **payload: Any) -> None:
    from kokuho.core.actions.entries import confirm, submit

    entry = submit(by=desk[0], on=on, kind=kind, title=kind, payload=payload, persons=[atena], household_no=household, evidence=SEEN)
    confirm(by=desk[1], on=on, entry_id=entry.pk)


def test_a_decided_entry_keeps_what_was_before_and_after_when_it_was_decided(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import return_, submit
    from kokuho.core.models import Entry
    from kokuho.core.queries.entries import entry

    enter(desk, "certificate.card", WORKER, registered=True, **{"from": "2026-07-01"})
    first = Entry.objects.get()
    told = [(line.label, line.before, line.after) for line in entry(desk[0], first.pk, on=DAY)[2]]
    assert told[0] == ("マイナ保険証", "不明", "登録あり")
    enter(desk, "certificate.card", WORKER, registered=False, **{"from": "2026-08-01"})
    assert [(line.label, line.before, line.after) for line in entry(desk[0], first.pk, on=DAY)[2]] == told
    second = Entry.objects.latest("pk")
    assert entry(desk[0], second.pk, on=DAY)[2][0].before == "登録あり"
    # One that is sent back keeps what it would have done.
    again = {"registered": True, "from": "2026-08-02"}
    third = submit(by=desk[0], on=DAY, kind="certificate.card", title="x", payload=again, persons=[WORKER])
    return_(by=desk[1], on=DAY, entry_id=third.pk, reason="書類を確かめる")
    enter(desk, "certificate.card", WORKER, registered=True, **{"from": "2026-08-03"})
    assert entry(desk[0], third.pk, on=DAY)[2][0].before == "登録なし・解除"


def test_the_confirming_person_is_told_names_and_of_somebody_protected_only_whom_the_entry_concerns(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import submit
    from kokuho.core.models import AuditRecord
    from kokuho.core.queries.entries import entry

    def told(made: Any) -> set[str]:
        return {line.label for line in entry(desk[1], made.pk, on=DAY)[2]}

    papers = {"items": [[OLD, "confirmation", "new", None, None], [MOTHER, "confirmation", "new", None, None]], "method": "window"}
    labels = told(submit(by=desk[0], on=DAY, kind="certificate.issue", title="交付", payload=papers, persons=[OLD, MOTHER]))
    assert {f"葛\U000e0102城　太郎（宛名番号 {OLD}）", f"佐藤　恵（宛名番号 {MOTHER}）"} <= labels
    said = {"applied_on": "2026-08-01", "receipts": {str(OLD): 100, str(MOTHER): 200}}
    about = {"persons": [OLD], "household_no": HOUSE, "evidence": SEEN}
    made = submit(by=desk[0], on=DAY, kind="certificate.receipts", title="x", payload=said, **about)
    assert {f"葛\U000e0102城　太郎（宛名番号 {OLD}）の収入額", f"支援措置対象者（宛名番号 {MOTHER}）の収入額"} <= told(made)
    seen = AuditRecord.objects.filter(function="people.persons", staff_no="b", persons__contains=[MOTHER])
    assert seen.count() == 2


def due(on: date = DAY) -> set[tuple[int, str, str]]:
    from kokuho.desks.eligibility.actions.duelist import refresh
    from kokuho.desks.eligibility.models import CertificateDue

    refresh(by=staff("a", "qualification"), on=on)
    return set(CertificateDue.objects.values_list("atena_no", "kind", "reason"))


def state(certificate: Any) -> str:
    from kokuho.desks.eligibility.models import CertificateHolding

    return str(CertificateHolding.objects.get(pk=certificate.pk).state)


def test_a_confirmation_says_what_the_rule_wants_and_ends_when_the_law_says(desk: tuple[Any, Any]) -> None:
    old, guest, worker = issue(
        desk, [OLD, "confirmation", "new", None, None], [GUEST, "confirmation", "new", None, None],
        [WORKER, "notice", "new", None, None],
    )  # fmt: skip
    assert (old.symbol, old.number, old.printed["ratio"], old.printed["head"]) == ("国", "00000001", "2", "葛\U000e0102城　太郎")
    assert old.printed["insurer_no"] == "00119008" and old.printed["applied_from"] == "2020-04-01"
    assert old.valid_until == date(2027, 7, 31)  # the yearly judgement of the ratio
    assert guest.valid_until == date(2026, 12, 20)  # 在留期限
    assert (guest.name, guest.real_name) == ("青木　譲", "JOHN SMITH")
    assert worker.valid_until is None and worker.printed["ratio"] == ""


def test_a_clerk_does_not_issue_alone_and_dead_types_are_not_issued(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import EntryError, confirm, submit
    from kokuho.desks.eligibility.models import Certificate
    from kokuho.desks.eligibility.papers import CertificateError

    payload = {"items": [[OLD, "confirmation", "new", None, None]], "method": "window"}
    entry = submit(by=desk[0], on=DAY, kind="certificate.issue", title="交付", payload=payload, persons=[OLD])
    with pytest.raises(EntryError, match="本人"):
        confirm(by=desk[0], on=DAY, entry_id=entry.pk)
    assert not Certificate.objects.exists()
    for kind, code in (("qualification_certificate", "CRT02"), ("limit", "CRT11")):
        with pytest.raises(CertificateError) as refused:
            issue(desk, [OLD, kind, "new", None, None])
        assert refused.value.code == code


def test_a_lost_certificate_is_issued_again_and_its_values_never_change(desk: tuple[Any, Any]) -> None:
    from django.db import connection, transaction

    from kokuho.core.actions.entries import EntryError, submit
    from kokuho.desks.eligibility.actions.certificates import record_event
    from kokuho.desks.eligibility.papers import CertificateError
    from kokuho.desks.people.models import Person

    (first,) = issue(desk, [OLD, "confirmation", "new", None, None])
    again = {"items": [[OLD, "confirmation", "lost", None, first.pk]], "method": "window"}
    with pytest.raises(EntryError) as uncompared:
        submit(by=desk[0], on=DAY, kind="certificate.issue", title="再交付", payload=again, persons=[OLD])
    assert uncompared.value.code == "ENTRY-04"
    (second,) = issue(desk, [OLD, "confirmation", "lost", None, first.pk])
    assert (state(first), state(second), second.replaces_id) == ("lost", "held", first.pk)
    record_event(by=desk[0], on=DAY, certificate_id=first.pk, kind="found")
    assert state(first) == "collected"
    with pytest.raises(CertificateError, match="回収済み"):
        record_event(by=desk[0], on=DAY, certificate_id=first.pk, kind="returned", detail={"reason": "unknown"})
    Person.objects.filter(atena_no=OLD).get().correct(recorded_by="t", origin="t", name="改　名")
    second.refresh_from_db()
    assert second.name == "葛\U000e0102城　太郎"
    assert (OLD, "confirmation", "items") in due()
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE eligibility_certificate SET name = 'x'")


def test_whoever_loses_the_insurance_owes_the_certificate_but_not_the_notice(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.models import CertificateHolding, InsuredPeriod

    old, worker = issue(desk, [OLD, "confirmation", "new", None, None], [WORKER, "notice", "new", None, None])
    for number in (OLD, WORKER):
        InsuredPeriod.objects.get(atena_no=number).correct(
            recorded_by="t", origin="t", valid=span(date(2020, 4, 1), date(2026, 8, 20)), lost_on=date(2026, 8, 20), lost_reason="203"
        )
    due(date(2026, 9, 1))
    holding = CertificateHolding.objects.get(pk=old.pk)
    assert (holding.state, holding.cause, holding.cause_on) == ("due_back", "loss", date(2026, 8, 20))
    assert state(worker) == "ended"


def test_the_count_knows_who_should_have_what(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.models import BurdenJudgement

    enter(desk, "certificate.card", WORKER, registered=True, **{"from": "2026-08-01"})
    found = due()
    assert (WORKER, "notice", "new") in found and (STUDENT, "confirmation", "new") in found
    issue(desk, *[[no, "confirmation", "new", None, None] for no in (OLD, WIFE, STUDENT, GUEST, MOTHER)],
          [WORKER, "notice", "new", None, None])  # fmt: skip
    assert due() == set()
    # The ratio goes up in the middle of the year; the worker gives the card back; the guest's permission runs out.
    row = BurdenJudgement.objects.get(household_no=HOUSE)
    row.correct(recorded_by="t", origin="t", valid=span(date(2026, 8, 1), date(2026, 12, 1)))
    judged(HOUSE, valid=span(date(2026, 12, 1), date(2027, 8, 1)), active=True, over_70="現役並みI", cause="household_change")
    day = date(2026, 12, 1)
    enter(desk, "certificate.card", WORKER, on=day, registered=False, applied=True, **{"from": "2026-12-01"})
    assert due(day) == {
        (OLD, "confirmation", "ratio"), (WIFE, "confirmation", "ratio"), (WORKER, "confirmation", "kind"),
        (GUEST, "confirmation", "expiry"),
    }  # fmt: skip


def test_returned_mail_is_followed_up(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.actions.certificates import record_event
    from kokuho.desks.eligibility.queries.certificates import certificate, certificate_of_code

    (sent,) = issue(desk, [OLD, "confirmation", "new", None, None], method="mail")
    later = DAY + timedelta(days=9)
    assert certificate_of_code(desk[0], f"{sent.pk:010d}") == sent.pk
    record_event(by=desk[0], on=later, certificate_id=sent.pk, kind="returned", detail={"reason": "kept"})
    assert state(sent) == "returned"
    record_event(by=desk[0], on=later, certificate_id=sent.pk, kind="resent", note="訪問して確認")
    view = certificate(desk[0], sent.pk, on=later)
    assert view.in_force and [event.label for event in view.events] == ["再送付", "返戻"]


def test_limit_and_disease_follow_class_age_and_arrears(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.models import BurdenJudgement, DiseaseApproval, LimitApproval
    from kokuho.desks.eligibility.papers import CertificateError

    applied = DAY.isoformat()
    with pytest.raises(CertificateError) as refused:
        enter(desk, "certificate.limit", WORKER, YOUNG, applied_on=applied, arrears=True)
    assert refused.value.code == "CRT37"
    enter(desk, "certificate.limit", WORKER, YOUNG, applied_on=applied, arrears=True, circumstances="災害")
    limit = LimitApproval.objects.get(atena_no=WORKER)
    assert (limit.certificate_kind, limit.income_class, limit.valid.lower, limit.valid.upper) == (
        "limit", "エ", date(2026, 8, 1), date(2027, 8, 1),
    )  # fmt: skip
    with pytest.raises(CertificateError, match="認定証は要りません"):
        enter(desk, "certificate.limit", OLD, HOUSE, applied_on=applied)
    enter(desk, "certificate.disease", WORKER, YOUNG, applied_on=applied, disease="1", opinion="市立病院 R8.8.1")
    assert DiseaseApproval.objects.get(atena_no=WORKER).cap == 10_000
    found = due()
    assert (WORKER, "limit", "application") in found and (WORKER, "specific_disease", "application") in found
    issue(desk, [WORKER, "limit", "application", None, None], [WORKER, "specific_disease", "application", 1, None])
    # The incomes are corrected: class ア. Both are reviewed, because the limits move.
    BurdenJudgement.objects.get(household_no=YOUNG).correct(recorded_by="t", origin="t", under_70="ア")
    found = due()
    assert (WORKER, "limit", "class") in found and (WORKER, "specific_disease", "class") in found


def test_special_benefit_is_decided_case_by_case_and_spares_children(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.papers import CertificateError

    said = special(notified(YOUNG, WORKER, date(2026, 7, 1), date(2026, 7, 20)), **{"from": "2026-08-03", "decision": "納付の見込みがない"})
    with pytest.raises(CertificateError, match="特別の事情"):
        enter(desk, "certificate.special", WORKER, YOUNG, **said)
    enter(desk, "certificate.special", WORKER, YOUNG, **said, circumstances="なし（聞き取り）")
    found = due()
    assert (WORKER, "confirmation_special", "new") in found and (STUDENT, "confirmation", "new") in found


def test_the_pdf_prints_what_was_issued_and_a_second_one_says_so(desk: tuple[Any, Any]) -> None:
    import io

    from pypdf import PdfReader

    from kokuho.core.access import Refused
    from kokuho.desks.eligibility.papers import CertificateError
    from kokuho.documents.certificates import certificate_pdf
    from kokuho.documents.checks import NotPrintable

    (old,) = issue(desk, [OLD, "confirmation", "new", None, None], method="mail")

    def text(data: bytes) -> str:
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)

    first = text(certificate_pdf(by=desk[0], on=DAY, certificate_id=old.pk))
    assert "葛\U000e0102城" in first and "00119008" in first and "令和9年7月31日" in first and "再発行" not in first
    with pytest.raises(CertificateError, match="理由"):
        certificate_pdf(by=desk[0], on=DAY, certificate_id=old.pk)
    assert "再発行 令和8年8月3日" in text(certificate_pdf(by=desk[0], on=DAY, certificate_id=old.pk, reason="紙詰まり"))
    (hidden,) = issue(desk, [MOTHER, "confirmation", "new", None, None], method="mail")
    with pytest.raises(Refused):
        certificate_pdf(by=desk[0], on=DAY, certificate_id=hidden.pk)
    with pytest.raises(NotPrintable, match="送付先"):
        certificate_pdf(by=staff("c", "qualification", "protection"), on=DAY, certificate_id=hidden.pk)
