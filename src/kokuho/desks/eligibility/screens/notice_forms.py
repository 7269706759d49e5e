"""The form of a notice: members, reason, dates, papers, identity; what it asks depends on the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.entries import identity_choices
from kokuho.core.screens.fields import DayField
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.notices.kinds import NoticeReason, groups, notice_reasons, place_label
from kokuho.desks.eligibility.notices.payload import FOUR, MATCH, Notice
from kokuho.desks.eligibility.notices.rules import HEAD_CONDITIONS
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people import municipalities
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.reasons import ReasonKind

# What is typed from the paper, to be compared with the register (people.compare_four).
PAPER = {"name": "氏名", "birth_date": "生年月日", "sex": "性別", "address": "住所"}
_ITEM = {"name": "name", "kana": "name", "birth_date": "birth", "sex": "sex", "address": "address"}
CODES = (
    ("", "番号か名前で選んでください"),
    *((group.label, tuple((r.code, f"{r.code} {r.label}") for r in group.reasons)) for group in groups()),
)
_TEXT = {"autocomplete": "off"}
_ASK: Mapping[str, Mapping[str, Any]] = {
    "acquired_on": {
        "acquired_on": lambda: DayField(
            label="都道府県の資格取得日", required=False, help_text="転出証明書などで分かるとき。空欄なら仮の日付になります。"
        )
    },
    "moved_in_elsewhere": {
        "moved_in_elsewhere": lambda: DayField(
            label="転出先での転入日", required=False, help_text="分かるとき。転出日と同じ日なら、その日に資格が終わります。"
        )
    },
    "scheme": {
        "scheme": lambda: forms.CharField(
            label="相手の保険者", max_length=100, required=False, widget=forms.TextInput(attrs=_TEXT),
            help_text="保険者名・記号番号など、確かめたもの。",
        )
    },
    "place": {
        "place": lambda: forms.CharField(
            max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT), help_text=f"{municipalities.HELP}。"
        )
    },
    "head": {
        f"head_{key}": partial(forms.BooleanField, label=label, required=False) for key, label in HEAD_CONDITIONS.items()
    },
    "duplicate": {
        "notices_seen": lambda: forms.IntegerField(
            label="資格重複が続けて確認された回数", min_value=0, max_value=99, required=False
        ),
        "other_continues": lambda: forms.BooleanField(label="社会保険の資格が続いている", required=False),
        "informed_on": lambda: DayField(label="届出を勧奨した日", required=False),
    },
}  # fmt: skip


class NoticeForm(forms.Form):
    """A notice of members of a household. The fields of the reason and of each member are added for what was chosen."""

    code = forms.ChoiceField(label="異動事由", choices=CODES)
    event_on = DayField(label="異動日")
    notified_on = DayField(label="届出日", required=False)
    notifier = forms.CharField(label="届出人", max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT))
    persons = forms.MultipleChoiceField(label="異動する人", widget=forms.CheckboxSelectMultiple)
    documents = forms.MultipleChoiceField(
        label="確かめた書類", required=False, widget=forms.CheckboxSelectMultiple
    )
    bringer = forms.ChoiceField(label="届出に来た人", required=False)
    method = forms.ChoiceField(label="本人確認の方法", required=False)
    identity_documents = forms.MultipleChoiceField(
        label="本人確認書類", required=False, widget=forms.CheckboxSelectMultiple
    )
    questions = forms.CharField(label="質問して確かめたこと", max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT))
    authority = forms.CharField(label="代理権を確かめた書類", max_length=100, required=False, widget=forms.TextInput(attrs=_TEXT))
    four_note = forms.CharField(label="4情報が違うときの判断", max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT))
    ex_officio = forms.BooleanField(label="職権で処理する（届出なし）", required=False)
    reason = forms.CharField(
        label="理由・備考", max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT),
        help_text="取消し・訂正・職権処理では必ず入力します。",
    )  # fmt: skip
    issue = forms.ChoiceField(label="証・お知らせの交付", required=False)
    cancels = forms.CharField(required=False, widget=forms.HiddenInput)
    candidates = forms.CharField(required=False, widget=forms.HiddenInput)
    basis = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, members: Sequence[PersonView], code: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members
        self.entry: NoticeReason | None = notice_reasons().get(code)
        fields = self.fields
        fields["persons"].choices = [(str(m.atena_no), m.name) for m in members]
        for member in members:
            fields[f"four_{member.atena_no}"] = forms.ChoiceField(
                label=f"{member.name}の4情報", choices=(("", "選んでください"), *FOUR.items()), required=False
            )
            for name, label in PAPER.items():
                fields[f"{name}_{member.atena_no}"] = forms.CharField(
                    label=f"{member.name}の{label}", max_length=200, required=False,
                    widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": label}),
                )  # fmt: skip
        choices = identity_choices()
        fields["bringer"].choices = [(key, row["label"]) for key, row in choices["bringers"].items()]
        fields["method"].choices = [("", "選んでください"), *((key, row["label"]) for key, row in choices["methods"].items())]
        fields["identity_documents"].choices = list(choices["documents"].items())
        methods = papers.words("methods")
        fields["issue"].choices = [
            *((code, f"確認と同時に交付する（{label}）") for code, label in methods.items()), ("", "この届出では交付しない")
        ]  # fmt: skip
        if not self.issuing:
            del fields["issue"]
        if self.entry is not None:
            fields["event_on"].label = self.entry.day
            fields["documents"].choices = list(self.entry.documents)
            for part in self.entry.ask:
                for name, make in _ASK[part].items():
                    fields[name] = make()
            if "place" in fields:
                fields["place"].label = place_label(code)

    @property
    def issuing(self) -> bool:
        """Whether certificates may be issued with it: an acquisition, no correction."""
        return self.entry is not None and self.entry.kind is ReasonKind.ACQUISITION and not self["cancels"].value()

    @property
    def rows(self) -> list[tuple[PersonView, bool, Any]]:
        """Members with whether they are ticked and the field of their 4情報."""
        chosen = {str(value) for value in (self["persons"].value() or ())}
        return [(m, str(m.atena_no) in chosen, self[f"four_{m.atena_no}"]) for m in self.members]

    @property
    def asked(self) -> list[Any]:
        """The fields that only this reason has."""
        if self.entry is None:
            return []
        return [self[name] for part in self.entry.ask for name in _ASK[part]]

    def notice(self, household_no: int) -> Notice:
        """What was typed. Call after `is_valid`. Raises `MunicipalityError` for a name that tells no municipality."""
        typed = self.cleaned_data
        persons = tuple(int(number) for number in typed["persons"])
        return Notice(
            household_no=household_no, persons=persons, code=typed["code"], event_on=typed["event_on"],
            notified_on=None if typed["ex_officio"] else typed["notified_on"], cancels=numbers(typed["cancels"]),
            notifier=typed["notifier"].strip(), documents=tuple(typed["documents"]),
            four={number: result for number in persons if (result := typed.get(f"four_{number}"))}, four_note=typed["four_note"].strip(),
            acquired_on=typed.get("acquired_on"), moved_in_elsewhere=typed.get("moved_in_elsewhere"),
            scheme=typed.get("scheme", "").strip(),
            head={key: typed[f"head_{key}"] for key in HEAD_CONDITIONS if typed.get(f"head_{key}")},
            ex_officio=typed["ex_officio"], notices_seen=typed.get("notices_seen") or 0,
            other_continues=bool(typed.get("other_continues")), informed_on=typed.get("informed_on"),
            candidates=numbers(typed["candidates"]), basis=typed["basis"], issue=typed.get("issue", ""),
            place=municipalities.code_of(typed.get("place", ""), on=typed["event_on"]),
        )  # fmt: skip

    @property
    def paper(self) -> list[tuple[PersonView, list[Any]]]:
        """The fields for what the paper says of each member."""
        return [(m, [self[f"{name}_{m.atena_no}"] for name in PAPER]) for m in self.members]

    @property
    def typed_anything(self) -> bool:
        """Whether something was typed from the paper."""
        return any(bound.value() for _, fields in self.paper for bound in fields)

    def compared(self, by: Actor, notice: Notice, on: date) -> Notice:
        """The notice with the four items of the paper compared with the register, for those of whom something was typed: an item
        that differs decides, whatever was chosen by eye; where all four agree, nothing need be chosen (ENTRY-04)."""
        four, items = dict(notice.four), {}
        for number in notice.persons:
            typed = {name: self.cleaned_data.get(f"{name}_{number}", "") for name in PAPER}
            if not any(typed.values()):
                continue
            found = people.compare_four(by, number, typed, on=on)
            items[number] = [(item.label, item.typed, item.words) for item in found]
            differing = next((_ITEM[item.name] for item in found if item.state == "different"), None)
            if differing is not None:
                four[number] = differing
            elif all(item.agrees for item in found):
                four.setdefault(number, MATCH)
        return replace(notice, four=four, compared=items)

    def identity(self) -> dict[str, Any]:
        """The record of the identity check (ENTRY-05)."""
        typed = self.cleaned_data
        if typed["ex_officio"]:
            return {"bringer": "office", "method": "own_records", "documents": []}
        return {
            "bringer": typed["bringer"], "method": typed["method"], "documents": list(typed["identity_documents"]),
            "questions": typed["questions"].strip(), "authority": typed["authority"].strip(),
        }  # fmt: skip


class CancelForm(forms.Form):
    """Why events are taken back."""

    reason = forms.CharField(label="取り消す理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    cancels = forms.CharField(widget=forms.HiddenInput)
    candidates = forms.CharField(required=False, widget=forms.HiddenInput)


def numbers(text: str) -> tuple[int, ...]:
    """``1,2`` → (1, 2); what is no number is left out."""
    return tuple(int(part) for part in text.split(",") if part.isascii() and part.isdigit() and len(part) < 19)


def usual_issue(by: Actor) -> str:
    """How certificates are usually handed over with a notice: at the counter, by whoever may issue them; not at all before the
    municipality has its 保険者番号."""
    try:
        papers.insurer()
    except CertificateError:
        return ""
    return "window" if by.may("certificate.issue") else ""


def typed(params: QueryDict, members: Sequence[PersonView]) -> dict[str, Any]:
    """What stood in the form before another reason was chosen, whichever reason it was for."""
    asked = [name for part in _ASK.values() for name in part]
    own = [f"{name}_{member.atena_no}" for member in members for name in ("four", *PAPER)]
    names = [name for name in (*NoticeForm.base_fields, *asked, *own) if name in params]
    return {name: params.getlist(name) if name in ("persons", "documents", "identity_documents") else params[name] for name in names}


def initial(params: QueryDict, members: Sequence[PersonView], on: date) -> dict[str, Any]:
    """What the form begins with: from the address (a candidate, a correction), else today's notice by the head."""
    head = next((m for m in members if m.is_head), None)
    persons = numbers(str(params.get("persons", "")))
    return {
        "code": params.get("code", ""), "event_on": params.get("event_on") or None, "notified_on": params.get("notified_on") or on,
        "persons": [str(number) for number in persons], "cancels": params.get("cancels", ""),
        "candidates": params.get("candidates", ""), "bringer": "household", "notifier": head.name if head else "",
    }  # fmt: skip
