"""The entries about a person's certificates: マイナ保険証, 限度額, 特定疾病, 特別療養費, each with its form, all before a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import ApplicantForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import certificate_entries as kinds
from kokuho.desks.eligibility.decided import REFUSAL
from kokuho.desks.eligibility.queries import certificates as queries
from kokuho.desks.eligibility.queries import hearings as hearing_queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.four import applicant

YES_NO = (("", "選んでください"), ("yes", "あり"), ("no", "なし"))


def _text(label: str, *, required: bool = False, rows: int = 2, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=options.pop("most", 200),
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        **options,
    )


class CardForm(forms.Form):
    """マイナ保険証の利用状況 as staff learn it."""

    registered = forms.ChoiceField(
        label="マイナ保険証の利用登録", choices=(("", "選んでください"), ("yes", "あり"), ("no", "なし・解除した"))
    )
    needs_support = forms.BooleanField(label="要配慮者（資格確認書が要る）", required=False)
    applied = forms.BooleanField(label="資格確認書の交付申請がある", required=False)
    since = DayField(label="いつから")
    basis = _text("根拠", help_text="要配慮者とする理由、確かめた資料など")

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "registered": said["registered"] == "yes", "needs_support": said["needs_support"], "applied": said["applied"],
            "from": said["since"].isoformat(), "basis": said["basis"],
        }  # fmt: skip


class LimitForm(forms.Form):
    """限度額適用・標準負担額減額認定の申請."""

    applied_on = DayField(label="申請年月日")
    arrears = forms.ChoiceField(
        label="滞納",
        choices=YES_NO,
        required=False,
        help_text="70歳未満の人は納付の状況を確かめて選びます。世帯の画面の「期別」に未納が出ます。",
    )
    circumstances = _text(
        "特別の事情・適当と認める理由", help_text="滞納があっても認定するときに入力します（施行規則27条の14の2）。"
    )
    long_stay_from = DayField(
        label="長期入院該当年月日", required=False, help_text="過去12か月の入院が90日を超えた人（区分オ・低所得II）"
    )

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        stay: date | None = said["long_stay_from"]
        return {
            "applied_on": said["applied_on"].isoformat(), "arrears": {"yes": True, "no": False}.get(said["arrears"]),
            "circumstances": said["circumstances"], "long_stay_from": stay.isoformat() if stay else None,
        }  # fmt: skip


class DiseaseForm(forms.Form):
    """特定疾病の認定の申請."""

    disease = forms.ChoiceField(label="疾病")
    applied_on = DayField(label="申請年月日")
    opinion = _text("医師の意見", required=True, help_text="医療機関名と意見書の年月日")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["disease"].choices = [("", "選んでください"), *papers.words("diseases").items()]  # type: ignore[attr-defined]

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"disease": said["disease"], "applied_on": said["applied_on"].isoformat(), "opinion": said["opinion"]}


class EndForm(forms.Form):
    """The end of a 認定."""

    ended_on = DayField(label="終わる日", help_text="この日から認定がなくなります。")

    def payload(self) -> dict[str, Any]:
        return {"ended_on": self.cleaned_data["ended_on"].isoformat()}


class DiseaseEndForm(DiseaseForm):
    """The end of a 特定疾病の認定 (治癒 …)."""

    applied_on = None  # type: ignore[assignment]
    opinion = None  # type: ignore[assignment]
    ended_on = DayField(label="終わる日")

    def payload(self) -> dict[str, Any]:
        return {"disease": self.cleaned_data["disease"], "ended_on": self.cleaned_data["ended_on"].isoformat()}


class RefusalForm(forms.Form):
    """The refusal of an application."""

    application = forms.ChoiceField(label="申請")
    applied_on = DayField(label="申請年月日")
    why = _text(
        "却下の理由", required=True, rows=4, most=500, help_text="根拠の規定と事実を書きます。そのまま通知に載ります（行政手続法8条）。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["application"].choices = [("", "選んでください"), *papers.words("applications").items()]  # type: ignore[attr-defined]

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"application": said["application"], "applied_on": said["applied_on"].isoformat(), "reason": said["why"]}


class SpecialForm(forms.Form):
    """特別療養費への変更, decided for this household. The days of the hearing and what was said come from the 事前通知."""

    since = DayField(label="特別療養費に変わる日")
    circumstances = _text("特別の事情の有無と内容", required=True, most=500, rows=3)
    decision = _text("決定の理由", required=True, most=500, rows=3)

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"from": said["since"].isoformat(), "circumstances": said["circumstances"], "decision": said["decision"]}


class SpecialEndForm(forms.Form):
    """The return to ordinary benefits."""

    since = DayField(label="通常の給付に戻る日")

    def payload(self) -> dict[str, Any]:
        return {"from": self.cleaned_data["since"].isoformat(), "end": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of entry: its kind, form and what it says of itself."""

    kind: str
    label: str
    form: Callable[..., Any]
    about: str


