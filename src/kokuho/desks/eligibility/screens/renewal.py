"""一斉更新: the plan, who is left out and why, approval, issue, printing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import renewal as actions
from kokuho.desks.eligibility.models import RenewalLine
from kokuho.desks.eligibility.queries import renewal as queries

STAGES = {
    "planning": ("抽出中", "active"), "to_propose": ("起案前", "attention"), "waiting": ("承認待ち", "attention"),
    "approved": ("承認済み・交付前", "active"), "issued": ("交付済み", "good"), "cancelled": ("取下げ・差戻し", "bad"),
}  # fmt: skip


class PlanForm(forms.Form):
    """From which day the new certificates hold."""

    renew_on = DayField(label="更新日", help_text="新しい証の交付年月日（8月1日など）")


class BackForm(forms.Form):
    """Why a plan is taken back."""

    reason = forms.CharField(label="取り下げる理由", max_length=200, required=False)


@screen("certificate.read", past=True)
def home(request: StaffRequest) -> HttpResponse:
    """The renewals, and the order of a new one."""
    actor, on = request.actor, request.business_date
    with page(actor, "certificate.renewals"):
        found = queries.renewals(actor)
    rows = [
        (
            sheet.Cell(view.run.title, reverse("eligibility:renewal", args=[view.run.pk])),
            sheet.Cell(STAGES[view.stage][0], tone=STAGES[view.stage][1]), view.run.results.get("renewed"),
            view.run.results.get("excluded"), view.run.results.get("issued"), view.run.ordered_at,
        )
        for view in found
    ]  # fmt: skip
    headings = ("件名", "状態", "対象", "除外", "交付", "受付")
    blocks: list[Any] = [sheet.table("一斉更新", headings, rows, span=8, empty="まだありません。")]
    if actor.may("certificate.renew"):
        day = papers.settings().renewal_on(on.year)
        day = day if day >= on else papers.settings().renewal_on(on.year + 1)
        note = "対象と除外を抽出し、承認を受けてから交付・印刷します。負担割合の定期判定を先に反映してください。"
        form = PlanForm(initial={"renew_on": day})
        blocks.append(sheet.Ask("対象を抽出する", form, (("plan", "抽出する", False),), reverse("renewal_plan"), 4, note))
    up = (("証・お知らせ", reverse("eligibility:certificates")),)
    return sheet.show(request, sheet.Sheet("証の一斉更新", blocks, up=up))


@screen("certificate.read", past=True)
def detail(request: StaffRequest, run_id: int) -> HttpResponse:
    """One renewal: totals by reason, kind and office, the next step, and its lines."""
    actor = request.actor
    with page(actor, "certificate.renewal", run=run_id):
        try:
            view = queries.renewal(actor, run_id)
        except BatchRun.DoesNotExist as error:
            raise Http404 from error
        rows = queries.renewal_lines(
            actor, request.GET, run_id, lambda number: reverse("eligibility:person_certificates", args=[number])
        )
    results, labels = view.run.results, papers.types()
    areas = list(results.get("areas", {}).items())
    blocks: list[Any] = [
        sheet.facts(
            "件数", ("交付する", results.get("renewed")), ("除外", results.get("excluded")), ("交付した", results.get("issued")),
            *((labels[kind].label, count) for kind, count in results.get("kinds", {}).items()), span=4,
        ),
        sheet.table("除外の理由", ("理由", "件数"), [(RenewalLine.WHY[why], n) for why, n in results.get("why", {}).items()], span=4),
        sheet.table(
            "区・地区ごと", ("区・地区", "交付", "除外"), [(area, part["issue"], part["excluded"]) for area, part in areas[:12]], span=4,
            note=f"ほか {len(areas) - 12}地区" if len(areas) > 12 else "",
        ),
    ]  # fmt: skip
    if (ask := _next(request, view)) is not None:
        blocks.append(ask)
    if view.prints:
        blocks.append(
            sheet.table("印刷", ("件名", "状態", "印刷", "引抜", "送付先なし", "作成できないもの"), [
                (sheet.Cell(run.title, reverse("batch", args=[run.pk]) if actor.may("batch.read") else ""), run.get_state_display(),
                 run.results.get("printed"), run.results.get("pulled"), run.results.get("undeliverable"), run.results.get("problems"))
                for run in view.prints
            ])
        )  # fmt: skip
    blocks.append(sheet.Rows(rows, "除外した人はいません"))
    links = [("承認の画面へ", reverse("approval", args=[row.approval.pk])) for row in view.approvals if row.decidable]
    word, tone = STAGES[view.stage]
    up = (("証の一斉更新", reverse("eligibility:renewals")),)
    return sheet.show(
        request, sheet.Sheet(view.run.title, blocks, up=up, links=links, marks=(sheet.Cell(word, tone=tone),))
    )


def _next(request: StaffRequest, view: queries.RenewalView) -> sheet.Ask | None:
    """The step that this person may take now."""
    actor, number = request.actor, view.run.pk
    back = ("cancel", "取り下げる", True)
    at = reverse("eligibility:renewal_step", args=[number])
    title = "次にすること"
    if view.stage == "issued" and actor.may("certificate.print"):
        return sheet.Ask(title, forms.Form(), (("print", "郵送順に印刷する", False),), reverse("renewal_print", args=[number]))
    if not actor.may("certificate.renew"):
        return None
    if view.stage == "to_propose":
        return sheet.Ask(title, BackForm(), (("propose", "承認に回す（起案）", False), back), at)
    if view.stage == "waiting":
        return sheet.Ask(title, BackForm(), (back,), at)
    if view.stage == "approved":
        button = (("issue", "承認された計画のとおり交付する", False),)
        return sheet.Ask(title, forms.Form(), button, reverse("renewal_issue", args=[number]))
    return None


@screen("certificate.renew")
@require_POST
def step(request: StaffRequest, run_id: int) -> HttpResponse:
    """Propose a plan, or take it back."""
    reason = request.POST.get("reason", "").strip()
    try:
        if request.POST.get("act") == "propose":
            actions.propose(by=request.actor, run_id=run_id)
            messages.success(request, "承認に回しました。")
        elif reason:
            actions.cancel(by=request.actor, run_id=run_id, reason=reason)
            messages.success(request, "取り下げました。")
        else:
            messages.error(request, "取り下げる理由を入力してください。")
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    except CodedError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("eligibility:renewal", args=[run_id]))
