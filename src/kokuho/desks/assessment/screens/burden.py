"""負担割合・所得区分: the yearly judgement, what has changed since, a household with its reasons, 基準収入額適用申請."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import ApplicantForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import burden as actions
from kokuho.desks.assessment.approvals import FIGURES
from kokuho.desks.assessment.queries import burden as queries
from kokuho.desks.eligibility.actions.certificate_entries import RECEIPTS
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.four import applicant

STAGES = {
    "calculating": ("判定中", "active"), "found_nothing": ("変わる世帯なし", "quiet"), "to_propose": ("起案前", "attention"),
    "waiting": ("承認待ち", "attention"), "approved": ("承認済み・反映前", "active"), "in_force": ("反映済み", "good"),
    "cancelled": ("取下げ・差戻し", "bad"),
}  # fmt: skip


def _household(number: int) -> str:
    return reverse("assessment:burden_household", args=[number])


class OrderForm(forms.Form):
    """What to judge."""

    mode = forms.ChoiceField(
        label="判定", choices=(("annual", "定期判定（8月1日から）"), ("check", "再判定（いまと違う世帯だけ）"))
    )
    year = forms.IntegerField(label="定期判定の年（西暦）", required=False, min_value=2025, max_value=2100)


@screen("burden.read", past=True)
def home(request: StaffRequest) -> HttpResponse:
    """The runs, and who may apply by receipts."""
    actor, on = request.actor, request.business_date
    with page(actor, "burden"):
        runs = queries.burden_runs(actor)
        waiting = queries.to_apply(actor, request.GET, on=on, url=_household)
    rows = [
        (
            sheet.Cell(view.run.title, reverse("assessment:burden_run", args=[view.run.pk])),
            sheet.Cell(STAGES[view.stage][0], tone=STAGES[view.stage][1]), view.run.results.get("households"),
            view.run.results.get("active"), view.run.results.get("changed"), view.run.ordered_at,
        )
        for view in runs
    ]  # fmt: skip
    blocks: list[Any] = [
        sheet.table("判定の実行", ("件名", "状態", "世帯", "3割", "割合の変更", "受付"), rows, span=8, empty="まだ実行していません。"),
    ]
    if actor.may("burden.run"):
        form = OrderForm(initial={"year": on.year, "mode": "check"})
        blocks.append(
            sheet.Ask("判定を実行する", form, (("order", "判定を実行する", False),), reverse("burden_order"), 4,
                      "結果は別の承認者が承認し、反映するまで効力がありません。")
        )  # fmt: skip
    blocks.append(
        sheet.Say("基準収入額適用申請の対象", "3割の世帯のうち、申請があれば2割になる見込みの世帯です。世帯を開いて申請書を送ります。")
    )
    blocks.append(sheet.Rows(waiting, "申請を案内する世帯はありません"))
    intro = "70歳以上の一部負担割合と、高額療養費・限度額の所得区分を世帯ごとに判定します。"
    return sheet.show(request, sheet.Sheet("負担割合・所得区分", blocks, intro))


@screen("burden.read", past=True)
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run: totals, what it proposes, and the next step."""
    actor = request.actor
    with page(actor, "burden.run", run=run_id):
        try:
            view = queries.burden_run(actor, run_id)
        except BatchRun.DoesNotExist as error:
            raise Http404 from error
        rows = queries.proposals(actor, request.GET, run_id, _household)
    word, tone = STAGES[view.stage]
    blocks: list[Any] = [
        sheet.facts(
            "結果", *((label, view.run.results.get(key)) for key, label in FIGURES),
            ("反映した世帯", view.run.results.get("applied")), span=6,
        ),
        sheet.table("承認", ("状態", "起案", "決裁", "意見"), [
            (row.approval.get_state_display(), sheet.act(row.approval.entered_at, row.entered_name),
             sheet.act(row.approval.decided_at, row.decided_name), row.approval.reason) for row in view.approvals
        ], span=6, empty="まだ起案していません。"),
    ]  # fmt: skip
    back = ("cancel", "取り下げる", True)
    buttons = {"to_propose": (("propose", "承認に回す（起案）", False), back), "waiting": (back,)}
    if actor.may("burden.run") and view.stage in buttons:
        blocks.append(sheet.Ask("次にすること", ReasonForm(), buttons[view.stage], reverse("assessment:burden_step", args=[run_id])))
    blocks.append(sheet.Rows(rows))
    if actor.may("burden.run") and view.stage == "approved":
        blocks.append(
            sheet.Ask("次にすること", forms.Form(), (("apply", "承認された判定を反映する", False),), reverse("burden_apply", args=[run_id]))
        )  # fmt: skip
    links = [("承認の画面へ", reverse("approval", args=[row.approval.pk])) for row in view.approvals if row.decidable]
    up = (("負担割合・所得区分", reverse("assessment:burden")),)
    return sheet.show(request, sheet.Sheet(view.run.title, blocks, up=up, links=links, marks=(sheet.Cell(word, tone=tone),)))


