"""個別事項（年金） as a registration."""

from __future__ import annotations

from datetime import date

from kokuho.core.access import Actor
from kokuho.desks.people.models import PensionMatter
from kokuho.desks.people.registrations.kind import Column, Registration, RegistrationError, Values


def _check(by: Actor, on: date, atena_no: int, values: Values) -> None:
    """A membership has a kind, a pension drawn has none."""
    membership = values.get("membership") or PensionMatter.NONE
    if (values["matter"] == PensionMatter.MEMBERSHIP) != (membership != PensionMatter.NONE):
        raise RegistrationError("A42", "国民年金の加入では被保険者の種別を選び、年金の受給では選ばないでください。")


def _describe(values: Values) -> str:
    membership = dict(PensionMatter.CLASSES)[values["membership"]] if values.get("membership") else ""
    return "　".join(part for part in (dict(PensionMatter.MATTERS)[values["matter"]], membership, f"（{values['source']}）") if part)


PENSION = Registration(
    code="pension", label="個別事項（年金）", model=PensionMatter, key=("matter",), read="eligibility.read",
    columns=(Column("matter", "事項", "choice", PensionMatter.MATTERS),
             Column("membership", "被保険者の種別", "choice", PensionMatter.CLASSES, required=False, initial=PensionMatter.NONE,
                    help="国民年金の加入のときだけ選びます"),
             Column("source", "確認した書類・方法", length=100, help="年金証書、国民年金担当への照会など。基礎年金番号は入力しません")),
    describe=_describe, enter="note.change", confirm="note.confirm", check=_check,
    follows="資格の適正化・特例の確認で参照します。資格・賦課は変わりません。",
)  # fmt: skip
