"""LOG-07: a day of ten thousand events with one example of every rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from kokuho.controls import fixture
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, owner
from kokuho.core import analysis, inspection, journal, seals
from kokuho.core.clock import JAPAN
from kokuho.core.models import AuditMark, Holiday, Staff, StaffResident

Row = tuple[Any, ...]
_NORMAL = 10_000
_CASE = '{"case": 1}'


def insert(rows: Iterable[Row]) -> list[int]:
    """Put records of a past day into the table the way only its owner can: the application's always carry the present time. Returns their
    numbers. A row: day, hour, minute, staff number, terminal, function, operation, result, persons, detail."""
    made = []
    with owner() as database, database.transaction(), database.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER USER")
        cursor.executemany(
            "INSERT INTO core_auditrecord (at, staff_no, staff_name, unit, terminal, session, duty, function, operation, result, "
            "persons, row_count, reason, detail) VALUES (%s, %s, '点検', %s, %s, 's', %s, %s, %s, %s, %s, 1, '', %s) RETURNING id",
            [_values(*row) for row in rows], returning=True,
        )  # fmt: skip
        while True:
            row = cursor.fetchone()
            made.append(row[0] if row else 0)
            if not cursor.nextset():
                break
        cursor.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER USER")
    return made


def _who(rule: str) -> str:
    """The one who gives the example of a rule."""
    return f"chkX-{rule[:12]}"


def _values(day: date, hour: int, minute: int, staff_no: str, terminal: str, function: str, *rest: Any) -> Row:
    operation, result, persons, detail = rest
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=JAPAN)
    duty = "委託:資格" if staff_no == _who("contractors") else "資格"
    unit = fixture.UNIT_NAME if staff_no in (_who("colleagues"), "chkMate") else f"点検{staff_no}"
    return (at, staff_no, unit, terminal, duty, function, operation, result, persons, detail)


def working_day() -> date:
    """The last closed day on which the town hall was open."""
    day = seals.today() - timedelta(days=2)
    while day.weekday() >= 5 or Holiday.objects.filter(on=day).exists():
        day -= timedelta(days=1)
    return day


def _examples(day: date) -> dict[str, list[Row]]:
    """Rule → what somebody of whom nothing else is known did."""

    def did(rule: str, persons: list[int], *, hour: int = 11, minute: int = 0, function: str = "person", operation: str = "view",
            result: str = "ok", detail: str = _CASE) -> Row:  # fmt: skip
        return (day, hour, minute, _who(rule), "t", function, operation, result, persons, detail)

    return {
        "own_record": [did("own_record", [11])],
        "own_household": [did("own_household", [22])],
        "colleagues": [did("colleagues", [41])],
        "off_hours": [did("off_hours", [900], hour=22)],
        "many_persons": [did("many_persons", [5000 + n], minute=n % 60) for n in range(160)],
        "mass_search": [did("mass_search", [], minute=n % 5, function="search", operation="search") for n in range(80)],
        "without_case": [did("without_case", [7000 + n], minute=n % 60, detail="{}") for n in range(200)],
        "number_reveals": [did("number_reveals", [8000 + n], function="mynumber.reveal") for n in range(25)],
        "number_rate": [did("number_rate", [], function="mynumber.search", operation="refuse", result="refused", detail='{"why": "rate"}')],
        "exports": [did("exports", [], function="extract.run", operation="export")],
        "protected_persons": [did("protected_persons", [77], function="people.protected", operation="open")],
        "contractors": [did("contractors", [78])],
        "refusals": [did("refusals", [], minute=n, function="levy.run", operation="refuse", result="refused") for n in range(8)],
    }  # fmt: skip


def _ordinary(day: date, count: int) -> Iterable[Row]:
    """Forty clerks at their desks: they search, look at a person with a case and enter something."""
    acts = (("search", "search", "{}"), ("person", "view", _CASE), ("people.mail", "update", _CASE), ("person", "view", _CASE))
    for n in range(count):
        function, operation, detail = acts[n % 4]
        clerk, minute = n % 40, n // 40 % 540
        persons = [100_000 + clerk * 100 + n // 160 % 60]
        yield (day, 8 + (minute + 30) // 60, (minute + 30) % 60, f"chkY{clerk}", f"p{clerk}", function, operation, "ok", persons, detail)


@check("LOG-07", commits=True)
def suspicious_use_is_marked(scene: Scene, seen: Evidence) -> None:
    """One example of every rule among ten thousand ordinary events: all examples are marked, hardly anything else; each mark asks for a
    decision with a reason by somebody else, and is late after its days."""
    day = working_day()
    put(scene.on, {"auth.hours.opens": "08:00", "auth.hours.closes": "20:00", "log.disposition_days": 14})
    examples = _examples(day)
    seen.equal(set(examples), set(analysis.RULES), "例のある規則（製品の全部の規則）")
    seen.equal(set(journal.settings()["rules"]), set(analysis.RULES), "数の定めのある規則")
    for number, atena_no in ((_who("own_record"), 11), (_who("own_household"), 21), (_who("colleagues"), 31), ("chkMate", 41)):
        staff = Staff.objects.create(
            staff_no=number, person_no=number, name="点検", unit=Staff.objects.get(staff_no="chkA").unit, valid_from=day, valid_until=day,
            password="!",
        )  # fmt: skip
        StaffResident.objects.create(staff=staff, atena_no=atena_no)
    before = day - timedelta(days=7)
    usual: list[Row] = [
        (before, 10, n % 60, _who(rule), "t", "person", "view", "ok", [n], _CASE)
        for rule, several in (("many_persons", 20), ("without_case", 300)) for n in range(several)
    ]  # fmt: skip
    mate: Row = (day, 9, 0, "chkMate", "t", "person", "view", "ok", [300_000], _CASE)
    insert([*usual, mate, *(row for rows in examples.values() for row in rows), *_ordinary(day, _NORMAL)])
    by = scene.actor("U-AUD")
    homes = {11: frozenset({11}), 21: frozenset({21, 22}), 31: frozenset({31}), 41: frozenset({41})}
    analysis.analyse(by=by, on=day, households=lambda numbers, on: homes)
    marks = {(mark.rule, mark.staff_no) for mark in AuditMark.objects.filter(day=day)}
    wanted = {(rule, _who(rule)) for rule in examples}
    seen.none(sorted(rule for rule, _ in wanted - marks), f"印の付かなかった例（{len(wanted)}規則、操作{_NORMAL:,}件の中）")
    false, most = marks - wanted, journal.settings()["analysis"]["false_marks_per_1000"]
    seen.must(len(false) <= most * _NORMAL // 1000, "見込み違いの印", f"{len(false)}件（上限 操作1,000件当たり{most}件）")
    mark = AuditMark.objects.get(day=day, rule="refusals", staff_no=_who("refusals"))
    dispose: dict[str, Any] = {"mark_id": mark.pk, "outcome": "explained"}
    seen.refused("理由なしに印を処理する", inspection.dispose, by=by, reason=" ", code="LOG-07-REASON", **dispose)
    own = replace(by, staff_no=_who("refusals"))
    seen.refused("印の付いた本人が処理する", inspection.dispose, by=own, reason="点検", code="LOG-07-SELF", **dispose)
    inspection.dispose(by=by, reason="入力の誤り", **dispose)
    late = [len(inspection.schedule(by, on=day + timedelta(days=days)).escalated) for days in (14, 30)]
    seen.equal((late[0], late[1]), (0, len(marks) - 1), "処理されず所属長に上がる印（14日の間・その後）")
