"""What an entry of the counter carries, typed: from the form to the entry's payload and back, and the events it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kokuho.desks.eligibility.models import EligibilityEvent
from kokuho.desks.eligibility.plan import Draft, NoticeError

MATCH = "match"
FOUR = {MATCH: "一致", "name": "氏名が違う", "birth": "生年月日が違う", "sex": "性別が違う", "address": "住所が違う"}
# What a payload may carry: nothing else is taken (ENTRY-01).
ITEMS = frozenset(
    {"household_no", "code", "event_on", "notified_on", "cancels", "notifier", "documents", "four", "four_note", "compared", "acquired_on",
     "moved_in_elsewhere", "scheme", "head", "ex_officio", "notices_seen", "other_continues", "informed_on",
     "candidates", "basis", "issue", "place"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice of some members of a household. `code` empty: only a cancellation. `cancels` are numbers of events that no
    longer count (取消し, or with a code 訂正). `candidates` are proposals of 異動整理 that it settles. `compared` holds what the
    paper says of the four items beside the register, as (label, typed, result), by person. `issue`: how the certificates that become
    due are handed over when the notice is confirmed (window, mail), empty when they are not issued with it. `place`: 団体コード of where
    the persons came from or go to."""

    household_no: int
    persons: tuple[int, ...]
    code: str = ""
    event_on: date | None = None
    notified_on: date | None = None
    cancels: tuple[int, ...] = ()
    notifier: str = ""
    documents: tuple[str, ...] = ()
    four: Mapping[int, str] = field(default_factory=dict)
    four_note: str = ""
    compared: Mapping[int, Sequence[Sequence[str]]] = field(default_factory=dict)
    acquired_on: date | None = None
    moved_in_elsewhere: date | None = None
    scheme: str = ""
    head: Mapping[str, bool] = field(default_factory=dict)
    ex_officio: bool = False
    notices_seen: int = 0
    other_continues: bool = False
    informed_on: date | None = None
    candidates: tuple[int, ...] = ()
    basis: str = ""
    issue: str = ""
    place: str = ""

    def payload(self) -> dict[str, Any]:
        """As an entry carries it: plain JSON, without what is empty."""
        raw: dict[str, Any] = {
            "household_no": self.household_no, "code": self.code, "event_on": _iso(self.event_on), "notified_on": _iso(self.notified_on),
            "cancels": list(self.cancels), "notifier": self.notifier, "documents": list(self.documents),
            "four": {str(atena_no): result for atena_no, result in self.four.items()}, "four_note": self.four_note,
            "compared": {str(no): [list(item) for item in items] for no, items in self.compared.items()},
            "acquired_on": _iso(self.acquired_on), "moved_in_elsewhere": _iso(self.moved_in_elsewhere), "scheme": self.scheme,
            "head": dict(self.head), "ex_officio": self.ex_officio,
            "notices_seen": self.notices_seen, "other_continues": self.other_continues, "informed_on": _iso(self.informed_on),
            "candidates": list(self.candidates), "basis": self.basis, "issue": self.issue,
            "place": self.place,
        }  # fmt: skip
        return {name: value for name, value in raw.items() if value}

    @classmethod
    def of(cls, payload: Mapping[str, Any], persons: Sequence[int]) -> Notice:
        """Read an entry's payload back."""
        return cls(
            household_no=payload["household_no"], persons=tuple(persons), code=payload.get("code", ""),
            event_on=_day(payload, "event_on"), notified_on=_day(payload, "notified_on"),
            cancels=tuple(payload.get("cancels", ())), notifier=payload.get("notifier", ""),
            documents=tuple(payload.get("documents", ())),
            four={int(atena_no): result for atena_no, result in payload.get("four", {}).items()},
            compared={int(no): items for no, items in payload.get("compared", {}).items()},
            four_note=payload.get("four_note", ""), acquired_on=_day(payload, "acquired_on"),
            moved_in_elsewhere=_day(payload, "moved_in_elsewhere"), scheme=payload.get("scheme", ""),
            head=payload.get("head", {}), ex_officio=payload.get("ex_officio", False),
            notices_seen=payload.get("notices_seen", 0),
            other_continues=payload.get("other_continues", False), informed_on=_day(payload, "informed_on"),
            candidates=tuple(payload.get("candidates", ())), basis=payload.get("basis", ""), issue=payload.get("issue", ""),
            place=payload.get("place", ""),
        )  # fmt: skip

    def drafts(self) -> list[Draft]:
        """The events that it becomes. Raises `NoticeError` E09 for an event to cancel that does not exist."""
        cancelled = {event.pk: event for event in EligibilityEvent.objects.filter(pk__in=self.cancels)}
        if missing := set(self.cancels) - set(cancelled):
            raise NoticeError("E09", f"取り消す異動（{min(missing)}）がありません。画面を開き直して確かめてください。")
        found = [
            Draft(event.atena_no, event.household_no, event.event_on, cancels=event.pk, notified_on=self.notified_on)
            for event in cancelled.values()
        ]
        if self.code and self.event_on is not None:
            detail = {
                name: value
                for name, value in (
                    ("acquired_on", _iso(self.acquired_on)), ("moved_in_elsewhere", _iso(self.moved_in_elsewhere)),
                    ("scheme", self.scheme), ("ex_officio", self.ex_officio), ("place", self.place),
                )
                if value
            }  # fmt: skip
            found += [
                Draft(atena_no, self.household_no, self.event_on, self.code, self.notified_on, detail=detail)
                for atena_no in self.persons
            ]
        return found


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(payload: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(payload[name]) if payload.get(name) else None
