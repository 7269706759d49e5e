"""住登外者・法人 and 真正性の確認, each entered by one and confirmed by another (ATENA-02, ATENA-03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit, entries, era, folding
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people import municipalities
from kokuho.desks.people.actions import events, joining
from kokuho.desks.people.labels import label
from kokuho.desks.people.models import BELIEVED, AuthenticityCheck, Corporation, Person
from kokuho.desks.people.numbering import next_number, own_range
from kokuho.formats.checkdigits import corporate_number_ok

OUTSIDE, CORPORATION, CHECK = "people.outside", "people.corporation", "people.authenticity"
PERSON_ITEMS = {
    "name": "氏名", "name_kana": "カナ", "birth_date": "生年月日", "sex": "性別", "postal_code": "郵便番号",
    "municipality": "市区町村", "address": "住所", "building": "方書",
    "household_no": "世帯番号", "relation": "関係", "since": "いつから", "why": "登録する理由",
}  # fmt: skip
CORPORATION_ITEMS = {
    "kind": "種別", "corporate_number": "法人番号", "name": "名称", "name_kana": "名称カナ", "representative": "代表者",
    "postal_code": "郵便番号", "address": "所在地", "building": "方書", "phone": "電話番号", "since": "いつから",
}  # fmt: skip
CHECK_ITEMS = {"checked_on": "確認日", "result": "結果", "differing": "一致しない項目", "note": "備考"}
WHY = (
    ("1", "住所地特例"), ("2", "擬制世帯主の転出"), ("3", "相続人"), ("4", "納税・納付管理人"), ("5", "修学中の特例"),
    ("6", "送付先・代理人"), ("9", "その他"),
)  # fmt: skip


class OutsideError(CodedError):
    """Somebody outside the register cannot be registered as asked. `code` is stable."""


def enter_person(
    *, by: Actor, on: date, values: Mapping[str, Any], atena_no: int | None = None, reason: str, anyway: bool = False
) -> Entry:
    """Enter a new 住登外者, or (with `atena_no`) what changed about one. `anyway`: a similar person is known and was looked at.
    The municipality is a name or a code; the address is completed with it. Raises `MunicipalityError`."""
    kept = dict(values)
    code = kept["municipality"] = municipalities.code_of(kept.get("municipality") or "", on=kept["since"])
    kept["address"] = municipalities.with_place(code, kept["address"], on=kept["since"])
    payload = {**{key: _json(kept.get(key)) for key in PERSON_ITEMS}, "anyway": anyway}
    title = "住登外者の変更" if atena_no else "住登外者の登録"
    return pending.submit(
        by=by, on=on, kind=OUTSIDE, title=title, payload=payload, persons=[atena_no] if atena_no else [], reason=reason
    )


def enter_corporation(
    *, by: Actor, on: date, values: Mapping[str, Any], atena_no: int | None = None, reason: str
) -> Entry:
    """Enter a new 法人・関係機関, or what changed about one."""
    payload = {key: _json(values.get(key)) for key in CORPORATION_ITEMS}
    title = "法人・関係機関の変更" if atena_no else "法人・関係機関の登録"
    return pending.submit(
        by=by,
        on=on,
        kind=CORPORATION,
        title=title,
        payload=payload,
        persons=[atena_no] if atena_no else [],
        reason=reason,
    )


def enter_check(*, by: Actor, on: date, atena_no: int, values: Mapping[str, Any], reason: str) -> Entry:
    """Enter the result of a 真正性の確認 of a 住登外者 at a 住基ネット terminal."""
    payload = {key: _json(values.get(key)) for key in CHECK_ITEMS}
    return pending.submit(
        by=by, on=on, kind=CHECK, title="真正性の確認の記録", payload=payload, persons=[atena_no], reason=reason
    )


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def similar(name_kana: str, birth_date: date) -> list[int]:
    """Persons with the same folded kana and birth date: perhaps the one who is about to be registered again (ATENA-10)."""
    rows = Person.objects.filter(BELIEVED, search_kana=folding.kana(name_kana), birth_date=birth_date)
    return sorted(set(rows.values_list("atena_no", flat=True)))


def _believed_outside(atena_no: int) -> Person:
    row = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    if row is None or row.resident_kind != Person.OUTSIDE:
        raise OutsideError("A22", "住民記録の人はここでは変えられません。住民記録の異動を待ってください。")
    return row


def _check_person(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    since, born = date.fromisoformat(payload["since"]), date.fromisoformat(payload["birth_date"])
    if born > since:
        raise OutsideError("A23", "登録の始まりは生年月日より後の日にしてください。")
    if code := payload.get("municipality"):
        municipalities.require(code, on=since)
    if persons:
        row = _believed_outside(persons[0])
        if row.valid.lower is not None and since < row.valid.lower:
            raise OutsideError("A24", "今の登録が始まった日より前から変えることはできません。")
        return
    if not payload.get("anyway") and (found := similar(payload["name_kana"], born)):
        numbers = "、".join(map(str, found[:5]))
        raise OutsideError(
            "A25",
            f"カナと生年月日の同じ人がいます（宛名番号 {numbers}）。別人と確かめたときだけ、確かめた印を付けて登録してください。",
        )


def _person_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    before = Person.objects.filter(BELIEVED, atena_no__in=entry.persons).order_by("-valid").first()
    old = {
        "name": before.name, "name_kana": before.name_kana, "birth_date": before.birth_date.isoformat(), "sex": before.sex,
        "postal_code": before.postal_code, "address": before.town, "building": before.building,
        "household_no": before.household_no, "relation": before.relation,
    } if before else {}  # fmt: skip
    told = []
    for key, title in PERSON_ITEMS.items():
        note = "宛名番号は確認のときに付きます。" if key == "name" and not before else ""
        new = _words(key, entry.payload.get(key), on)
        if key == "municipality" and new:
            new = municipalities.words(new, on=date.fromisoformat(entry.payload["since"]))
        told.append(Line(title, _words(key, old.get(key), on), new, note))
    if entry.payload.get("anyway"):
        told.append(Line("似た人", "", "別人と確かめた", "名寄せの候補に出続けます。"))
    return told


def _words(key: str, value: Any, on: date) -> str:
    if value in (None, ""):
        return ""
    if key in ("birth_date", "since", "checked_on"):
        return era.long(date.fromisoformat(value))
    choices: dict[str, dict[Any, str]] = {
        "sex": dict(Person.SEX), "why": dict(WHY), "kind": dict(Corporation.KINDS), "result": dict(AuthenticityCheck.RESULTS)
    }  # fmt: skip
    if key == "municipality":
        return municipalities.words(value, on=on)
    if key == "relation":
        return label("relation", value)
    if key == "differing":
        return "、".join(value)
    return choices.get(key, {}).get(value, str(value))


def _apply_person(by: Actor, on: date, entry: Entry) -> None:
    p, origin = entry.payload, f"entry:{entry.pk}"
    since = date.fromisoformat(p["since"])
    number = entry.persons[0] if entry.persons else next_number()
    rows = Person.objects.filter(BELIEVED, atena_no=number)
    first = since
    for row in rows.filter(valid__overlap=DateRange(since, None)):
        first = row.resident_since
        if row.valid.lower < since:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, since))
        else:
            Person.objects.filter(pk=row.pk).update(superseded_at=Now())
    Person.objects.create(
        atena_no=number, household_no=int(p.get("household_no") or number), resident_kind=Person.OUTSIDE,
        resident_state=Person.MOVED_OUT, name=p["name"], name_kana=p["name_kana"], search_name=folding.name(p["name"]),
        search_kana=folding.kana(p["name_kana"]), search_place=folding.place(p["address"]),
        birth_date=date.fromisoformat(p["birth_date"]), sex=p["sex"], relation=p.get("relation") or "99", is_head=False,
        postal_code=p.get("postal_code") or "", town=p["address"], building=p.get("building") or "",
        # The address of somebody outside is written out; letters go where a person who moved away lives.
        moved_to_address=" ".join(part for part in (p["address"], p.get("building")) if part),
        resident_since=first, resident_reason="", address_since=since, left_on=first, valid=DateRange(since, None),
        recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip
    events.happened(by=by, atena_no=number, kind="outside", on=since, origin=origin)


class OutsideLine(NamedTuple):
    """One 住登外者 as the city's own system of them reports (IF-10-1). `update`: 1 new, 2 changed, 3 taken back. `requested`: the
    number under which the office had asked for the registration (IF-10-2), when the line answers that."""

    record: int
    update: str
    atena_no: int
    name: str
    name_kana: str
    birth_date: date
    birth_as_given: str
    sex: str
    postal_code: str
    address: str
    since: date
    requested: int | None = None


def take_outside(
    *, by: Actor, on: date, lines: Sequence[OutsideLine], origin: str, asked: Collection[int] = ()
) -> tuple[dict[str, int], list[tuple[int, int, str, str]]]:
    """Believe what the system of 住登外者 says, from each line's day on. It is the master of the numbers that it gives; a line that
    answers a request about somebody of `asked` joins the office's own number to it (名寄せ).

    Returns counts and what staff must look at: (record, 宛名番号, code, message) — O01 the number is the register's, O02 it belongs
    to the office's own range, O03 taken back although nobody is known under it, O04 older than what is known, O05 an answer to what
    was not asked, O06 an answer about somebody else, O07 an answer whose numbers cannot be joined.
    """
    by.require("exchange.receive")
    counts, problems, office = {"new": 0, "changed": 0, "ended": 0, "joined": 0}, [], own_range()
    for line in lines:
        own = _believed_rows(line.requested)
        rows = list(Person.objects.select_for_update().filter(BELIEVED, atena_no=line.atena_no).order_by("valid"))
        if (fault := _fault(line, rows, own, asked, office)) is not None:
            problems.append((line.record, line.atena_no, *fault))
            continue
        counts["ended" if line.update == "3" else "changed" if rows else "new"] += 1
        _believe(by, line, rows, own, origin)
        events.happened(by=by, atena_no=line.atena_no, kind="outside", on=line.since, origin=origin)
        if line.requested is not None and line.requested != line.atena_no and line.update != "3":
            try:
                counts["joined"] += joining.join_answered(by=by, on=on, old_no=line.requested, new_no=line.atena_no, origin=origin)
            except joining.JoinError as error:
                problems.append((line.record, line.atena_no, "O07", f"依頼した番号 {line.requested} を名寄せできません。{error}"[:500]))
    audit.record(
        by, function="people.outside_file", operation="update", persons=[line.atena_no for line in lines], row_count=len(lines),
        detail={**counts, "origin": origin},
    )  # fmt: skip
    return counts, problems


def _fault(
    line: OutsideLine, rows: Sequence[Person], own: Sequence[Person], asked: Collection[int], office: tuple[int, int]
) -> tuple[str, str] | None:
    """Why a line cannot be believed: (code, message). `rows` are known under its number, `own` under the number that was asked about;
    `office` is the range of numbers that this office gives."""
    if any(row.resident_kind != Person.OUTSIDE for row in rows):
        return "O01", "住民記録の人の宛名番号です。反映していません。名寄せが要るか確かめてください。"
    if office[0] <= line.atena_no <= office[1]:
        return "O02", "この業務で付ける番号の範囲の宛名番号です。反映していません。設定 outside_numbers を確かめてください。"
    if line.update == "3" and not rows:
        return "O03", "登録のない人の取消しです。反映していません。"
    if rows and rows[-1].valid.lower > line.since:
        return "O04", "登録されている内容より前の日付です。反映していません。住登外管理の担当に確かめてください。"
    if line.requested is not None and (line.requested not in asked or not own):
        return "O05", "依頼していない番号への回答です。反映していません。住登外管理の担当に確かめてください。"
    if own and not _same(own[-1], line):
        return "O06", "依頼した人とカナ又は生年月日が違う回答です。反映していません。住登外管理の担当に確かめてください。"
    return None


def _believe(by: Actor, line: OutsideLine, rows: Sequence[Person], own: Sequence[Person], origin: str) -> None:
    """What was believed ends on the line's day; unless it takes the person back, the line holds from then on."""
    for row in rows:
        if row.valid.upper is not None and row.valid.upper <= line.since:
            continue
        if row.valid.lower < line.since:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, line.since))
        else:
            Person.objects.filter(pk=row.pk).update(superseded_at=Now())
    if line.update == "3":
        return
    first = rows[0].resident_since if rows else line.since
    Person.objects.create(
        atena_no=line.atena_no, household_no=_household(line, rows or own), resident_kind=Person.OUTSIDE,
        resident_state=Person.MOVED_OUT, name=line.name, name_kana=line.name_kana, search_name=folding.name(line.name),
        search_kana=folding.kana(line.name_kana), search_place=folding.place(line.address), birth_date=line.birth_date,
        birth_date_as_given=line.birth_as_given, sex=line.sex, relation="99", is_head=False, postal_code=line.postal_code,
        town=line.address, moved_to_address=line.address, resident_since=first, resident_reason="", address_since=line.since,
        left_on=first, valid=DateRange(line.since, None), recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip


def _believed_rows(atena_no: int | None) -> list[Person]:
    return [] if atena_no is None else list(Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("valid"))


def _same(own: Person, line: OutsideLine) -> bool:
    return own.birth_date == line.birth_date and own.search_kana == folding.kana(line.name_kana)


def _household(line: OutsideLine, known: Sequence[Person]) -> int:
    """Where the person belonged under a number of the city's household; somebody alone is a household of the new number."""
    if not known or known[-1].household_no == known[-1].atena_no:
        return line.atena_no
    return known[-1].household_no


def _check_corporation(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    number = payload.get("corporate_number") or ""
    if number and not corporate_number_ok(number):
        raise OutsideError("A26", "法人番号の検査数字が合いません。13桁を確かめてください。")
    if number and (
        other := Corporation.objects.filter(BELIEVED, corporate_number=number)
        .exclude(atena_no__in=list(persons))
        .values_list("atena_no", flat=True)
        .first()
    ):
        raise OutsideError("A27", f"同じ法人番号が宛名番号 {other} に登録されています。")


def _corporation_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    before = Corporation.objects.filter(BELIEVED, atena_no__in=entry.persons).order_by("-valid").first()
    return [
        Line(title, _words(key, getattr(before, key, None), on), _words(key, entry.payload.get(key), on))
        for key, title in CORPORATION_ITEMS.items()
    ]


def _apply_corporation(by: Actor, on: date, entry: Entry) -> None:
    p, origin = entry.payload, f"entry:{entry.pk}"
    since = date.fromisoformat(p["since"])
    number = entry.persons[0] if entry.persons else next_number()
    for row in Corporation.objects.filter(BELIEVED, atena_no=number, valid__overlap=DateRange(since, None)):
        if row.valid.lower < since:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, since))
        else:
            Corporation.objects.filter(pk=row.pk).update(superseded_at=Now())
    Corporation.objects.create(
        **{key: p.get(key) or "" for key in CORPORATION_ITEMS if key not in ("since", "kind")}, kind=p["kind"], atena_no=number,
        search_name=folding.name(p["name"]), search_kana=folding.kana(p["name_kana"]), valid=DateRange(since, None),
        recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip
    events.happened(by=by, atena_no=number, kind="corporation", on=since, origin=origin)


def _check_check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    _believed_outside(persons[0])
    if date.fromisoformat(payload["checked_on"]) > on:
        raise OutsideError("A28", "確認日は処理日より後にできません。")
    if payload["result"] == AuthenticityCheck.DIFFERENT and not payload.get("differing"):
        raise OutsideError("A29", "一致しない項目を選んでください。")


def _apply_check(by: Actor, on: date, entry: Entry) -> None:
    p = entry.payload
    AuthenticityCheck.objects.create(
        atena_no=entry.persons[0], checked_on=date.fromisoformat(p["checked_on"]), checked_by=entry.entered_by,
        result=p["result"], differing=p.get("differing") or [], note=p.get("note") or "", recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}",
    )  # fmt: skip


def _check_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    last = AuthenticityCheck.objects.filter(atena_no=entry.persons[0]).order_by("-pk").first()
    old = (
        {
            "checked_on": last.checked_on.isoformat(),
            "result": last.result,
            "differing": last.differing,
            "note": last.note,
        }
        if last
        else {}
    )
    return [
        Line(title, _words(key, old.get(key), on), _words(key, entry.payload.get(key), on))
        for key, title in CHECK_ITEMS.items()
    ]


def register_kinds() -> None:
    """Make these entries known."""
    for code, title, items, check, lines, apply in (
        (OUTSIDE, "住登外者", {*PERSON_ITEMS, "anyway"}, _check_person, _person_lines, _apply_person),
        (
            CORPORATION,
            "法人・関係機関",
            set(CORPORATION_ITEMS),
            _check_corporation,
            _corporation_lines,
            _apply_corporation,
        ),
        (CHECK, "真正性の確認", set(CHECK_ITEMS), _check_check, _check_lines, _apply_check),
    ):
        entries.register(EntryKind(
            code=code, label=title, enter="person.change", confirm="person.confirm", items=frozenset(items), check=check,
            lines=lines, apply=apply,
        ))  # fmt: skip
