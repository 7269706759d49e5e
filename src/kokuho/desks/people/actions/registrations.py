"""Registering, replacing, ending and voiding what staff know of a person, each as an entry that a second person confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import entries, era
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry, PeriodFact
from kokuho.desks.people.actions import events
from kokuho.desks.people.models import BELIEVED, Corporation, Person
from kokuho.desks.people.naming import naming
from kokuho.desks.people.queries.persons import protected_among
from kokuho.desks.people.registrations import HIDDEN, REGISTRATIONS, Column, Registration, RegistrationError
from kokuho.desks.people.registrations.protection import unsafe_mail

SET, END, VOID = "set", "end", "void"
_OWN = ("act", "fact", "valid_from", "valid_to", "with_nos")


def enter(
    *,
    by: Actor,
    on: date,
    code: str,
    atena_no: int,
    values: Mapping[str, Any],
    valid_from: date,
    valid_to: date | None = None,
    fact: int | None = None,
    with_nos: Sequence[int] = (),
    reason: str = "",
) -> Entry:
    """Enter something to be registered from a day on (`valid_to`: the first day that it no longer holds).

    `fact` is the row that it replaces; `with_nos` are further persons for whom the same holds (併せて支援を求める者).
    Raises `Refused`, `RegistrationError`, `EntryError`.
    """
    kind = REGISTRATIONS[code]
    kept = kind.prepare({column.name: column.kept(values.get(column.name)) for column in kind.columns})
    payload: dict[str, Any] = {
        **{name: _json(kept.get(name)) for name in kind.names}, "act": SET, "fact": fact,
        "valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat() if valid_to else None,
        "with_nos": list(with_nos),
    }  # fmt: skip
    return pending.submit(
        by=by, on=on, kind=kind.kind, title=f"{kind.label}の登録", payload=payload, persons=[atena_no, *with_nos],
        reason=reason or str(kept.get("reason") or ""),
    )  # fmt: skip


def enter_end(*, by: Actor, on: date, code: str, fact: int, last: date | None, reason: str) -> Entry:
    """Enter that a registration ends with a day (`last`, inclusive), or (None) that it was a mistake and never held.

    Raises `RegistrationError` A09 without a reason, and what the check of an end refuses.
    """
    kind = REGISTRATIONS[code]
    row = kind.model._base_manager.get(pk=fact, superseded_at__isnull=True)
    atena_no: int = row.atena_no  # type: ignore[attr-defined]
    payload = {
        "act": VOID if last is None else END, "fact": fact, "valid_to": (last + timedelta(days=1)).isoformat() if last else None
    }  # fmt: skip
    if not reason.strip():
        raise RegistrationError("A09", "理由を入力してください。")
    what = "取消" if last is None else kind.ends.removesuffix("する")
    return pending.submit(
        by=by, on=on, kind=kind.kind, title=f"{kind.label}の{what}", payload=payload, persons=[atena_no], reason=reason
    )


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _values(kind: Registration, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a payload with their days as days."""
    days = {column.name for column in kind.columns if column.kind == "day"}
    return {name: _day(payload.get(name)) if name in days else payload.get(name) for name in kind.names}


def _row(kind: Registration, payload: Mapping[str, Any], persons: Sequence[int]) -> PeriodFact:
    """The believed row that an ending is about. Raises RegistrationError when it is no longer believed."""
    row = kind.model._base_manager.filter(
        pk=payload.get("fact"), superseded_at__isnull=True, atena_no__in=list(persons)
    )
    found: PeriodFact | None = row.first()
    if found is None:
        raise RegistrationError(
            "A08", f"この{kind.label}は、入力の後に変わりました。もう一度登録の画面から入力してください。"
        )
    return found


