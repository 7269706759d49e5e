"""異動整理: what a change of the resident register gives reason to do about eligibility. Nothing takes effect here (SHI-03)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.models import Municipality
from kokuho.desks.eligibility import facts
from kokuho.desks.eligibility.models import BELIEVED, ChangeCandidate, EligibilityEvent, InsuredPeriod
from kokuho.desks.eligibility.reasons import SAME_DAY, TO_ELDERLY, from_register, label
from kokuho.desks.people.models import Person

# A 届出 is due within 14 days of the event (国民健康保険法施行規則第2条ほか); the office works towards the same day.
NOTICE_DAYS = 14
MOVED_IN, BORN, MOVED, HOUSEHOLD, CORRECTED, NAME, HEAD, STAY, INSURANCE, CANCELLED = (
    "01", "02", "03", "04", "09", "10", "11", "13", "14", "15",
)  # fmt: skip
_FROM_ABROAD = "03"
_Found = tuple[str, dict[str, Any]]


def propose(*, by: Actor, origin: str, row: Mapping[str, Any], event_label: str) -> ChangeCandidate | None:
    """From one change of the register, already taken over by 宛名: what staff should probably do about eligibility."""
    atena_no = row["atena_no"]
    current = InsuredPeriod.objects.filter(BELIEVED, atena_no=atena_no, valid__upper_inf=True).first()
    if row["event"] != CANCELLED and current is None and _registered(row):
        return None
    act, proposal = (
        _cancelled(row, current) or _acquired(row, current) or _lost(row, current) or _changed(row, current) or ("", {})
    )
    if not act or _waits(atena_no, act, proposal):
        return None
    proposal["reason_label"] = label(proposal["reason"]) if proposal.get("reason") else event_label
    return ChangeCandidate.objects.create(
        atena_no=atena_no, household_no=row["household_no"], act=act, event=event_label, event_date=row["event_date"],
        notified_on=row["notified_on"], proposal=proposal, origin=origin, entered_by=by.staff_no,
        due_on=row["event_date"] + timedelta(days=NOTICE_DAYS),
    )  # fmt: skip


def _waits(atena_no: int, act: str, proposal: Mapping[str, Any]) -> bool:
    """Whether the same loss is proposed already and nobody has decided: every later change of the register tells it again."""
    same = ChangeCandidate.objects.filter(atena_no=atena_no, act=act, state=ChangeCandidate.OPEN)
    told = {f"proposal__{name}": proposal.get(name) for name in ("reason", "event_on", "lost_on")}
    return act == "lose" and same.filter(**told).exists()


def _registered(row: Mapping[str, Any]) -> bool:
    """Whether the qualification that the register tells is already known with its end: the loss of 75歳到達 is registered ahead, and
    the register says the same before and after the day."""
    day = row["nhi_lost_on"] or row["nhi_acquired_on"]
    if row["nhi_state"] not in ("1", "2") or day is None:
        return False
    known = InsuredPeriod.objects.filter(BELIEVED, atena_no=row["atena_no"], lost_reason__in=TO_ELDERLY)
    return known.filter(valid__contains=row["nhi_acquired_on"] or day).exists() or known.filter(valid__endswith=day).exists()


def _here(address: str) -> bool:
    """Whether an address lies in this prefecture."""
    here = Municipality.objects.values_list("prefecture", flat=True).first()
    return bool(address and here) and address.startswith(here)


def _cancelled(row: Mapping[str, Any], current: InsuredPeriod | None) -> _Found | None:
    """異動の取消し: the event of that day that no longer has its ground."""
    if row["event"] != CANCELLED:
        return None
    lives_here = row["resident_state"] == Person.RESIDENT
    wanted = EligibilityEvent.LOSS if lives_here else EligibilityEvent.ACQUISITION
    if lives_here == (current is not None):
        return None
    event = next(
        (e for e in facts.surviving([row["atena_no"]]) if e.kind == wanted and e.event_on == row["event_date"]), None
    )
    return ("cancel", {"cancels": [event.pk], "reason": event.code, "event_on": _iso(event.event_on)}) if event else None


def _acquired(row: Mapping[str, Any], current: InsuredPeriod | None) -> _Found | None:
    if current is not None or row["resident_state"] != Person.RESIDENT:
        return None
    if row["nhi_state"] == "1":
        reason = {BORN: "108", INSURANCE: "104"}.get(row["event"], "119")
        event_on = acquired = row["nhi_acquired_on"]
        if row["event"] == MOVED_IN:
            if row["resident_reason"] == _FROM_ABROAD:
                reason = "102"
            elif _here(row["previous_address"]):
                reason, event_on = "103", max(row["event_date"], acquired)
            else:
                reason = "101"
        return "acquire", {"event_on": _iso(event_on), "acquired_on": _iso(acquired), "reason": reason}
    if row["event"] == BORN and row["nhi_state"] == "0" and _household_insured(row["household_no"], row["event_date"]):
        born = _iso(row["birth_date"])
        return "acquire", {"event_on": born, "acquired_on": born, "reason": "108", "doubt": "届出がない。扶養に入る保険を確かめる"}
    return None


def _lost(row: Mapping[str, Any], current: InsuredPeriod | None) -> _Found | None:
    if current is None:
        return None
    left, gone = row["resident_state"], row["nhi_state"] == "2"
    if gone:
        lost_on = row["nhi_lost_on"]
        reason = from_register(row["nhi_lost_reason"], row["birth_date"], lost_on)
        event_on = lost_on if reason in SAME_DAY else lost_on - timedelta(days=1)
    elif left in ("2", "3", "4", "5"):
        # 転出・死亡・職権消除・出国: lost on the day after the event (法第8条第1項).
        reason = {"2": "201", "3": "208", "4": "212", "5": "202"}[left]
        event_on = row["event_date"]
        lost_on = event_on + timedelta(days=1)
    else:
        return None
    if reason == "201" and left == "5":
        reason = "202"
    elif reason == "201" and _here(row["moved_to_address"]):
        reason = "203"
    return "lose", {"lost_on": _iso(lost_on), "event_on": _iso(event_on), "reason": reason}


def _changed(row: Mapping[str, Any], current: InsuredPeriod | None) -> _Found | None:
    """Changes that leave the dates as they are: 世帯, 世帯主, 氏名, 住所, 在留, 訂正. For the insured, and for the head of
    insured persons (擬制世帯主の変更も届け出る: 施行規則第8条・第10条の3)."""
    event, day = row["event"], row["event_date"]
    if event not in (MOVED, HOUSEHOLD, CORRECTED, NAME, HEAD, STAY) or row["resident_state"] != Person.RESIDENT:
        return None
    heads = row["relation"] == "02"
    if current is None and not (heads and _household_insured(row["household_no"], day)):
        return None
    on_day = {"event_on": _iso(day)}
    before = _before(row["atena_no"], day)
    moved = before is not None and before.household_no != row["household_no"]
    if event in (CORRECTED, NAME):
        return _corrected(row, before, on_day)
    if event == HEAD:
        return "change", {**on_day, "reason": _head_reason(row["household_no"], day)}
    if event == STAY:
        return "change", {**on_day, "reason": "311"}
    if moved:
        joins = Person.objects.filter(BELIEVED, household_no=row["household_no"], valid__startswith__lt=day).exists()
        return "change", {**on_day, "reason": "118" if event == MOVED else "304" if joins else "303"}
    return "change", {**on_day, "reason": "309" if event == MOVED else "305"}


def _corrected(row: Mapping[str, Any], before: Person | None, on_day: Mapping[str, Any]) -> _Found | None:
    known = _given_up(row["atena_no"]) or before
    if known is None:
        return None
    items = [name for name in ("birth_date", "sex", "name") if getattr(known, name) != row[name]]
    if not items:
        return None
    reason = "308" if items == ["name"] else ""
    return "change", {**on_day, "reason": reason, "corrected": items, "old_birth": _iso(known.birth_date)}


def _head_reason(household_no: int, day: date) -> str:
    """Why the head changed: the one before died, or left."""
    former = (
        Person.objects.filter(BELIEVED, household_no=household_no, is_head=True, valid__endswith__lte=day)
        .order_by("-valid")
        .first()
    )
    died = former is not None and Person.objects.filter(
        BELIEVED, atena_no=former.atena_no, resident_state=Person.DIED
    ).exists()
    return "301" if died else "302"


def _before(atena_no: int, day: date) -> Person | None:
    """The register's row that ended when the change took effect."""
    return Person.objects.filter(BELIEVED, atena_no=atena_no, valid__endswith=day).first()


def _given_up(atena_no: int) -> Person | None:
    """The belief that was given up last: a correction replaces what was believed of the same days."""
    return Person.objects.filter(atena_no=atena_no, superseded_at__isnull=False).order_by("-superseded_at", "-pk").first()


def _household_insured(household_no: int, day: date) -> bool:
    members = Person.objects.filter(BELIEVED, household_no=household_no, valid__contains=day).values("atena_no")
    return InsuredPeriod.objects.filter(BELIEVED, atena_no__in=members, valid__contains=day).exists()


def _iso(day: date) -> str:
    return day.isoformat()
