"""届出 at the counter: a family comes in, a second person confirms what the page shows, mistakes are refused with a code."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from weboffice import CHILD, HEAD, HOUSEHOLD, City, insured

FAMILY, FATHER, MOTHER, BABY, ELDER = 1000000009, 3000000001, 3000000002, 3000000003, 3000000004
MOVED = date(2026, 6, 25)
ENTRY = f"/eligibility/households/{FAMILY}/notice/"
FORM = {
    "code": "101", "persons": [FATHER, MOTHER, BABY, ELDER], "event_on": "R8.6.25", "notified_on": "R8.7.1", "notifier": "移 太郎",
    "documents": ["transfer_out", "register"], "bringer": "self", "method": "my_number_card",
    **{f"four_{member}": "match" for member in (FATHER, MOTHER, BABY, ELDER)},
}  # fmt: skip


def move_in() -> None:
    """Four people who have just moved in: a couple, the baby, the husband's mother of 74."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import folding
    from kokuho.desks.people.models import Person

    for atena, name, born, sex, relation, head in (
        (FATHER, "移　太郎", date(1990, 3, 3), "1", "02", True), (MOTHER, "移　花", date(1992, 4, 4), "2", "12", False),
        (BABY, "移　実", date(2026, 6, 1), "1", "20", False), (ELDER, "移　ヨネ", date(1952, 1, 15), "2", "52", False),
    ):  # fmt: skip
        Person.objects.create(
            atena_no=atena, household_no=FAMILY, resident_kind="1", resident_state="1", name=name, name_kana="ウツリ",
            search_name=folding.name(name), search_kana="ウツリ", birth_date=born, sex=sex, relation=relation, is_head=head,
            postal_code="3320031", town="青木", block="３番", resident_since=MOVED, resident_reason="02", address_since=MOVED,
            previous_address="新潟県新潟市", valid=DateRange(MOVED, None), recorded_by="densan", origin="file:1",
        )  # fmt: skip


@pytest.fixture
def family(city: City) -> None:
    """The office, and the family of four in its register."""
    move_in()


def entered(client: Any) -> Any:
    """The notice of the family, handed on; the answer of the page of the entry."""
    shown = client.post(ENTRY, {**FORM, "act": "preview"})
    assert shown.status_code == 200, shown.content.decode()
    basis = re.search(r'name="basis" value="(\w+)"', shown.content.decode())[1]  # type: ignore[index]
    answer = client.post(ENTRY, {**FORM, "act": "submit", "basis": basis})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def shown_print(page: str) -> str:
    return re.search(r'name="shown" value="(\w+)"', page)[1]  # type: ignore[index]


def test_where_they_came_from_is_told_by_name_and_fits_the_reason(family: None, sign_in: Any) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.people.models import MunicipalityCode

    for code, prefecture, name in ((151009, "新潟県", "新潟市"), (112241, "埼玉県", "戸田市")):
        MunicipalityCode.objects.create(
            code=code, prefecture=prefecture, name=name, search_name=name, valid=(None, None), recorded_by="x", origin="x"
        )
    clerk = sign_in("shikaku")
    assert "前住所地の市区町村" in clerk.get(f"{ENTRY}?code=101").content.decode()
    for place, why in (("戸田市", "県内です"), ("どこか市", "表にありません"), ("151003", "検査数字")):
        refused = clerk.post(ENTRY, {**FORM, "act": "preview", "place": place})
        assert refused.status_code == 422 and why in refused.content.decode(), place
    told = {**FORM, "place": "新潟市"}
    shown = clerk.post(ENTRY, {**told, "act": "preview"}).content.decode()
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    answer = clerk.post(ENTRY, {**told, "act": "submit", "basis": basis})
    assert "新潟県新潟市（151009）" in clerk.get(answer.url).content.decode()
    assert Entry.objects.get(payload__code="101", household_no=FAMILY).payload["place"] == "151009"