def _check(kind: Registration) -> entries.Check:
    def check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
        if not persons:
            raise RegistrationError("A01", "対象の人を選んでください。")
        if kind.secret and not by.may("protected.read") and protected_among(persons):
            by.require("protected.read")
        if payload["act"] != SET:
            row = _row(kind, payload, persons)
            to = _day(payload.get("valid_to"))
            if to is not None and (row.valid.lower is not None and to <= row.valid.lower):
                raise RegistrationError(
                    "A10", "終わりの日は始まりの日より後にしてください。誤って登録したときは取消にしてください。"
                )
            if to is not None and row.valid.upper is not None and to >= row.valid.upper:
                raise RegistrationError("A10", "終わりの日は、登録されている期間の中にしてください。")
            return
        start, end = _day(payload["valid_from"]), _day(payload.get("valid_to"))
        if start is None or (end is not None and end <= start):
            raise RegistrationError("A10", "期間の終わりは始まりより後の日にしてください。")
        known = set(Person.objects.filter(BELIEVED, atena_no__in=list(persons)).values_list("atena_no", flat=True))
        known |= set(
            Corporation.objects.filter(BELIEVED, atena_no__in=list(persons)).values_list("atena_no", flat=True)
        )
        if missing := set(persons) - known:
            raise RegistrationError("A01", f"宛名番号 {'、'.join(map(str, sorted(missing)))} は登録されていません。")
        if payload.get("fact"):
            _row(kind, payload, persons)
        for atena_no in persons:
            kind.check(by, max(on, start), atena_no, _values(kind, payload))

    return check


def _lines(kind: Registration) -> entries.Lines:
    def lines(by: Actor, on: date, entry: Entry) -> list[Line]:
        payload = entry.payload
        hidden = bool(kind.secret) and not by.may("protected.read") and bool(protected_among(entry.persons))
        start, end = _day(payload.get("valid_from")), _day(payload.get("valid_to"))
        if payload["act"] == SET:
            before = _before(kind, entry.persons[0], payload)
        else:
            before = kind.model._base_manager.filter(pk=payload["fact"]).first()
        told = []
        names = naming(by, _mentioned(kind, payload, before), about=entry.persons, on=on)
        for column in kind.columns:
            secret = hidden and column.name in kind.secret
            old = _told(column, getattr(before, column.name), names) if before is not None else ""
            new = _told(column, payload.get(column.name), names) if payload["act"] == SET else old
            if old or new:
                told.append(Line(column.label, HIDDEN if secret else old, HIDDEN if secret else new))
        if payload["act"] == SET:
            told.append(Line("期間", _period(before.valid) if before else "", _words(start, end), kind.follows))
            if payload.get("with_nos"):
                told.append(Line("同じ内容で登録する人", "", "、".join(names[number] for number in payload["with_nos"])))
            if kind.code == "protection":
                told += _protection_lines(by, entry.persons, on)
        elif before is not None:
            after = "取消（初めからなかったことにする）" if payload["act"] == VOID else _words(before.valid.lower, end)
            told.append(Line("期間", _period(before.valid), after, _ending(kind)))
        return told

    return lines


def _mentioned(kind: Registration, payload: Mapping[str, Any], before: PeriodFact | None) -> list[int]:
    """宛名番号 that the page of an entry says, before and after."""
    told = [given for column in kind.columns if column.kind == "number"
            for given in (payload.get(column.name), getattr(before, column.name, None)) if given]  # fmt: skip
    return [*told, *payload.get("with_nos", ())]


def _told(column: Column, value: Any, names: Mapping[int, str]) -> str:
    return names[value] if column.kind == "number" and value else column.words(value)


def _protection_lines(by: Actor, persons: Sequence[int], on: date) -> list[Line]:
    """What the confirming person must see to: mail that would still go where nobody made sure that it is safe."""
    note = "安全を確かめていないため、確認後は使われません。終了するか、確かめて登録し直してください。"
    told = {atena_no: parts for atena_no in persons if (parts := unsafe_mail(atena_no, on))}
    names = naming(by, told, about=persons, on=on)
    return [Line(names[atena_no], "、".join(parts), "", note) for atena_no, parts in told.items()]


def _ending(kind: Registration) -> str:
    if kind.code == "protection":
        return "解除の日から、住所の表示の制限は続けたまま、印刷の引抜と不開示の印を外します。"
    return "この日の後は使いません。履歴は残ります。"


