"""What was typed into the one search field, understood: names, kana, dates, numbers, addresses, in any mixture."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from django.db.models import Q

from kokuho.core import audit, era, folding, sealing
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.people.models import BELIEVED, Contact, NumberJoin, Person, Protection, SavedSearch
from kokuho.formats.checkdigits import my_number_ok

Kind = Literal["kana", "name", "birth", "number", "symbol", "postal", "phone", "address"]

_KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\uff66-\uff9f\s・･ー－-]+")
_SYMBOL_NUMBER = re.compile(r"(?P<symbol>[^\s\-・･:：]{1,10})[\-・･:：](?P<number>\d{1,10})(?:[\-・･:：]\d{2})?")
_PHONE = re.compile(r"0\d{9,10}")
_PLACE_SIGN = re.compile(r"\d|丁目|番地|[町丁字区市郡村]")
# The list shows this many at most; beyond it a clerk types more.
MOST = 1000
SHORTEST_KANA = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a part of what was typed. `shown` is what the clerk is told, `value` what is searched for."""

    kind: Kind
    label: str
    shown: str
    value: str | date | int | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was typed with all its readings; a person must match one of them, in every part."""

    typed: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who matches. `by_history`: what matched was true earlier (a former name, address or household)."""

    atena_no: int
    household_no: int
    resident: bool
    by_history: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Who matches, residents first, in the order of kana. `more`: there are more than are searched through."""

    matches: tuple[Match, ...]
    more: bool


_TWELVE = re.compile(r"(?<!\d)(?:\d[ \-‐－ー]?){11}\d(?!\d)")


def is_my_number(typed: str) -> bool:
    """True when a My Number seems to have been typed: twelve digits with its check digit that are nobody's 宛名番号. It must
    neither be searched for here nor shown again (MYNUM-04, -08)."""
    for found in _TWELVE.findall(unicodedata.normalize("NFKC", typed)):
        digits = re.sub(r"\D", "", found)
        if my_number_ok(digits) and not Person.objects.filter(atena_no=int(digits)).exists():
            return True
    return False


def understand(typed: str) -> list[Part]:
    """The parts of what was typed. Parts are separated by spaces; the words of a name go together."""
    parts: list[Part] = []
    words: list[str] = []
    for raw in typed.split():
        readings = _exact(unicodedata.normalize("NFKC", raw))
        if readings:
            parts.append(Part(raw, readings))
        else:
            words.append(raw)
    kana = [word for word in words if _KANA.fullmatch(word)]
    places = [word for word in words if word not in kana and re.search(r"\d", unicodedata.normalize("NFKC", word))]
    names = [word for word in words if word not in kana and word not in places]
    for group, read in ((kana, _kana), (names, _name), (places, _place)):
        if group:
            parts.append(Part(" ".join(group), read("".join(group))))
    return parts


def _exact(part: str) -> tuple[Reading, ...]:
    """Dates and numbers."""
    found: list[Reading] = []
    try:
        born = era.parse(part)
        found.append(Reading("birth", "生年月日", era.long(born), born))
    except ValueError:
        born = None
    digits = part.replace("〒", "").replace("-", "")
    if digits.isascii() and digits.isdigit():
        if len(digits) == 7 and not part.replace("〒", "").startswith("-"):
            found.append(Reading("postal", "郵便番号", f"{digits[:3]}-{digits[3:]}", digits))
        if _PHONE.fullmatch(digits):
            found.append(Reading("phone", "電話番号", part, digits))
        if digits == part and len(digits) <= 15:
            found.append(Reading("number", "宛名番号（旧番号も）・世帯番号・通知書番号・被保険者番号", digits, int(digits)))
    if born is None and (match := _SYMBOL_NUMBER.fullmatch(part)):
        symbol, number = match["symbol"], match["number"]
        found.append(Reading("symbol", "記号番号", f"{symbol}・{number}", (symbol, number)))
        if not symbol.isdigit() and symbol[-1:].isdigit():
            # 川国12-345 is a 記号番号, 青木2-1 an address: only the register knows.
            found += _place(part)
    return tuple(found)


def _kana(text: str) -> tuple[Reading, ...]:
    folded = folding.kana(text)
    return (Reading("kana", "カナ", folded, folded),)


def _name(text: str) -> tuple[Reading, ...]:
    folded = folding.name(text)
    name = Reading("name", "氏名", folded, folded)
    return (name, *_place(text)) if _PLACE_SIGN.search(text) else (name,)


def _place(text: str) -> tuple[Reading, ...]:
    place = folding.place(text)
    return (Reading("address", "住所", place, place),)


def criteria(parts: Sequence[Part]) -> list[dict[str, str]]:
    """The criteria for the operation record: kinds and keyed digests. An inspector who asks whether a name was searched for
    can compare digests; the record itself holds no name and no address (LOG-02)."""
    key = sealing.derive("search-criteria")
    return [
        {"kind": reading.kind, "digest": hmac.new(key, reading.shown.encode(), sha256).hexdigest()[:16]}
        for part in parts
        for reading in part.readings
    ]


def find(by: Actor, parts: Sequence[Part], *, households: Mapping[Reading, Sequence[int]], on: date) -> Found:
    """Persons who match every part in one of its readings. `households` are those that a notice number or 記号番号 led to.

    By address or postal code nobody is found whose address the reader may not see (DV-03).
    """
    by.require("person.search")
    condition = BELIEVED
    by_place = False
    others = _other_numbers(parts, on)
    for part in parts:
        either = Q(pk__in=[])
        for reading in part.readings:
            either |= _condition(reading, households.get(reading, ()), others.get(reading, ()))
            by_place = by_place or reading.kind in ("postal", "address", "phone")
        condition &= either
    rows = Person.objects.filter(condition)
    if by_place and not by.may("protected.read"):
        protected = Protection.objects.filter(BELIEVED).values("atena_no")
        homes = Person.objects.filter(
            BELIEVED, atena_no__in=protected, valid__contains=on, resident_state=Person.RESIDENT
        )
        rows = rows.exclude(atena_no__in=protected).exclude(household_no__in=homes.values("household_no"))
    columns = ("atena_no", "household_no", "search_kana", "birth_date", "valid", "resident_state")
    matched = list(rows.values_list(*columns)[: MOST + 1]) if parts else []
    best: dict[int, tuple[tuple[bool, bool, str, date, int], Match]] = {}
    for atena_no, household_no, kana, birth, valid, state in matched[:MOST]:
        holds = (valid.lower is None or valid.lower <= on) and (valid.upper is None or on < valid.upper)
        resident = holds and state == Person.RESIDENT
        order = (not resident, not holds, kana, birth, atena_no)
        if atena_no not in best or order < best[atena_no][0]:
            best[atena_no] = (order, Match(atena_no, household_no, resident, not holds))
    return Found(tuple(match for _, match in sorted(best.values(), key=lambda item: item[0])), len(matched) > MOST)


def _other_numbers(parts: Sequence[Part], on: date) -> dict[Reading, list[int]]:
    """宛名番号 that a telephone number or an old 宛名番号 leads to. Asked first: as lists they keep the search on its indexes."""
    found: dict[Reading, list[int]] = {}
    for reading in (reading for part in parts for reading in part.readings):
        if reading.kind == "phone":
            rows = Contact.objects.filter(BELIEVED, search_value=reading.value, valid__contains=on)
            found[reading] = list(rows.values_list("atena_no", flat=True)[:MOST])
        elif reading.kind == "number":
            rows = NumberJoin.objects.filter(BELIEVED, atena_no=reading.value, valid__contains=on)
            found[reading] = list(rows.values_list("joined_to", flat=True))
    return found


def _condition(reading: Reading, households: Sequence[int], numbers: Sequence[int]) -> Q:
    value = reading.value
    match reading.kind:
        case "kana":
            return Q(search_kana__startswith=value)
        case "name":
            return Q(search_name__startswith=value) | Q(search_other__startswith=value, search_other__gt="")
        case "birth":
            return Q(birth_date=value)
        case "postal":
            return Q(postal_code=value)
        case "address":
            return _at_place(str(value))
        case "number":
            if numbers:
                # A joined number stands for the person under the new one; the old rows are on the same page.
                return Q(atena_no__in=list(numbers)) | Q(household_no__in=list(households))
            return Q(atena_no=value) | Q(household_no=value) | Q(household_no__in=list(households))
        case "phone":
            return Q(atena_no__in=list(numbers))
        case "symbol":
            return Q(household_no__in=list(households))


def _at_place(place: str) -> Q:
    """``幸町2-3`` finds 幸町2-3 and 幸町2-3-15, not 幸町2-33; without a number every place that begins so."""
    if not place[-1:].isdigit():
        return Q(search_place__startswith=place)
    return Q(search_place=place) | Q(search_place__startswith=f"{place}-")


def refuse_my_number(by: Actor) -> None:
    """Record that a My Number was typed where it does not belong; not the number."""
    audit.record(by, function="search", operation="refuse", result="refused", detail={"why": "my-number"})


def kept(by: Actor) -> list[SavedSearch]:
    """One's own kept searches, by name."""
    by.require("person.search")
    return list(SavedSearch.objects.filter(staff_no=by.staff_no).order_by("label"))


def record(by: Actor, parts: Sequence[Part], shown: Sequence[int]) -> None:
    """Record a search: the criteria and whom it showed."""
    seen(
        by, "people.search", operation="search", persons=shown, row_count=len(shown),
        detail={"criteria": criteria(parts)},
    )  # fmt: skip