class ReasonForm(forms.Form):
    """A remark, or the reason for taking back."""

    reason = forms.CharField(label="取り下げる理由", max_length=200, required=False)


@screen("burden.run")
@require_POST
def step(request: StaffRequest, run_id: int) -> HttpResponse:
    """Propose a run, or take it back."""
    try:
        if request.POST.get("act") == "propose":
            actions.propose(by=request.actor, run_id=run_id)
            messages.success(request, "承認に回しました。")
        elif reason := request.POST.get("reason", "").strip():
            actions.cancel(by=request.actor, run_id=run_id, reason=reason)
            messages.success(request, "取り下げました。")
        else:
            messages.error(request, "取り下げる理由を入力してください。")
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    except CodedError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("assessment:burden_run", args=[run_id]))


class SendForm(forms.Form):
    """The blank form for an application, sent as any other paper."""

    item = forms.CharField(widget=forms.HiddenInput)
    method = forms.ChoiceField(label="方法", choices=(("mail", "郵送"), ("window", "窓口")))


class ApplicationForm(ApplicantForm):
    """基準収入額適用申請: the receipts of each member of 70 and more, and the four items of the 世帯主 who applies (ENTRY-04)."""

    applied_on = DayField(label="申請年月日")

    def __init__(self, persons: dict[int, str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for number, label in persons.items():
            self.fields[f"r{number}"] = forms.IntegerField(label=f"収入額（円）　{label}", min_value=0)
        self.order_fields(["applied_on", *(f"r{number}" for number in persons)])


@screen("burden.read", past=True)
def household(request: StaffRequest, household_no: int) -> HttpResponse:
    """A household's judgements with the reasons, its re-judgement, and its application by receipts."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "burden.household", household=household_no):
        found = queries.household_burden(actor, household_no, on=on)
        named = people.persons(actor, found.seniors, on=on)
        head = _head(actor, household_no, protected, on) if found.seniors and actor.may("burden.run") else None
    persons = {number: named[number].name if number in named else str(number) for number in found.seniors}
    applying = request.POST.get("act") == "apply"
    form = ApplicationForm(persons, request.POST if applying else None)
    if request.method == "POST":
        actor.require("burden.run")
        if (answer := _act(request, household_no, form, persons, head)) is not None:
            return answer
    blocks = _judged(found)
    if actor.may("burden.run"):
        blocks += _asks(actor, found, form, head)
    up = (("負担割合・所得区分", reverse("assessment:burden")),)
    links = (("世帯の画面へ", reverse("household", args=[household_no])),)
    return sheet.show(request, sheet.Sheet(f"負担割合・所得区分　世帯 {household_no}", blocks, up=up, links=links))


def _judged(found: queries.HouseholdBurden) -> list[Any]:
    """The judgement that holds with its reasons, and those before it."""
    current = found.current
    blocks: list[Any] = []
    if current is not None:
        blocks.append(
            sheet.facts(
                "いまの判定", ("一部負担割合", queries.ratio_word(current.active, current.seniors)), ("区分（70歳未満）", current.under_70),
                ("区分（70歳以上）", current.over_70), ("事由", queries.CAUSES[current.cause]), ("適用年月日", current.valid.lower),
                ("判定日", current.judged_on), ("申請で2割の見込み", current.application_needed),
                ("基準収入額適用申請", found.application.applied_on if found.application else None), span=4,
            )
        )  # fmt: skip
        blocks.append(
            sheet.table("判定の理由", ("項目", "計算", "結果", "根拠"), [tuple(one) for one in found.steps], span=8)
        )
    else:
        blocks.append(sheet.Say("判定がありません", "この世帯はまだ判定していません。", "attention"))
    blocks.append(
        sheet.table("判定の履歴", ("期間", "負担割合", "区分", "事由", "事由の日", "記録", "訂正"), [
            (f"{sheet.cell(row.valid.lower).text} – {sheet.cell(row.valid.upper - timedelta(days=1)).text}",
             queries.ratio_word(row.active, row.seniors),
             f"{row.under_70}／{row.over_70 or '—'}", queries.CAUSES[row.cause], row.cause_on, row.recorded_at, row.superseded_at)
            for row in found.judgements
        ])
    )  # fmt: skip
    return blocks


def _asks(actor: Actor, found: queries.HouseholdBurden, form: forms.Form, head: people.PersonView | None) -> list[Any]:
    """What may be started: judging again, entering an application, sending its form."""
    current, blocks = found.current, list[Any]()
    blocks.append(sheet.Ask("再判定", forms.Form(), (("judge", "今の所得・世帯で判定し、承認に回す", False),), span=6))
    if head is not None:
        blocks.append(
            sheet.facts(
                "申請する世帯主の登録", ("氏名", head.name), ("性別", head.sex), ("生年月日", head.birth_date),
                ("住所", "支援措置のため表示しません" if head.address_hidden else head.address), span=6,
            )
        )  # fmt: skip
        blocks.append(sheet.Ask("基準収入額適用申請の入力", form, (("apply", "確認に回す", False),), span=6,
                                note="申請書の4項目を登録と見比べます。違うものがあるときは、申請書のとおりに入力し、同じ人と判断した"
                                     "理由を書きます。確認のあと、再判定を起案します。"))  # fmt: skip
        if current and current.application_needed and actor.may("certificate.issue"):
            first = found.seniors[0]
            blocks.append(
                sheet.Ask("申請書を送る", SendForm(initial={"item": f"{first}:receipts_form:application::"}),
                          (("send", "申請書の交付を起案する", False),), reverse("eligibility:person_issue", args=[first]), 6)
            )  # fmt: skip
    return blocks


def _head(actor: Actor, household_no: int, protected: Sequence[int], on: date) -> people.PersonView | None:
    try:
        members, _ = people.household(actor, household_no, protected=protected, on=on)
    except Person.DoesNotExist:
        return None
    return next((member for member in members if member.is_head), None)


def _act(
    request: StaffRequest, household_no: int, form: ApplicationForm, persons: dict[int, str], head: people.PersonView | None
) -> HttpResponse | None:
    """Re-judge, or take the application in; None when the form is to be shown again."""
    actor, on = request.actor, request.business_date
    try:
        if request.POST.get("act") == "judge":
            run = actions.judge_now(by=actor, on=on, household_no=household_no)
            messages.success(request, "判定の違いを承認に回しました。")
            return HttpResponseRedirect(reverse("assessment:burden_run", args=[run.pk]))
        if head is None or not form.is_valid():
            return None
        said = form.cleaned_data
        entry = submit(
            by=actor, on=on, kind=RECEIPTS, title=f"基準収入額適用申請 世帯番号 {household_no}", persons=list(persons),
            household_no=household_no,
            payload={"applied_on": said["applied_on"].isoformat(), "receipts": {str(no): said[f"r{no}"] for no in persons}},
            evidence={"four": applicant(actor, head.atena_no, form, on=on)},
        )  # fmt: skip
    except CodedError as error:
        if form.is_bound:  # what was typed stays
            form.add_error(None, str(error))
            return None
        messages.error(request, str(error))
        return HttpResponseRedirect(_household(household_no))
    return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
