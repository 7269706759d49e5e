"""What every page of an entry shares: the second person's word, and the record of the identity check in words."""

from __future__ import annotations

from typing import Any

from django import forms

from kokuho.core import entries as registry


class WordForm(forms.Form):
    """The second person's word; a reason is needed to return and to withdraw."""

    reason = forms.CharField(
        label="意見・差戻しの理由", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="差し戻すとき・取り下げるときは必ず入力してください。",
    )  # fmt: skip


def identity_words(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """The record of the identity check and of the comparison of the four items in words."""
    return _identity(evidence.get("identity")) + _four(evidence.get("four"))


def _four(four: Any) -> list[tuple[str, str]]:
    if not isinstance(four, dict):
        return []
    if four.get("by_eye"):
        return [("4情報の照合", "申請書と見比べ、4項目とも一致")]
    lines = [(f"4情報　{label}", f"{typed or '—'}　{words}") for label, typed, words, _ in four.get("items", ())]
    return lines + ([("4情報が違うときの判断", four["decision"])] if four.get("decision") else [])


def _identity(identity: Any) -> list[tuple[str, str]]:
    if not identity:
        return []
    choices = registry.identity_choices()
    documents = "、".join(choices["documents"].get(key, key) for key in identity.get("documents") or ())
    lines = [
        ("届出に来た人", choices["bringers"].get(identity.get("bringer"), {}).get("label", "")),
        ("本人確認", choices["methods"].get(identity.get("method"), {}).get("label", "")),
        ("確認書類", documents),
        ("質問した事項", str(identity.get("questions") or "")),
        ("代理権の確認", str(identity.get("authority") or "")),
    ]
    return [(label, text) for label, text in lines if text]
