"""What a kind of status (資格の特例) is made of: its items, how its period follows from them, and the person it is about.

A status is entered as the facts of the paper (離職日, 出産予定日 …). The period is never typed where the law computes it; the
facts are kept beside it in `Status.detail["entered"]`, so that the explanation can be given again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.desks.people import municipalities
from kokuho.law.steps import Step


class StatusError(CodedError):
    """The status cannot be entered as asked; nothing was changed. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the paper. In an entry every value is text: a day as ISO date, a flag as ``1`` or empty, a municipality as its
    6-digit code, which must stand in the table on the day that the first filled item of `on` says."""

    name: str
    label: str
    kind: Literal["text", "date", "choice", "flag", "municipality"] = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    on: tuple[str, ...] = ()

    def day(self, values: Mapping[str, str], on: date) -> date:
        """The day on which a municipality's code must stand in the table; `on` when no item says it."""
        told = next((values[name] for name in self.on if values.get(name)), "")
        return date.fromisoformat(told) if told else on

    def shown(self, value: str, values: Mapping[str, str], on: date) -> str:
        """A value in words; `values` are those of the same entry."""
        if not value:
            return "いいえ" if self.kind == "flag" else "—"
        if self.kind == "date":
            return era.long(date.fromisoformat(value))
        if self.kind == "flag":
            return "はい"
        if self.kind == "municipality":
            return municipalities.words(value, on=self.day(values, on))
        return dict(self.choices).get(value, value)


@dataclass(frozen=True, slots=True)
class Insured:
    """The stays of a person: first day, first day no longer insured here (None = still insured), 取得日."""

    start: date
    end: date | None
    acquired_on: date


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a status is about, as far as the rules need to know."""

    atena_no: int
    household_no: int
    birth_date: date
    municipality: str  # 団体コード of this city
    stays: Sequence[Insured] = ()
    elderly_from: date | None = None
    memberships: Sequence[Any] = ()
    merged: frozenset[str] = frozenset()  # 団体コード of the municipalities that this city succeeded

    def insured_on(self, day: date) -> Insured | None:
        """The stay that covers a day."""
        return next((s for s in self.stays if s.start <= day and (s.end is None or day < s.end)), None)

    def insured_between(self, start: date, end: date | None) -> bool:
        """True when any stay touches [start, end)."""
        return any((end is None or s.start < end) and (s.end is None or start < s.end) for s in self.stays)


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from the items: the period [start, end), what is kept of it, the steps, what to do next, and the day by which
    it has to be looked at again (更新・在所や在学の確認)."""

    start: date
    end: date | None
    steps: tuple[Step, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    review_on: date | None = None


Values = Mapping[str, str]
Compute = Callable[[Subject, Values, date], Computed]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusKind:
    """A kind of status: what is entered, how the period follows, what the office does next."""

    code: str
    label: str
    article: str
    about: str
    items: tuple[Item, ...]
    compute: Compute
    review_label: str = ""
    next_steps: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        """Code of its entries (`core.entries`)."""
        return f"status.{self.code}"


def day(values: Values, name: str) -> date | None:
    """A date among the values; None when it was left empty."""
    text = values.get(name, "")
    return date.fromisoformat(text) if text else None


def must(values: Values, name: str, label: str) -> date:
    """A date that cannot be left empty. Raises `StatusError` STA01."""
    found = day(values, name)
    if found is None:
        raise StatusError("STA01", f"{label}を入力してください。")
    return found


def ordered(first: date, last: date | None, labels: tuple[str, str]) -> None:
    """Raises `StatusError` STA03 when the second day is before the first."""
    if last is not None and last < first:
        raise StatusError("STA03", f"{labels[1]}（{era.long(last)}）が{labels[0]}（{era.long(first)}）より前です。")


def must_be_insured(subject: Subject, start: date, end: date | None) -> None:
    """Raises `StatusError` STA04 when the person has no qualification within the period."""
    if not subject.insured_between(start, end):
        raise StatusError("STA04", "この期間に国保の資格がありません。先に資格の届出を処理してください。")


NOTIFIED = Item("notified_on", "届出日", "date", required=False, help="職権で登録するときは空けます。")
BASIS = Item(
    "basis", "確認した方法", "choice",
    choices=(
        ("document", "書類の提示"), ("inquiry", "情報照会の回答"), ("slip", "前の市区町村の連絡票・証明書"),
        ("register", "住民記録などの公簿（職権）"),
    ),
)  # fmt: skip
DOCUMENT = Item("document", "書類の名称・番号、照会の番号", required=False)
