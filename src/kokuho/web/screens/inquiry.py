"""業務横断照会: what every desk knows of a person or household on one read-only page, each part by its own right (ATENA-20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField, NumberField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import decisions as assessment
from kokuho.desks.assessment.queries import incomes
from kokuho.desks.assessment.queries.decisions import DecisionView
from kokuho.desks.collection import charges
from kokuho.desks.collection import queries as collection
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.desks.people.screens import opening


class InquiryForm(forms.Form):
    """Whom to ask for: one of the numbers."""

    person = NumberField(label="宛名番号", required=False)
    household = NumberField(label="世帯番号", required=False)
    insured = forms.CharField(label="記号・番号の番号", required=False, max_length=20)
    notice = NumberField(label="通知書番号", required=False)


class ChargeForm(forms.Form):
    """The day for which 延滞金 is counted."""

    pay_on = DayField(label="納める日")


@screen("person.read")
def ask(request: StaffRequest) -> HttpResponse:
    """Which person or household, by any of their numbers, the former ones too."""
    actor, on = request.actor, request.business_date
    form, problems = InquiryForm(request.GET or None), []
    if request.GET and form.is_valid():
        asked = form.cleaned_data
        if asked["person"]:
            current, _ = people.numbers_of(asked["person"], on=on)
            return HttpResponseRedirect(reverse("inquiry_person", args=[current]))
        actor.require("person.search")
        found = [asked["household"]] if asked["household"] else []
        if asked["insured"]:
            found = eligibility.households_of_number(actor, asked["insured"])
        elif asked["notice"]:
            found = assessment.households_of_notice(actor, asked["notice"])
        if len(set(found)) == 1:
            return HttpResponseRedirect(reverse("inquiry_household", args=[found[0]]))
        many = f"該当する世帯が{len(set(found))}あります。世帯番号で照会してください: {'、'.join(map(str, sorted(set(found))[:10]))}"
        none = "該当する世帯はありません。番号を確かめてください。"
        problems.append(sheet.Say("照会", many if found else none, "attention"))
    block = sheet.Ask("照会する番号（一つ）", form, (("", "照会する", False),), kind="look")
    return sheet.show(request, sheet.Sheet(
        "業務横断照会", [*problems, block],
        intro="資格・証・賦課・収納を一つの頁で見ます。旧番号でも探せます。見ることのできる業務だけが出ます。照会は記録されます。",
    ))  # fmt: skip


@screen("person.read", past=True)
def person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """One person with all numbers that are joined."""
    actor, on = request.actor, request.business_date
    numbers = people.same_person(atena_no, on=on)
    if alert := opening.alert(request, people.person_protection(actor, *numbers)):
        return alert
    with page(actor, "inquiry.person", person=atena_no):
        who = people.persons(actor, numbers, on=on)
        if numbers[0] not in who:
            raise Http404
        blocks = _blocks(request, [who[number] for number in numbers if number in who], who[numbers[0]].household_no)
    own = who[numbers[0]]
    links = (("個人", reverse("person", args=[numbers[0]])), ("世帯の照会", reverse("inquiry_household", args=[own.household_no])))
    return sheet.show(request, sheet.Sheet(
        f"業務横断照会　{own.name}", blocks, intro=_numbers(numbers), links=links, up=(("業務横断照会", reverse("inquiry")),)
    ))  # fmt: skip


@screen("person.read", past=True)
def household(request: StaffRequest, household_no: int) -> HttpResponse:
    """A household with its members of the day."""
    actor = request.actor
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "inquiry.household", household=household_no):
        members, before = opening.members(request, household_no, protected)
        blocks = _blocks(request, [*members, *before], household_no)
    links = (("世帯", reverse("household", args=[household_no])),)
    return sheet.show(request, sheet.Sheet(
        f"業務横断照会　世帯 {household_no}", blocks, intro="世帯員と、以前の世帯員の記録です。", links=links,
        up=(("業務横断照会", reverse("inquiry")),),
    ))  # fmt: skip


def _numbers(numbers: Sequence[int]) -> str:
    old = f"　旧番号 {'、'.join(map(str, numbers[1:]))}" if len(numbers) > 1 else ""
    return f"宛名番号 {numbers[0]}{old}"


def _span(since: date | None, until: date | None) -> str:
    return f"{era.short(since) if since else ''} – {era.short(until - timedelta(days=1)) if until else ''}"


def _blocks(request: StaffRequest, who: Sequence[PersonView], household_no: int) -> list[Any]:
    """What each desk knows, in the order of the work. A desk whose records the reader may not see is named as such."""
    actor = request.actor
    names = {view.atena_no: view.name for view in who}
    decided = assessment.decisions_of_household(actor, household_no) if actor.may("levy.read") else []
    desks: tuple[tuple[str, str, Callable[[], list[Any]]], ...] = (
        ("eligibility.read", "資格", lambda: [_eligibility(request, names, household_no)]),
        ("certificate.read", "証", lambda: [_certificates(request, names)]),
        ("levy.read", "賦課", lambda: [_levy(decided)]),
        ("income.read", "", lambda: [_incomes(request, names)]),
        ("ledger.read", "収納", lambda: _account(request, {(it.payer_no, it.fiscal_year) for it in decided}, list(names))),
    )
    blocks = [_persons(who)]
    for right, _, shown in desks:
        if actor.may(right):
            blocks += shown()
    refused = [title for right, title, _ in desks if title and not actor.may(right)]
    text = "滞納整理と給付の記録は、その業務が始まってから、ここに出ます。"
    if refused:
        text += f"　権限がないため表示していない業務: {'、'.join(refused)}"
    return [*blocks, sheet.Say("この照会の範囲", text)]


def _persons(who: Sequence[PersonView]) -> Any:
    return sheet.table("宛名", ("氏名", "宛名番号", "生年月日", "住民状態", "世帯番号", "住所"), (
        (sheet.Cell(view.name, reverse("person", args=[view.atena_no])), sheet.name(view.atena_no), view.birth_date, view.state_label,
         sheet.name(view.household_no, reverse("household", args=[view.household_no])),
         "支援措置のため表示しません" if view.address_hidden else view.address)
        for view in who
    ))  # fmt: skip


def _eligibility(request: StaffRequest, names: Mapping[int, str], household_no: int) -> Any:
    standing = eligibility.standing(request.actor, list(names), household_no=household_no, on=request.business_date)
    rows: list[tuple[Any, ...]] = [
        (names[stay.atena_no], stay.acquired_on, stay.acquired_reason, stay.lost_on, stay.lost_reason, _span(stay.since, stay.until))
        for number in names for stay in standing.stays.get(number, ())
    ]  # fmt: skip
    rows += [
        (names[status.atena_no], status.since, f"特例　{status.label}", "", "", _span(status.since, status.until))
        for number in names for status in standing.statuses.get(number, ())
    ]  # fmt: skip
    number = f"記号番号 {standing.symbol}・{standing.number}" if standing.number else ""
    return sheet.table(
        "資格", ("氏名", "取得日・開始日", "事由", "喪失日", "事由", "適用期間"), rows, empty="国保の資格はありません。", note=number
    )  # fmt: skip


def _certificates(request: StaffRequest, names: Mapping[int, str]) -> Any:
    held = eligibility.certificates_of(request.actor, list(names), on=request.business_date)
    papers = (
        (names[paper.atena_no], paper.label, paper.issued_on, _span(paper.valid_from, paper.valid_until), paper.state_label)
        for number in names for paper in held.get(number, ())
    )  # fmt: skip
    return sheet.table("証・お知らせ", ("氏名", "種類", "交付日", "有効期間", "現況"), papers, empty="交付した証はありません。")


def _levy(decided: Sequence[DecisionView]) -> Any:
    levied = (
        (sheet.Cell(era.fiscal_year(it.fiscal_year)), sheet.name(it.notice_no), it.decided_on, it.reason,
         f"{it.reduction}割軽減" if it.reduction else "なし", it.total,
         sheet.Cell("計算過程", reverse("assessment:explanation", args=[it.id])))
        for it in decided
    )  # fmt: skip
    return sheet.table(
        "賦課（世帯の決定）", ("年度", "通知書番号", "決定日", "事由", "軽減", "年額（円）", ""), levied, empty="賦課の決定はありません。",
    )  # fmt: skip


def _incomes(request: StaffRequest, names: Mapping[int, str]) -> Any:
    known = incomes.incomes(request.actor, list(names))
    told = (
        (names[number], sheet.Cell(era.fiscal_year(row.fiscal_year)), row.declaration, row.total)
        for number in names for row in known.get(number, ())
    )  # fmt: skip
    return sheet.table("所得", ("氏名", "年度", "申告", "総所得金額等（円）"), told, empty="所得の資料はありません。")


def _account(request: StaffRequest, levied: set[tuple[int, int]], numbers: Sequence[int]) -> list[Any]:
    actor, on = request.actor, request.business_date
    form = ChargeForm(request.GET if "pay_on" in request.GET else None, initial={"pay_on": on})
    day = form.cleaned_data["pay_on"] if form.is_bound and form.is_valid() else on
    payers = sorted({payer for payer, _ in levied} | set(numbers))
    years = sorted({year for _, year in levied} or collection.years(actor)[:5], reverse=True)
    terms = [(year, term) for year in years for term in collection.account(actor, payers, year, on=on)]
    owed = {(it.term.notice_no, it.term.term): it for it in charges.owed_on(actor, terms, day)}
    rows = []
    for year, term in terms:
        late = owed.get((term.notice_no, term.term))
        rows.append((
            sheet.Cell(era.fiscal_year(year)), sheet.name(term.notice_no), f"第{term.term}期", term.due_on, term.charged, term.receivable,
            late.charge if late else "", sheet.Cell("納期限経過", tone="attention") if term.overdue else "",
        ))  # fmt: skip
    total = sum(it.principal for it in owed.values()), sum(it.charge for it in owed.values())
    note = f"{era.long(day)}に全部を納めるとき: 納期限を過ぎた未納 {total[0]:,}円、延滞金 {total[1]:,}円"
    return [
        sheet.table("収納（期別）", ("年度", "通知書番号", "期", "納期限", "調定額（円）", "未納額（円）", "延滞金（円）", "状態"), rows,
                    empty="調定はありません。", note=note),
        sheet.Ask("延滞金を計算する日", form, (("", "計算する", False),), span=6, kind="look"),
    ]  # fmt: skip
