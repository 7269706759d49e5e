"""IDs, rights, units and terminals: applying for them, what another person does to an account, and the reports for the re-check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import audit
from kokuho.core.actions import accounts as actions
from kokuho.core.actions import leaving, reviews
from kokuho.core.coded import CodedError
from kokuho.core.models import Staff, Unit
from kokuho.core.queries import accounts as queries
from kokuho.core.reads import page
from kokuho.core.screens.forms import ReasonForm
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.web.screens.access_reports import recorded_today
from kokuho.web.screens.account_forms import (
    Application,
    ChangeForm,
    EndForm,
    ExtensionForm,
    FactorForm,
    GrantForm,
    RegisterForm,
    TerminalEndForm,
    TerminalForm,
    UnitForm,
    role_choices,
)
from kokuho.web.screens.fields import EraDate

# slug: (kind of entry, words, form, what follows)
APPLICATIONS: dict[str, tuple[str, str, type[Application], str]] = {
    "grant": (actions.GRANT, "権限の付与の申請", GrantForm, "自分の所属の職員に、所属に認められた役割だけを申請できます。"),
    "end": (actions.END, "権限の廃止の申請", EndForm, "直ちに止めるときは、システム管理の担当に利用の停止を依頼してください。"),
    "extension": (actions.EXTEND, "時間外の利用の申請", ExtensionForm, "その時間に限り利用できます。時間外の利用として点検されます。"),
    "register": (actions.REGISTER, "利用者IDの登録の申請", RegisterForm, "承認の後に初期パスワードを発行します。権限は別に申請します。"),
    "change": (actions.CHANGE, "利用者IDの変更の申請", ChangeForm, "所属が変わると、元の所属の権限は失効します。"),
    "factor": (actions.FACTOR, "外部の認証手段の登録の申請", FactorForm, "同じ手段の前の登録は無効になります。"),
    "unit": (actions.UNIT, "所属の設定の申請", UnitForm, "所属長は、ここで認めた役割だけを所属の職員に申請できます。"),
    "terminal": (actions.TERMINAL, "端末の登録の申請", TerminalForm, "承認の後、端末の画面で登録コードを発行し、その端末で入力します。"),
    "terminal-end": (actions.TERMINAL_END, "端末の廃止の申請", TerminalEndForm, "その端末で開いている画面は、次の操作で終わります。"),
}  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _initial(request: StaffRequest, what: str) -> dict[str, Any]:
    found: dict[str, Any] = {key: request.GET[key] for key in ("staff_no", "grant_id", "code") if key in request.GET}
    on = request.business_date
    found |= {"valid_from": on.isoformat(), "valid_until": date(on.year + (on.month >= 4), 3, 31).isoformat()}
    if what == "change" and (staff := Staff.objects.select_related("unit").filter(staff_no=found.get("staff_no")).first()):
        found |= {"unit": staff.unit.code, "valid_until": staff.valid_until.isoformat(), "is_active": staff.is_active}
    if what == "unit" and (unit := Unit.objects.filter(code=found.get("code")).first()):
        found |= {"name": unit.name, "roles": unit.roles, "opens": unit.opens, "closes": unit.closes,
                  "areas": "、".join(unit.areas)}
    return found


def _apply(request: StaffRequest, what: str) -> HttpResponse:
    kind, title, form_class, follows = APPLICATIONS[what]
    form = form_class(request.POST or None, initial=_initial(request, what))
    if what == "grant":
        # The head sees what the unit may hold, nothing else (RIGHTS-07).
        held = Unit.objects.filter(pk=queries.own_unit(request.actor) or 0).values_list("roles", flat=True).first() or ()
        form.fields["roles"].choices = [choice for choice in role_choices() if choice[0] in held]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        values = {name: _plain(value) for name, value in form.cleaned_data.items()}
        reason = values.pop("reason")
        subject = values.get("staff_no") or values.get("code") or ""
        try:
            made = actions.apply_for(
                by=request.actor, on=request.business_date, kind=kind, title=f"{title.removesuffix('の申請')}: {subject}".rstrip(": "),
                reason=reason, **values,
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "申請しました。別の職員が承認すると効力が生じます。")
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    context = {
        "form": form, "title": title, "submit": "申請する", "back": reverse("access"), "back_label": "IDと権限の管理", "follows": follows,
    }  # fmt: skip
    return render(request, "web/form_page.html", context, status=422 if form.errors else 200)


@screen("rights.apply")
def apply_rights(request: StaffRequest, what: str) -> HttpResponse:
    """Applications of the head of a unit."""
    if what not in ("grant", "end", "extension"):
        raise Http404
    return _apply(request, what)


@screen("account.manage")
def apply_account(request: StaffRequest, what: str) -> HttpResponse:
    """Applications of the system administrator."""
    if what not in APPLICATIONS or what in ("grant", "end", "extension"):
        raise Http404
    return _apply(request, what)


@screen("staff.read")
def overview(request: StaffRequest) -> HttpResponse:
    """What is open: the re-check, leftovers, terminal accounts to be stopped; and the ways to everything else."""
    actor, on = request.actor, request.business_date
    with page(actor, "access"):
        context = {
            "state": queries.review_state(actor, on=on), "tasks": queries.open_tasks(actor, on=on),
            "leftovers": queries.leftover_accounts(actor, on=on), "doubles": queries.double_accounts(actor),
            "changes": queries.rights_changes(actor, since=(last := recorded_today(request)) - timedelta(days=30), until=last),
            "unchecked": queries.changes_to_check(actor, until=last), "form": TaskForm(auto_id=False),
        }  # fmt: skip
    return render(request, "web/access.html", context)


class TaskForm(forms.Form):
    """What was confirmed about a terminal account."""

    note = forms.CharField(label="確かめたこと", max_length=200)


@screen("account.manage")
@require_POST
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """The terminal account was stopped."""
    try:
        leaving.confirm_task(by=request.actor, task_id=task_id, note=request.POST.get("note", ""))
        messages.success(request, "端末アカウントの停止を記録しました。")
    except CodedError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("access"))


ACTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "unlock": ("停止を解除しました。", leaving.unlock),
    "password": ("初期パスワードを発行しました。", leaving.issue_password),
    "factors": ("認証の手段を外しました。次のログインで登録し直します。", leaving.reset_factors),
    "suspend": ("利用を停止しました。", leaving.suspend),
}


@screen("staff.read")
def staff(request: StaffRequest, staff_no: str) -> HttpResponse:
    """One account; the administrator's acts, each with its reason."""
    actor, on = request.actor, request.business_date
    form = ReasonForm(request.POST or None)
    secret = ""
    try:
        if request.method == "POST" and form.is_valid():
            act = request.POST.get("act", "")
            said, do = ACTS.get(act, ("", None))
            if do is None:
                raise Http404
            more = {"on": on} if act == "suspend" else {}
            try:
                told = do(by=actor, staff_no=staff_no, reason=form.cleaned_data["reason"], **more)
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, said)
                if act != "password":
                    return HttpResponseRedirect(reverse("staff_detail", args=[staff_no]))
                secret, form = told, ReasonForm()
        detail = queries.staff_detail(actor, staff_no, on=on)
    except Staff.DoesNotExist as error:
        raise Http404 from error
    context = {"detail": detail, "form": form, "secret": secret}
    return render(request, "web/staff_detail.html", context, status=422 if form.errors else 200)