def test_a_family_of_four_comes_in_and_a_second_person_confirms(family: None, sign_in: Any) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, InsuredBranch, InsuredPeriod

    clerk = sign_in("shikaku")
    page = clerk.get(f"{ENTRY}?code=101").content.decode()
    assert "転入日" in page and "転出証明書" in page
    shown = clerk.post(ENTRY, {**FORM, "act": "preview"}).content.decode()
    assert "枝番 01" in shown and "枝番 04" in shown and "令和8年7月9日" in shown, "numbers and the deadline of 14 days"
    assert "令和8年度 6月〜3月（10か月） 増" in shown and "75歳到達" in shown
    assert InsuredPeriod.objects.filter(atena_no=FATHER).count() == 0, "looking ahead changes nothing"

    address = entered(clerk)
    own = clerk.get(address).content.decode()
    assert "入力した本人は確認できません" in own and "次にすること" in own
    assert clerk.post(address, {"act": "confirm", "shown": "x"}).status_code == 422
    assert InsuredPeriod.objects.filter(atena_no=FATHER).count() == 0, "pending changes nothing"

    second = sign_in("hogo")
    page = second.get(address).content.decode()
    assert "枝番 04" in page
    assert second.post(address, {"act": "confirm", "shown": shown_print(page), "reason": ""}).status_code == 302
    rows = InsuredPeriod.objects.filter(BELIEVED, atena_no__in=FORM["persons"])
    assert {(r.acquired_on, r.valid.lower, r.acquired_reason) for r in rows} == {(MOVED, MOVED, "101")} and rows.count() == 4
    numbers = InsuredBranch.objects.filter(BELIEVED, household_no=FAMILY).values_list("branch", "atena_no")
    assert dict(numbers) == {"01": FATHER, "02": ELDER, "03": MOTHER, "04": BABY}
    assert EligibilityChange.objects.filter(household_no=FAMILY, kind="acquire").count() == 4
    done = second.get(address).content.decode()
    assert "反映した異動" in done and "県外転入" in done