def _period(valid: Any) -> str:
    return _words(valid.lower, valid.upper)


def _words(start: date | None, end: date | None) -> str:
    last = f"{era.long(end - timedelta(days=1))}まで" if end else ""
    return f"{era.long(start) if start else ''}から{last}"


def _before(kind: Registration, atena_no: int, payload: Mapping[str, Any]) -> PeriodFact | None:
    """What holds on the first day of the new period under the same key, or the row that is replaced."""
    rows = kind.model._base_manager.filter(superseded_at__isnull=True, atena_no=atena_no)
    if payload.get("fact"):
        return rows.filter(pk=payload["fact"]).first()
    if kind.key is None:
        return None
    same = {name: payload.get(name) for name in kind.key}
    return rows.filter(**same, valid__contains=_day(payload["valid_from"])).first()


def _apply(kind: Registration) -> entries.Apply:
    def apply(by: Actor, on: date, entry: Entry) -> None:
        origin, payload = f"entry:{entry.pk}", entry.payload
        if payload["act"] == SET:
            start, end = _day(payload["valid_from"]), _day(payload.get("valid_to"))
            assert start is not None
            values = _values(kind, payload)
            for atena_no in entry.persons:
                own = (
                    {"main_no": entry.persons[0]} if kind.code == "protection" and atena_no != entry.persons[0] else {}
                )
                write(
                    kind, atena_no, {**values, **own}, start, end, recorded_by=by.staff_no, origin=origin,
                    replaces=payload.get("fact"),
                )  # fmt: skip
                events.happened(by=by, atena_no=atena_no, kind=kind.code, on=start, origin=origin)
            return
        row = _row(kind, payload, entry.persons)
        to = _day(payload.get("valid_to"))
        if to is not None:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, to))
        else:
            _supersede(kind, [row.pk])
        events.happened(by=by, atena_no=entry.persons[0], kind=kind.code, on=to or on, origin=origin)

    return apply


def _supersede(kind: Registration, ids: Sequence[int]) -> None:
    from django.db.models.functions import Now

    kind.model._base_manager.filter(pk__in=list(ids), superseded_at__isnull=True).update(superseded_at=Now())


def write(
    kind: Registration,
    atena_no: int,
    values: Mapping[str, Any],
    start: date,
    end: date | None,
    *,
    recorded_by: str,
    origin: str,
    replaces: int | None = None,
) -> None:
    """Let something hold over [start, end): what held there under the same key keeps the days before and after.

    Called inside the confirming transaction; everybody who writes a registration goes through here.
    """
    model = kind.model
    rows = model._base_manager.select_for_update().filter(superseded_at__isnull=True, atena_no=atena_no)
    touched = []
    if kind.key is not None:
        touched = list(rows.filter(**{name: values[name] for name in kind.key}, valid__overlap=DateRange(start, end)))
    if replaces is not None:
        touched += [row for row in rows.filter(pk=replaces) if row.pk not in {held.pk for held in touched}]
    _supersede(kind, [row.pk for row in touched])
    same = {"recorded_by": recorded_by, "origin": origin}
    for row in touched:
        kept = {name: getattr(row, name) for name in kind.names}
        lower, upper = row.valid.lower, row.valid.upper
        if lower is None or lower < start:
            model._base_manager.create(atena_no=atena_no, valid=DateRange(lower, start), **kept, **same)
        if end is not None and (upper is None or upper > end) and row.pk != replaces:
            model._base_manager.create(atena_no=atena_no, valid=DateRange(end, upper), **kept, **same)
    model._base_manager.create(
        atena_no=atena_no, valid=DateRange(start, end), **{name: values.get(name) for name in kind.names}, **same
    )


def register_kinds() -> None:
    """Make every registration known as a kind of entry."""
    for kind in REGISTRATIONS.values():
        entries.register(EntryKind(
            code=kind.kind, label=kind.label, enter=kind.enter, confirm=kind.confirm, items=frozenset({*kind.names, *_OWN}),
            check=_check(kind), lines=_lines(kind), apply=_apply(kind), always=kind.always,
        ))  # fmt: skip