@screen("staff.read")
def terminals(request: StaffRequest) -> HttpResponse:
    """The register of terminals; the administrator issues the code that puts a key on one."""
    issued = ""
    if request.method == "POST":
        try:
            code = request.POST.get("code", "")
            issued = f"{code}　{leaving.issue_terminal_code(by=request.actor, code=code)}"
        except CodedError as error:
            messages.error(request, str(error))
    return render(request, "web/terminals.html", {"list": queries.terminal_list(request.actor, request.GET), "issued": issued})


class ReviewForm(forms.Form):
    """What the re-check found."""

    period_from = EraDate(label="対象期間（から）")
    period_until = EraDate(label="対象期間（まで）")
    findings = forms.CharField(label="結果", widget=forms.Textarea(attrs={"rows": 3}), help_text="異常がなければその旨を書きます。")
    follow_up = forms.CharField(label="措置", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="残っているIDがあれば必須。")


@screen("rights.review")
def review(request: StaffRequest) -> HttpResponse:
    """Record a re-check of rights."""
    on = request.business_date
    usual = {"period_from": (on - timedelta(days=30)).isoformat(), "period_until": recorded_today(request).isoformat()}
    form = ReviewForm(request.POST or None, initial=usual)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.review(by=request.actor, on=on, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "再点検を記録しました。")
            return HttpResponseRedirect(reverse("access_report", args=["reviews"]))
    context = {
        "form": form, "title": "権限の再点検の記録", "submit": "記録する", "back": reverse("access"), "back_label": "IDと権限の管理",
        "follows": "変更と残っているIDの件数は、システムが数えて記録に添えます。",
    }  # fmt: skip
    return render(request, "web/form_page.html", context, status=422 if form.errors else 200)


@screen(None)
@require_POST
def duty(request: StaffRequest) -> HttpResponse:
    """Choose the 事務 under which one works now (RIGHTS-03)."""
    wanted = request.POST.get("duty", "")
    if wanted in request.actor.duties:
        request.session["duty"] = wanted
        audit.record(request.actor, function="duty", operation="update", detail={"duty": wanted})
    return HttpResponseRedirect(reverse("home"))