def test_papers_of_a_protected_family_are_printed_by_who_may_see_them(family: None, sign_in: Any, opened: Any, hire: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import Certificate
    from kokuho.desks.people.models import Protection

    Protection.objects.create(atena_no=MOTHER, valid=DateRange(MOVED, None), until=date(2027, 6, 24), recorded_by="densan", origin="file:1")
    hire("futari", "qualification")
    clerk, second = sign_in("shikaku"), sign_in("futari")
    opened(clerk, ENTRY)
    asked = clerk.post(ENTRY, {**FORM, "issue": "window", "act": "preview"}).content.decode()
    assert "証・お知らせは、支援措置の権限を持つ職員が印刷します" in asked
    basis = re.search(r'name="basis" value="(\w+)"', asked)[1]  # type: ignore[index]
    address = clerk.post(ENTRY, {**FORM, "issue": "window", "act": "submit", "basis": basis}).url
    page = opened(second, address).content.decode()
    assert second.post(address, {"act": "confirm", "shown": shown_print(page), "reason": ""}).status_code == 302
    senior = Certificate.objects.get(atena_no=ELDER)
    assert senior.printed["ratio_from"] == senior.printed["applied_from"] == MOVED.isoformat(), "in force as long as the person is insured"
    paper = f"/eligibility/certificates/{senior.pk}/"
    for client, may in ((second, False), (sign_in("hogo"), True)):
        for place in (address, paper):
            shown = opened(client, place) if may and place == address else client.get(place)
            shown = opened(client, place) if shown.context.get("form") and "token" in shown.context["form"].initial else shown
            told = shown.content.decode()
            assert ("支援措置の権限のある職員（支援措置担当" in told) is not may, place
            assert ('data-key="p"' in told) is may, place


def test_what_changed_since_the_page_was_made_is_noticed(family: None, sign_in: Any) -> None:
    address = entered(sign_in("shikaku"))
    second = sign_in("hogo")
    before = shown_print(second.get(address).content.decode())
    insured({FATHER: FAMILY}, date(2026, 6, 30))
    answer = second.post(address, {"act": "confirm", "shown": before})
    assert answer.status_code == 422 and "E17" in answer.content.decode()
    page = second.get(address).content.decode()
    assert "このままでは反映できません（E03）" in page, "the family's first has become insured by another way"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"persons": []}, None),
        ({"event_on": "R8.2.30"}, None),
        ({"event_on": "R8.12.1"}, "E08"),
        ({"event_on": "R8.5.1"}, "E05"),  # the baby was not born
        ({"documents": []}, "E13"),
        ({"documents": ["loss_certificate"]}, None),
        ({f"four_{FATHER}": "address"}, "E14"),
        ({f"four_{BABY}": ""}, "E14"),  # nobody compared
        ({"method": "photo"}, "ENTRY-05"),
        ({"bringer": "agent"}, "E14"),
        ({"code": "201", "documents": ["register"]}, "E02"),
        ({"code": "108", "documents": ["birth"]}, "E05"),
        ({"code": "213", "documents": ["link"], "ex_officio": "on", "reason": "確認"}, "E16"),
        ({"ex_officio": "on"}, "E04"),
        ({"persons": [HEAD]}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(family: None, sign_in: Any, change: dict, code: str | None) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.eligibility.models import EligibilityEvent

    before, waiting = EligibilityEvent.objects.count(), Entry.objects.count()
    answer = sign_in("shikaku").post(ENTRY, {**FORM, **change, "act": "submit"})
    assert answer.status_code == 422
    assert code is None or f"（{code}）" in answer.content.decode(), re.findall(r"<li>.*?</li>", answer.content.decode())
    assert Entry.objects.count() == waiting and EligibilityEvent.objects.count() == before


def test_what_comes_by_mail_is_compared_item_by_item_with_the_register(family: None, sign_in: Any) -> None:
    from kokuho.core.models import Entry

    clerk = sign_in("shikaku")
    mailed = {**FORM, "persons": [FATHER], f"four_{FATHER}": "", "method": "mail_copies", "act": "submit"}
    mailed["identity_documents"] = ["driving_licence"]
    answer = clerk.post(ENTRY, mailed)
    assert answer.status_code == 422 and "（E14）" in answer.content.decode(), "nothing was compared"
    paper = {f"name_{FATHER}": "移太郎", f"birth_date_{FATHER}": "H2.3.4", f"sex_{FATHER}": "男", f"address_{FATHER}": "青木３番"}
    answer = clerk.post(ENTRY, {**mailed, **paper})
    assert answer.status_code == 422 and "どう判断して受け付けるか" in answer.content.decode(), "the birth date differs"
    answer = clerk.post(ENTRY, {**mailed, **paper, "four_note": "電話で本人に確かめた。書き誤り"})
    assert answer.status_code == 302
    entry = Entry.objects.latest("pk")
    assert entry.payload["four"] == {str(FATHER): "birth"}
    page = sign_in("hogo").get(answer.url).content.decode()
    assert "不一致" in page and "書き誤り" in page


def test_the_same_notice_is_not_taken_twice_and_can_be_withdrawn(family: None, sign_in: Any) -> None:
    clerk = sign_in("shikaku")
    address = entered(clerk)
    again = clerk.post(ENTRY, {**FORM, "act": "submit"})
    assert again.status_code == 422 and "E07" in again.content.decode()
    assert clerk.post(address, {"act": "withdraw", "reason": "人違い"}).status_code == 302
    assert "同じ内容で入力し直す" in clerk.get(address).content.decode()
    entered(clerk)


def test_an_event_is_corrected_and_cancelled_with_its_history(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.desks.eligibility import reasons
    from kokuho.desks.eligibility.facts import believed_periods
    from kokuho.desks.eligibility.models import EligibilityEvent

    def periods(atena_no: int) -> list[tuple[date, date | None]]:
        return [(row.valid.lower, row.valid.upper) for row in believed_periods([atena_no]).get(atena_no, [])]

    clerk, second = sign_in("shikaku"), sign_in("hogo")
    history = f"/eligibility/households/{HOUSEHOLD}/events/"
    page = opened(clerk, history).content.decode()
    event = EligibilityEvent.objects.get(atena_no=CHILD)
    assert "訂正" in page and f"cancels={event.pk}" in page
    form = {
        "code": "105", "persons": [CHILD], "event_on": "R6.5.1", "notified_on": "R8.7.1", "documents": ["dependant_end"],
        "bringer": "household", "method": "my_number_card", "cancels": str(event.pk), "act": "submit", "reason": "取消日の誤り",
        f"four_{CHILD}": "match",
    }  # fmt: skip
    address = clerk.post(f"/eligibility/households/{HOUSEHOLD}/notice/", form).url
    page = opened(second, address).content.decode()
    assert f"<dt>取り消す異動</dt><dd>{reasons.label('104')}（R6.4.1）</dd>" in page, "what is taken back is told in words"
    assert second.post(address, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    assert periods(CHILD) == [(date(2024, 5, 1), None)]
    fresh = EligibilityEvent.objects.get(atena_no=CHILD, code="105")
    page = clerk.get(f"/eligibility/households/{HOUSEHOLD}/cancel/?cancels={fresh.pk}").content.decode()
    assert "資格の期間はありません" in page
    answer = clerk.post(
        f"/eligibility/households/{HOUSEHOLD}/cancel/", {"cancels": str(fresh.pk), "reason": "届出の取下げ"}
    )
    page = second.get(answer.url).content.decode()
    assert second.post(answer.url, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    assert periods(CHILD) == []
    words = clerk.get(history).content.decode()
    assert words.count("取消し済み") == 2 and "の取消し" in words
    known = clerk.get(f"{history}?known=R8.6.30").content.decode()
    assert "取消し済み" not in known, "before it was recorded nothing of it was known"


def test_the_page_of_an_entry_needs_the_right(family: None, sign_in: Any) -> None:
    address = entered(sign_in("shikaku"))
    assert sign_in("shuno").get(address).status_code == 404
    assert sign_in("shuno").get(ENTRY).status_code == 403


def test_certificates_go_with_the_notice_by_the_same_two_persons(family: None, sign_in: Any) -> None:
    from kokuho.desks.eligibility.models import Certificate, CertificateEvent

    clerk = sign_in("shikaku")
    ahead = {**FORM, "act": "preview", "issue": "window", "code": "104", "event_on": "R8.7.20", "documents": ["loss_certificate"]}
    assert "E23" in clerk.post(ENTRY, ahead).content.decode()
    shown = clerk.post(ENTRY, {**FORM, "act": "preview", "issue": "window"}).content.decode()
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    address = clerk.post(ENTRY, {**FORM, "act": "submit", "basis": basis, "issue": "window"}).url
    assert not Certificate.objects.exists()

    second = sign_in("hogo")
    page = second.get(address).content.decode()
    second.post(address, {"act": "confirm", "shown": shown_print(page), "reason": ""})
    made = Certificate.objects.order_by("pk")
    assert [(c.kind, c.atena_no, c.method, c.branch) for c in made] == [
        ("confirmation", FATHER, "window", "01"), ("confirmation", MOTHER, "window", "03"),
        ("confirmation", BABY, "window", "04"), ("confirmation", ELDER, "window", "02")]  # fmt: skip
    done = second.get(address).content.decode()
    assert "4件をまとめて印刷する" in done and "まだ交付していない人" not in done
    assert f"/people/{ELDER}/inquiries/new/income/" in done, "her income is asked for where she came from"
    [number] = {c.entry_id for c in made}
    pdf = second.post(f"/entries/{number}/certificates.pdf")
    assert pdf.status_code == 200 and pdf.content[:5] == b"%PDF-"
    assert CertificateEvent.objects.filter(kind="printed").count() == 4
    again = second.post(f"/entries/{number}/certificates.pdf", follow=True).content.decode()
    assert "もう一度印刷する理由" in again and CertificateEvent.objects.count() == 4


def income(atena: int, **more: Any) -> None:
    from kokuho.desks.assessment.models import Income

    values = {"fiscal_year": 2025, "decided_on": date(2025, 5, 29), "declaration": "1", "taxation": "1", "receipts": 9_000_000, **more}
    Income.objects.create(atena_no=atena, recorded_by="densan", origin="file:1", **values)


def ahead(client: Any) -> str:
    return str(client.post(ENTRY, {**FORM, "act": "preview", "issue": "window"}).content.decode())


def test_the_ratio_is_judged_with_the_notice_and_confirmed_as_it_was_shown(family: None, sign_in: Any) -> None:
    from kokuho.desks.eligibility.models import BurdenJudgement, Certificate

    clerk, second = sign_in("shikaku"), sign_in("hogo")
    shown = ahead(clerk)
    assert "一部負担金の割合を2割と判定（所得が届いていないため" in shown and "所得の照会か簡易申告の後" in shown
    assert not BurdenJudgement.objects.exists(), "looking ahead judges nobody"
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    address = clerk.post(ENTRY, {**FORM, "act": "submit", "basis": basis, "issue": "window"}).url
    before = second.get(address).content.decode()

    # Her income arrives between the page and the word of the second person: what would be confirmed is not what was shown.
    income(ELDER, total_income=5_000_000, aggregate_income=5_000_000, taxable_income=4_000_000)
    late = second.post(address, {"act": "confirm", "shown": shown_print(before)})
    assert late.status_code == 422 and "E17" in late.content.decode() and not BurdenJudgement.objects.exists()
    page = second.get(address).content.decode()
    assert "一部負担金の割合を3割と判定" in page
    assert second.post(address, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    [judged] = BurdenJudgement.objects.all()
    assert (judged.active, judged.cause, judged.recorded_by) == (True, "new_household", "hogo")
    assert (judged.valid.lower, judged.valid.upper, judged.year) == (MOVED, date(2026, 8, 1), 2025)
    assert Certificate.objects.get(atena_no=ELDER).printed["ratio"] == "3"
    assert judged.origin == f"entry:{Certificate.objects.get(atena_no=ELDER).entry_id}"


def test_a_ratio_that_rests_on_what_was_not_told_is_not_judged_with_the_notice(family: None, sign_in: Any) -> None:
    income(ELDER, total_income=5_000_000, aggregate_income=5_000_000, taxable_income=None)
    shown = ahead(sign_in("shikaku"))
    assert "負担割合を判定した後に交付" in shown and "割合を3割と判定" not in shown


def year_in_force(year: int) -> None:
    """The yearly judgement from 1 August, carried out."""
    from kokuho.core import clock
    from kokuho.core.models import BatchRun

    BatchRun.objects.create(
        kind="burden", title="定期判定", state=BatchRun.DONE, business_date=date(year, 6, 30), ordered_by="hogo", ended_at=clock.now(),
        parameters={"mode": "annual", "year": year, "household": None}, results={"applied": 1},
    )  # fmt: skip


def test_who_moves_in_after_the_yearly_run_is_judged_for_its_year_too(family: None, sign_in: Any) -> None:
    from kokuho.desks.eligibility.models import BurdenJudgement

    year_in_force(2026)
    income(ELDER, total_income=5_000_000, aggregate_income=5_000_000, taxable_income=4_000_000)
    income(ELDER, fiscal_year=2026, decided_on=date(2026, 5, 29), total_income=900_000, aggregate_income=900_000, taxable_income=0)
    shown = ahead(sign_in("shikaku"))
    assert "一部負担金の割合を3割と判定" in shown
    assert "R8.8.1から一部負担金の割合を2割と判定" in shown
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    address = sign_in("shikaku").post(ENTRY, {**FORM, "act": "submit", "basis": basis, "issue": "window"}).url
    second = sign_in("hogo")
    page = second.get(address).content.decode()
    assert second.post(address, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    rows = BurdenJudgement.objects.order_by("valid").values_list("year", "active", "valid", "cause")
    assert [(y, a, v.lower, v.upper, c) for y, a, v, c in rows] == [
        (2025, True, MOVED, date(2026, 8, 1), "new_household"),
        (2026, False, date(2026, 8, 1), date(2027, 8, 1), "new_household"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seniors", "since", "until_then"),
    [(1, date(2026, 7, 1), [(False, date(2025, 8, 1), date(2026, 7, 1))]), (0, MOVED, [(False, date(2025, 8, 1), MOVED)])],
)
def test_who_is_70_and_joins_a_judged_household_has_it_judged_anew(
    family: None, sign_in: Any, seniors: int, since: date, until_then: list[Any]
) -> None:
    """From the 1st of the next month where others of 70 and more are counted already; from the day where nobody was."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import BurdenJudgement
    from kokuho.desks.people.models import Person

    for person in Person.objects.filter(atena_no__in=(FATHER, MOTHER)):
        born = date(1953, 3, 3) if seniors and person.atena_no == FATHER else person.birth_date
        person.correct(recorded_by="t", origin="t", valid=DateRange(date(2015, 4, 1), None), birth_date=born)
    insured({FATHER: FAMILY, MOTHER: FAMILY}, date(2020, 4, 1))
    income(FATHER, total_income=0, aggregate_income=0, taxable_income=0)
    income(ELDER, total_income=5_000_000, aggregate_income=5_000_000, taxable_income=4_000_000)
    values: dict[str, Any] = {
        "year": 2025, "cause": "annual", "cause_on": date(2025, 8, 1), "seniors": seniors, "active": False, "application_needed": False,
        "under_70": "エ", "over_70": "一般" if seniors else "", "base_total": 0, "undeclared": False, "unknown": False, "facts": [],
        "judged_on": date(2025, 7, 20), "recorded_by": "t", "origin": "t",
    }  # fmt: skip
    BurdenJudgement.objects.create(household_no=FAMILY, valid=DateRange(date(2025, 8, 1), date(2026, 8, 1)), **values)

    clerk, form = sign_in("shikaku"), {**FORM, "persons": [ELDER], "issue": "window"}
    shown = clerk.post(ENTRY, {**form, "act": "preview"}).content.decode()
    assert "一部負担金の割合を" in shown and "から判定し直します: 3割" in shown
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    address = clerk.post(ENTRY, {**form, "act": "submit", "basis": basis}).url
    second = sign_in("hogo")
    page = second.get(address).content.decode()
    assert second.post(address, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    rows = BurdenJudgement.objects.filter(superseded_at__isnull=True).order_by("valid")
    assert [(r.active, r.valid.lower, r.valid.upper) for r in rows] == [*until_then, (True, since, date(2026, 8, 1))]
    assert (rows[1].cause, rows[1].cause_on, rows[1].seniors) == ("household_change", MOVED, seniors + 1)


def test_who_confirms_without_printing_is_told_who_makes_the_letter(family: None, sign_in: Any) -> None:
    form = {**FORM, "documents": ["register"], "ex_officio": "on", "reason": "届出がないため"}
    form |= {name: "" for name in form if name.startswith("four_")}  # no paper came that could be compared
    clerk = sign_in("shikaku")
    shown = clerk.post(ENTRY, {**form, "act": "preview"}).content.decode()
    basis = re.search(r'name="basis" value="(\w+)"', shown)[1]  # type: ignore[index]
    address = clerk.post(ENTRY, {**form, "act": "submit", "basis": basis}).url
    head = sign_in("shunin")
    page = head.get(address).content.decode()
    assert "決定の通知" not in page, "not before it is decided"
    assert head.post(address, {"act": "confirm", "shown": shown_print(page)}).status_code == 302
    told = head.get(address).content.decode()
    assert "資格担当の職員が、この画面を開いて作ります" in told and "決定の通知を作る（PDF）" not in told
    own = clerk.get(address).content.decode()
    assert "決定の通知を作る（PDF）" in own and "この画面を開いて作ります" not in own
