"""口座・公金受取口座の希望 as registrations: checked against the master of banks, holder's kana as banks take it."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from zengin_code import Bank

from kokuho.core.access import Actor
from kokuho.desks.people.models import AccountWish, BankAccount
from kokuho.desks.people.models.account import BENEFIT, PURPOSES, REFUND
from kokuho.desks.people.registrations.kind import Column, Registration, RegistrationError, Values
from kokuho.formats import yucho
from kokuho.formats.kana import KanaError, bank_kana, narrow


def _digits(text: Any) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).replace("-", "").replace(" ", "")


def _prepared(values: dict[str, Any]) -> dict[str, Any]:
    kept = {
        **values,
        **{
            c: _digits(values.get(c))
            for c in ("bank_code", "branch_code", "account_number", "yucho_symbol", "yucho_number")
        },
    }
    if kept["yucho_symbol"] or kept["yucho_number"]:
        try:
            account = yucho.from_symbol(kept["yucho_symbol"], kept["yucho_number"])
        except ValueError as error:
            raise RegistrationError("K01", f"ゆうちょ銀行の記号・番号: {error}。") from error
        kept |= {
            "bank_code": account.bank_code, "branch_code": account.branch_code, "account_type": account.account_type,
            "account_number": account.account_number,
        }  # fmt: skip
    kept["account_number"] = kept["account_number"].zfill(7) if kept["account_number"] else ""
    if not (kept["account_number"].isascii() and kept["account_number"].isdigit() and len(kept["account_number"]) == 7):
        raise RegistrationError("K02", "口座番号は7桁以内の数字で入力してください。")
    bank = Bank.all.get(kept["bank_code"])
    if bank is None:
        raise RegistrationError(
            "K03", f"金融機関コード {kept['bank_code'] or '（空欄）'} は金融機関の一覧にありません。"
        )
    if kept["branch_code"] not in bank.branches:
        raise RegistrationError("K04", f"{bank.name}に支店コード {kept['branch_code'] or '（空欄）'} はありません。")
    try:
        whole = narrow(str(kept["holder_kana"])).text
        kept["holder_kana"] = bank_kana(str(kept["holder_kana"]), 48)
    except KanaError as error:
        raise RegistrationError("K05", f"口座名義（カナ）: {error}") from error
    if not whole.strip():
        raise RegistrationError("K05", "口座名義（カナ）を入力してください。")
    return kept


def _check(by: Actor, on: date, atena_no: int, values: Values) -> None:
    from kokuho.desks.people.masters import branch_problem

    if problem := branch_problem(values["bank_code"], values["branch_code"], on=on):
        raise RegistrationError("K06", problem)


def masked(number: str) -> str:
    """An account number on lists: its last three digits."""
    return f"****{number[-3:]}"


def bank_words(bank_code: str, branch_code: str) -> str:
    """Names of bank and branch; the codes where the list does not have them."""
    bank = Bank.all.get(bank_code)
    branch = bank.branches.get(branch_code) if bank else None
    return f"{bank.name if bank else bank_code} {branch.name if branch else branch_code}"


def _describe(values: Values) -> str:
    purpose = dict(PURPOSES)[values["purpose"]]
    tax = "" if not values.get("tax_item") else f"・{dict(BankAccount.TAX_ITEMS)[values['tax_item']]}"
    kind = dict(BankAccount.TYPES).get(values["account_type"], "")
    return (
        f"{purpose}{tax}　{bank_words(values['bank_code'], values['branch_code'])} {kind} {masked(values['account_number'])}"
        f"　{values['holder_kana']}"
    )


ACCOUNT = Registration(
    code="account", label="口座", model=BankAccount, key=("purpose", "tax_item"), read="bank.read",
    columns=(Column("purpose", "用途", "choice", PURPOSES),
             Column("tax_item", "税目", "choice", BankAccount.TAX_ITEMS, initial=BankAccount.EVERY_TAX),
             Column("bank_code", "金融機関コード", required=False, length=4, help="4桁。ゆうちょ銀行は記号・番号だけでよい"),
             Column("branch_code", "支店コード", required=False, length=3, help="3桁"),
             Column("account_type", "預金種目", "choice", BankAccount.TYPES, initial=BankAccount.ORDINARY),
             Column("account_number", "口座番号", required=False, length=7),
             Column("yucho_symbol", "ゆうちょ記号", required=False, length=5, help="5桁。店番・口座番号に換えて登録します"),
             Column("yucho_number", "ゆうちょ番号", required=False, length=8),
             Column("holder_kana", "口座名義（カナ）", length=48, help="ひらがな・全角でも可。銀行の文字に換えます"),
             Column("source", "出どころ", "choice", BankAccount.SOURCES, initial=BankAccount.APPLICATION),
             Column("applied_on", "申請日", "day", required=False)),
    describe=_describe, enter="bank.change", confirm="bank.confirm",
    secret=frozenset({"bank_code", "branch_code", "account_number", "yucho_symbol", "yucho_number"}), prepare=_prepared,
    check=_check, follows="次に作る振替・支払の依頼から、この口座を使います。同じ用途・税目の口座は、その日から置き換わります。",
)  # fmt: skip

WISH = Registration(
    code="account_wish", label="公金受取口座の希望", model=AccountWish, key=("purpose",), read="bank.read",
    columns=(Column("purpose", "用途", "choice", ((REFUND, "還付"), (BENEFIT, "給付"))),
             Column("wished", "利用を希望する", "flag", required=False, initial=True),
             Column("source", "希望を聞いた書類・方法", length=100)),
    describe=lambda v: f"{dict(PURPOSES)[v['purpose']]}　{'希望する' if v.get('wished') else '希望しない'}（{v['source']}）",
    enter="bank.change", confirm="bank.confirm",
    follows="支払のとき、希望がある人だけ公金受取口座の照会をします。",
)  # fmt: skip
