"""支援措置と相手方 as registrations: registered, extended and lifted by two persons (DV-01)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.desks.people.models import BELIEVED, Administrator, MailDestination, Opponent, Protection
from kokuho.desks.people.registrations.kind import Column, Registration, RegistrationError, Values

KINDS = tuple((value, words) for value, words in Protection.KINDS if value != Protection.REGISTER)


def _check(by: Actor, on: date, atena_no: int, values: Values) -> None:
    until = values["until"]
    if (until if isinstance(until, date) else date.fromisoformat(until)) < on:
        raise RegistrationError("DV-01", "支援措置の期間の終わりは、処理日より後の日にしてください。")


def unsafe_mail(atena_no: int, on: date) -> list[str]:
    """Registered mail destinations and administrators of a person that were not made sure to be safe."""
    told = []
    if MailDestination.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=on, safe=False).exists():
        told.append("送付先")
    if Administrator.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=on, safe=False).exists():
        told.append("納税・納付管理人")
    return told


def _opponent(by: Actor, on: date, atena_no: int, values: Values) -> None:
    if values.get("opponent_no") == atena_no:
        raise RegistrationError("DV-01", "本人を相手方にすることはできません。")


def _prepared(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "office": str(values.get("office") or "").strip()}


PROTECTION = Registration(
    code="protection", label="支援措置", model=Protection,
    columns=(Column("kind", "種別", "choice", KINDS), Column("until", "支援措置の終わり（更新を確かめる日）", "day"),
             Column("office", "意見を出した相談機関等", required=False, length=100),
             Column("main_no", "主たる申出者の宛名番号", "number", required=False, help="併せて支援を求める人のとき")),
    describe=lambda v: f"{dict(Protection.KINDS).get(v['kind'], '')}　{v.get('office') or ''}",
    enter="protected.change", confirm="protected.confirm", prepare=_prepared, check=_check, open_ended=True, always=True, ends="解除する",
    follows="確認されるとすぐに、住所・連絡先を隠し、印刷を引き抜き、連携に不開示の印を付けます。終わりの日を過ぎても自動では外れません。",
)  # fmt: skip

OPPONENT = Registration(
    code="opponent", label="支援措置の相手方", model=Opponent, key=("place",), read="protected.read",
    columns=(Column("place", "番号", "choice", tuple((n, str(n)) for n in range(1, 6)), initial=1),
             Column("opponent_no", "相手方の宛名番号", "number", required=False),
             Column("name", "相手方の氏名", length=400), Column("relation", "本人との関係", length=60)),
    describe=lambda v: f"{v['name']}（{v['relation']}）", enter="protected.change", confirm="protected.confirm", check=_opponent,
    secret=frozenset({"name", "opponent_no", "relation"}),
    follows="相手方の照会・請求に、本人の住所を出さないよう知らせます。",
)  # fmt: skip
