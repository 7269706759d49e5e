"""本人確認 as every form asks for it (ENTRY-05), and the four items of a paper (ENTRY-04)."""

from __future__ import annotations

from typing import Any

from django import forms

from kokuho.core.entries import identity_choices

_QUIET = {"autocomplete": "off"}
PAPER = ("name", "sex", "birth_date", "address")


def _text(label: str, length: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=False, help_text=help_text, widget=forms.TextInput(attrs=_QUIET)
    )  # fmt: skip


class IdentityForm(forms.Form):
    """Who came, how identity was checked, by which papers."""

    bringer = forms.ChoiceField(label="届出に来た人")
    method = forms.ChoiceField(label="本人確認の方法")
    identity_documents = forms.MultipleChoiceField(label="本人確認書類", required=False, widget=forms.CheckboxSelectMultiple)
    questions = _text("質問して確かめたこと", 200)
    authority = _text("代理権を確かめた書類", 100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = identity_choices()
        fields: dict[str, Any] = self.fields
        fields["bringer"].choices = [(key, row["label"]) for key, row in choices["bringers"].items()]
        fields["method"].choices = [("", "選んでください"), *((key, row["label"]) for key, row in choices["methods"].items())]
        fields["identity_documents"].choices = list(choices["documents"].items())

    def identity(self) -> dict[str, Any]:
        """The record of the identity check. Call after `is_valid`."""
        typed = self.cleaned_data
        return {
            "bringer": typed["bringer"], "method": typed["method"], "documents": list(typed["identity_documents"]),
            "questions": typed["questions"].strip(), "authority": typed["authority"].strip(),
        }  # fmt: skip


class PaperForm(forms.Form):
    """The four items as the paper says them, and the decision when one differs."""

    name = _text("書類の氏名", 100)
    sex = forms.ChoiceField(label="書類の性別", choices=(("", "記載なし"), ("1", "男"), ("2", "女")), required=False)
    birth_date = _text("書類の生年月日", 20, "S55.5.5 の形")
    address = _text("書類の住所", 200, "市区町村より後")
    decision = _text("4情報が違うときの判断", 200)

    def paper(self) -> dict[str, str]:
        """What was typed of the four. Call after `is_valid`."""
        return {name: self.cleaned_data[name].strip() for name in PAPER}


class ApplicantForm(PaperForm):
    """The comparison of an application's four items with the register: typed, or by eye when all four agree."""

    by_eye = forms.BooleanField(label="申請書と登録を見比べ、氏名・性別・生年月日・住所の4項目とも一致した", required=False)
    field_order = ("by_eye",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="paper", **kwargs)
