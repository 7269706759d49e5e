"""委託先: contracts and what is due, the roster, windows of work with their record and confirmation, the report of a day."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import era
from kokuho.core.access import catalogue
from kokuho.core.actions import vendors as actions
from kokuho.core.coded import CodedError
from kokuho.core.models import VendorWindow
from kokuho.core.queries import vendors as queries
from kokuho.core.reads import page
from kokuho.core.screens.forms import ReasonForm
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.vendors import never
from kokuho.web.screens.fields import EraDate, EraMoment


@screen("vendor.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Contracts, workers, windows, accounts without standing."""
    actor, on = request.actor, request.business_date
    with page(actor, "vendors"):
        context = {
            "contracts": queries.contracts(actor, on=on), "windows": queries.windows(actor),
            "unfinished": queries.unfinished_windows(actor), "standing": queries.contractors_without_standing(actor, on=on),
        }  # fmt: skip
    return render(request, "web/vendors.html", context)


@screen("vendor.read")
def report(request: StaffRequest) -> HttpResponse:
    """What contractors did on a day."""
    try:
        day = era.parse(request.GET["day"]) if request.GET.get("day") else request.business_date
    except ValueError as error:
        messages.error(request, str(error))
        day = request.business_date
    return render(request, "web/vendor_report.html", {"rows": queries.contractor_report(request.actor, day=day), "day": day})


class ContractForm(forms.Form):
    """A contract and its evidence."""

    number = forms.CharField(label="契約番号", max_length=30)
    company = forms.CharField(label="会社", max_length=100)
    subject = forms.CharField(label="委託の内容", max_length=200)
    parent = forms.CharField(label="元の契約番号（再委託のとき）", max_length=30, required=False)
    consent = forms.CharField(label="再委託の承諾の番号", max_length=60, required=False)
    valid_from = EraDate(label="開始日")
    valid_until = EraDate(label="終了日")
    statement_on = EraDate(label="安全管理の書面を受けた日", required=False)
    inspected_on = EraDate(label="最後の監査・点検日", required=False)
    inspect_by = EraDate(label="次の監査・点検の期限", required=False)
    certificate_on = EraDate(label="返却・消去の証明を受けた日", required=False)


class WorkerForm(ReasonForm):
    """A person on the roster."""

    worker_no = forms.CharField(label="作業従事者番号", max_length=20)
    name = forms.CharField(label="氏名", max_length=60)
    contract = forms.CharField(label="契約番号", max_length=30)
    level = forms.IntegerField(label="再委託の段階", min_value=0, max_value=5, initial=0)
    pledge_on = EraDate(label="誓約書の日", required=False)
    trained_on = EraDate(label="研修を受けた日", required=False)
    valid_from = EraDate(label="開始日")
    valid_until = EraDate(label="終了日")
    field_order = ("worker_no", "name", "contract", "level", "pledge_on", "trained_on", "valid_from", "valid_until", "reason")


class WindowForm(ReasonForm):
    """A window of work."""

    contract = forms.CharField(label="契約番号", max_length=30)
    workers = forms.CharField(label="作業従事者番号", max_length=200, help_text="二人以上は空白で区切ります。")
    scope = forms.CharField(label="作業の範囲", max_length=200)
    place = forms.CharField(label="場所", max_length=100)
    starts = EraMoment(label="開始（日時）")
    ends = EraMoment(label="終了（日時）")
    capabilities = forms.MultipleChoiceField(
        label="この作業に限って認める権限", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="消去・抽出・一括印刷・個人番号などは、ここで名指ししたものだけ使えます。",
    )  # fmt: skip
    persons = forms.CharField(label="対象の宛名番号", max_length=200, required=False, help_text="個人番号の表示を認めるとき必ず。")
    field_order = ("contract", "workers", "scope", "place", "starts", "ends", "capabilities", "persons", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = catalogue()["capabilities"]
        self.fields["capabilities"].choices = [(code, words[code]) for code in sorted(never())]  # type: ignore[attr-defined]

    def clean_persons(self) -> list[int]:
        """Numbers separated by blanks."""
        try:
            return [int(part) for part in self.cleaned_data["persons"].split()]
        except ValueError:
            raise forms.ValidationError("宛名番号は数字で、空白で区切って入力してください。") from None


def _values(form: forms.Form) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in form.cleaned_data.items()}


def _form(request: StaffRequest, form: forms.Form, title: str, submit: str, follows: str) -> HttpResponse:
    context = {
        "form": form, "title": title, "submit": submit, "back": reverse("vendors"), "back_label": "委託先", "follows": follows,
    }  # fmt: skip
    return render(request, "web/form_page.html", context, status=422 if form.errors else 200)


@screen("vendor.manage")
def contract(request: StaffRequest) -> HttpResponse:
    """Keep a contract; the same number again brings it up to date."""
    form = ContractForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.register_contract(by=request.actor, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"契約 {made.number} を登録しました。")
            return HttpResponseRedirect(reverse("vendors"))
    return _form(request, form, "委託契約の登録", "登録する", "同じ契約番号で登録すると、内容を改めます。前の内容は履歴に残ります。")


@screen("vendor.manage")
def worker(request: StaffRequest) -> HttpResponse:
    """Ask for a person to be put on the roster."""
    form = WorkerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = _values(form)
        try:
            made = actions.request_worker(by=request.actor, on=request.business_date, reason=values.pop("reason"), **values)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    return _form(request, form, "作業従事者名簿の登録の申請", "申請する", "別の職員が、会社から出された名簿と誓約書を見て確認します。")


@screen("vendor.manage")
def order(request: StaffRequest) -> HttpResponse:
    """Ask for a window of work."""
    form = WindowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = _values(form)
        values["workers"] = values["workers"].split()
        try:
            made = actions.request_window(
                by=request.actor, on=request.business_date, reason=values.pop("reason"), persons=values.pop("persons"), **values
            )
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    return _form(request, form, "委託先の作業の申請", "申請する", "承認された時間だけ使えます。終わったら作業記録を付け、確認します。")


class WorkForm(forms.Form):
    """The record of work, or what was confirmed."""

    text = forms.CharField(label="作業記録", widget=forms.Textarea(attrs={"rows": 5}), max_length=4000)


@screen(None)
def window(request: StaffRequest, window_id: int) -> HttpResponse:
    """One window: its order, the record of work, the city's confirmation. A contractor sees the own one."""
    actor = request.actor
    form = WorkForm(request.POST or None)
    try:
        if request.method == "POST" and form.is_valid():
            try:
                if request.POST.get("act") == "confirm":
                    actions.confirm(by=actor, window_id=window_id, finding=form.cleaned_data["text"])
                else:
                    actions.report(by=actor, window_id=window_id, text=form.cleaned_data["text"])
            except CodedError as error:
                form.add_error("text", str(error))
            else:
                messages.success(request, "記録しました。")
                return HttpResponseRedirect(reverse("vendor_window", args=[window_id]))
        row = queries.window_of(actor, window_id)
    except VendorWindow.DoesNotExist as error:
        raise Http404 from error
    words = catalogue()["capabilities"]
    special = [words.get(code, code) for code in row.window.capabilities]
    context = {"row": row, "form": form, "special": special, "own": actor.window == row.window.pk}
    return render(request, "web/vendor_window.html", context, status=422 if form.errors else 200)