ENTRIES: Mapping[str, Entry] = {
    "card": Entry(
        kinds.CARD, "マイナ保険証の利用状況", CardForm,
        "登録のない人・要配慮者には資格確認書を、登録のある人には資格情報のお知らせを交付します（国民健康保険法9条、令和5年改正法附則15条）。",
    ),
    "limit": Entry(
        kinds.LIMIT, "限度額適用・標準負担額減額の認定", LimitForm,
        "適用区分は世帯の判定によります（施行規則26条の3・27条の14の2から27条の14の5まで）。",
    ),
    "limit-end": Entry(kinds.LIMIT_END, "限度額適用認定の終了", EndForm, "認定を終え、証を回収の対象にします。"),
    "disease": Entry(kinds.DISEASE, "特定疾病の認定", DiseaseForm, "申請した月の初日から認定します（施行規則27条の13）。"),
    "disease-end": Entry(kinds.DISEASE_END, "特定疾病の認定の終了", DiseaseEndForm, "治癒などで終わった日を登録します。"),
    "special": Entry(
        kinds.SPECIAL, "特別療養費への変更", SpecialForm,
        "世帯ごとに、事前通知と弁明、特別の事情を確かめて決めます（国民健康保険法54条の3）。子どもは年齢により通常の給付のままです。",
    ),
    "refusal": Entry(
        REFUSAL, "申請の却下", RefusalForm,
        "認められない申請を却下し、理由と教示を載せた通知を作ります。却下も二人で決めます。",
    ),
    "special-end": Entry(kinds.SPECIAL, "特別療養費の解除", SpecialEndForm, "通常の給付に戻します。"),
}  # fmt: skip


# What somebody applies for; the others are found out or decided by the office.
APPLIED = ("card", "limit", "disease", "refusal")


@screen("certificate.issue")
def enter(request: StaffRequest, atena_no: int, name: str) -> HttpResponse:
    """One of the entries, for a person (特別療養費: for the person's household)."""
    actor, on = request.actor, request.business_date
    entry = ENTRIES.get(name)
    if entry is None:
        raise Http404
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    with page(actor, f"certificate.enter.{name}"):
        try:
            person = people.person_history(actor, atena_no, on=on)[0]
        except Person.DoesNotExist as error:
            raise Http404 from error
        standing = queries.certificate_standing(actor, atena_no, person.household_no, on=on)
        hearing = hearing_queries.hearing_of(actor, person.household_no) if name == "special" else None
    form = entry.form(request.POST or None, initial={"applied_on": on, **({"since": on} if name == "card" else {})})
    paper = ApplicantForm(request.POST or None) if name in APPLIED else None
    if request.method == "POST" and form.is_valid() and (paper is None or paper.is_valid()):
        try:
            made = submit(
                by=actor, on=on, kind=entry.kind, title=entry.label,
                payload={**form.payload(), **(hearing.told if hearing else {})},
                persons=[atena_no], household_no=person.household_no,
                evidence={"four": applicant(actor, atena_no, paper, on=on)} if paper else {},
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "確認に回しました。" if made.state == made.PENDING else "登録しました。")
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    context = {"person": person, "standing": standing, "form": form, "paper": paper, "entry": entry, "hearing": hearing}
    return render(request, "eligibility/certificate_entry.html", context, status=422 if form.errors else 200)
