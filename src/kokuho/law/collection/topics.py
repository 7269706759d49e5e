"""The collection topics of `kokuho law`."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.law.collection.allocation import KINDS, Debt, allocate
from kokuho.law.collection.delinquency import Payment, delinquency_charge
from kokuho.law.collection.demand import demand
from kokuho.law.collection.interest import Segment, rate_text
from kokuho.law.collection.prescription import Event, EventKind, prescription
from kokuho.law.collection.refund import refund_interest
from kokuho.law.errors import LawError
from kokuho.law.periods import ONE_DAY
from kokuho.law.premium.settings import SETTINGS
from kokuho.law.results import DATE, ID, YEN, Schema, explained, output, record
from kokuho.law.schema import check, day
from kokuho.law.steps import Step, yen
from kokuho.law.topic import Case, Topic

_SEGMENTS: Schema = {
    "type": "array",
    "items": record(
        {"rate": {"type": "string"}, "days": {"type": "integer"}, "amount": YEN}, ("rate", "days", "amount")
    ),
}


def _segments(found: list[Segment]) -> list[dict[str, Any]]:
    return [{"rate": rate_text(s.rate), "days": s.days, "amount": s.amount} for s in found]


def _segment_steps(found: list[Segment], base: int, word: str, law: str) -> list[Step]:
    return [
        Step(
            f"{word}（{s.first} 〜 {s.last}）",
            f"{yen(base)} × {rate_text(s.rate)} × {s.days}日 ÷ 365（1円未満切捨て）",
            s.amount,
            law,
        )
        for s in found
    ]


_DELINQUENCY_IN = record(
    {"id": ID, "principal": YEN, "due_date": DATE, "paid_date": DATE, "low_rate_months": {"enum": [1, 3]}},
    ("principal", "due_date", "paid_date", "low_rate_months"),
)
_DELINQUENCY_LAW = "地方税法723条・附則3条の2（料は条例）"
_CUT_LAW = "地方税法20条の4の2"


def _delinquency(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _DELINQUENCY_IN)
    due, paid = day(case["due_date"], "due_date"), day(case["paid_date"], "paid_date")
    principal = case["principal"]
    charge = delinquency_charge(principal, due, [Payment(paid, principal)], case["low_rate_months"])
    result = {
        "base": charge.base, "segments": _segments(charge.segments), "raw": charge.raw, "charge": charge.charge
    }  # fmt: skip
    steps = [
        Step("計算の基礎", f"{yen(principal)}（1,000円未満切捨て、2,000円未満は0円）", charge.base, _CUT_LAW),
        *_segment_steps(charge.segments, charge.base, "延滞金", _DELINQUENCY_LAW),
        Step("延滞金の計", " + ".join(yen(s.amount) for s in charge.segments) or yen(0), charge.raw, _DELINQUENCY_LAW),
        Step("納める延滞金", f"{yen(charge.raw)}（100円未満切捨て、1,000円未満は0円）", charge.charge, _CUT_LAW),
    ]
    return explained(result, explain, steps)


DELINQUENCY = Topic(
    "delinquency-charge", "延滞金", _DELINQUENCY_IN,
    output({"base": YEN, "segments": _SEGMENTS, "raw": YEN, "charge": YEN}), _delinquency,
)  # fmt: skip

_REFUND_IN = record({"id": ID, "amount": YEN, "from": DATE, "to": DATE}, ("amount", "from", "to"))
_REFUND_LAW = "地方税法17条の4・附則3条の2（料は自治法231条の3第4項）"


def _refund(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _REFUND_IN)
    first, last = day(case["from"], "from"), day(case["to"], "to")
    if last < first:
        raise LawError("order", "to", "終わりの日が始まりの日より前です。日付を確かめてください。")
    found = refund_interest(case["amount"], first, last)
    result = {"base": found.base, "segments": _segments(found.segments), "raw": found.raw, "interest": found.interest}
    steps = [
        Step("計算の基礎", f"{yen(case['amount'])}（1,000円未満切捨て、2,000円未満は0円）", found.base, _CUT_LAW),
        *_segment_steps(found.segments, found.base, "還付加算金", _REFUND_LAW),
        Step("還付加算金の計", " + ".join(yen(s.amount) for s in found.segments) or yen(0), found.raw, _REFUND_LAW),
        Step("支払う還付加算金", f"{yen(found.raw)}（100円未満切捨て、1,000円未満は0円）", found.interest, _CUT_LAW),
    ]
    return explained(result, explain, steps)


REFUND = Topic(
    "refund-interest", "還付加算金", _REFUND_IN,
    output({"base": YEN, "segments": _SEGMENTS, "raw": YEN, "interest": YEN}), _refund,
)  # fmt: skip

_ALLOCATION_IN = record(
    {
        "id": ID,
        "payment": YEN,
        "order": SETTINGS["appropriation"][0],
        "designated": {"type": "array", "items": ID},
        "debts": {
            "type": "array",
            "items": record(
                {"id": ID, "due_date": DATE, "principal": YEN, "demand_fee": YEN, "delinquency_charge": YEN},
                ("id", "due_date", "principal"),
            ),
        },
    },
    ("payment", "debts"),
)
_KIND_WORDS = {
    "principal": "本料（税）", "demand_fee": "督促手数料", "delinquency_charge": "延滞金",
    "disposition_cost": "滞納処分費",
}  # fmt: skip


def _allocation(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _ALLOCATION_IN)
    debts = [
        Debt(d["id"], day(d["due_date"], f"debts[{i}].due_date"), d["principal"], d.get("demand_fee", 0),
             d.get("delinquency_charge", 0))
        for i, d in enumerate(case["debts"])
    ]  # fmt: skip
    postings, left = allocate(case["payment"], debts, case.get("order", KINDS), case.get("designated", ()))
    steps = [
        Step(f"{p.id} の{_KIND_WORDS[p.kind]}", "納期限の古い順、条例の充当順", p.amount, "民法488条・489条、条例")
        for p in postings
    ]
    if left:
        steps.append(Step("過誤納", "未納額を超える額", left, "地方税法17条"))
    result = {"postings": [p._asdict() for p in postings], "overpaid": left}
    return explained(result, explain, steps)


ALLOCATION = Topic(
    "allocation", "納付の充当", _ALLOCATION_IN,
    output({
        "postings": {"type": "array", "items": record({"id": ID, "kind": {"type": "string"}, "amount": YEN})},
        "overpaid": YEN,
    }),
    _allocation,
)  # fmt: skip

_PRESCRIPTION_IN = record(
    {
        "id": ID,
        "levy_kind": {"enum": ["premium", "tax"]},
        "due_date": DATE,
        "events": {
            "type": "array",
            "items": record(
                {
                    "kind": {"enum": [kind.value for kind in EventKind]},
                    "day": DATE,
                    "end": {"type": ["string", "null"], "format": "date"},
                    "arrived": DATE,
                },
                ("kind", "day"),
            ),
        },
    },
    ("levy_kind", "due_date"),
)


def _optional(raw: Case, key: str, path: str) -> date | None:
    return day(raw[key], f"{path}.{key}") if raw.get(key) else None


def _prescription(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _PRESCRIPTION_IN)
    events = []
    for index, raw in enumerate(case.get("events", [])):
        path = f"events[{index}]"
        events.append(
            Event(EventKind(raw["kind"]), day(raw["day"], f"{path}.day"), _optional(raw, "end", path),
                  _optional(raw, "arrived", path))
        )  # fmt: skip
    state = prescription(case["levy_kind"], day(case["due_date"], "due_date"), events)
    law = "国民健康保険法110条" if case["levy_kind"] == "premium" else "地方税法18条・18条の2"
    last = state.last_day
    steps = [
        *(Step(event.kind.value, f"{event.day} の{event.kind.value}", event.day.isoformat(), law)
          for event in state.applied),
        Step("起算日", "時効の期間が始まる日", state.started.isoformat(), law),
        Step("時効の完成", "この日に完成" if last else "今は進行しない", last.isoformat() if last else None, law),
    ]  # fmt: skip
    result = {
        "started": state.started.isoformat(),
        "last_day": last.isoformat() if last else None,
        "extinct_from": (last + ONE_DAY).isoformat() if last else None,
    }
    return explained(result, explain, steps)


_DAY_OUT: Schema = {"type": ["string", "null"]}
PRESCRIPTION = Topic(
    "prescription", "徴収権の時効", _PRESCRIPTION_IN,
    output({"started": DATE, "last_day": _DAY_OUT, "extinct_from": _DAY_OUT}), _prescription,
)  # fmt: skip

_DEMAND_IN = record(
    {"id": ID, "due_date": DATE, "sent": DATE, "fiscal_year": {"type": "integer"}, "setting": SETTINGS["demand"][0]},
    ("due_date", "sent", "fiscal_year"),
)


def _demand(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _DEMAND_IN)
    setting = {**SETTINGS["demand"][1], **case.get("setting", {})}
    due, sent = day(case["due_date"], "due_date"), day(case["sent"], "sent")
    found = demand(due, sent, case["fiscal_year"], setting)
    steps = [
        Step(
            "督促状を発する期限",
            f"納期限 {due} の後 {setting['days']}日",
            found.send_by.isoformat(),
            "地方税法726条（料は条例）",
        ),
        Step("指定期限", f"発送 {sent} から {setting['answer_days']}日", found.answer_by.isoformat(), "条例"),
        Step(
            "差押えができる日",
            "発した日から起算して10日を経過した日の翌日から",
            found.seizure_from.isoformat(),
            "地方税法728条",
        ),
        Step("督促手数料", "条例の額", found.fee, "条例"),
    ]
    return explained(
        {
            "send_by": found.send_by.isoformat(), "answer_by": found.answer_by.isoformat(),
            "seizure_from": found.seizure_from.isoformat(), "fee": found.fee,
        },
        explain, steps,
    )  # fmt: skip


DEMAND = Topic(
    "demand",
    "督促",
    _DEMAND_IN,
    output({"send_by": DATE, "answer_by": DATE, "seizure_from": DATE, "fee": YEN}),
    _demand,
)

TOPICS: tuple[Topic, ...] = (DELINQUENCY, REFUND, ALLOCATION, PRESCRIPTION, DEMAND)
