"""住民基本台帳 (IF-15-1): the full load and the daily changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kokuho.core import bulk, folding, vault
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions import register as eligibility
from kokuho.desks.eligibility.actions.proposals import propose
from kokuho.desks.people.actions import changes, numbers, wards
from kokuho.desks.people.actions import register as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.numbering import own_range
from kokuho.exchange.doors import Applied, Door, Refusal, Trouble, data_batches
from kokuho.exchange.models import InboxFile
from kokuho.formats import layout as find_layout

FULL, CHANGES = "juki-full", "juki-changes"
_TEXT = {name for name, kind in people.CHANGE_COLUMNS if kind == "text"}
# 不詳の日は月の、不詳の月は年の最初とみなして判定する。みなしたことは要処理で知らせる。
_UNKNOWN = "J16"


@dataclass(slots=True)
class Staged:
    """What was read: the numbers for the vault, and records that cannot be staged. `own_range`: numbers that are not the register's."""

    own_range: tuple[int, int]
    numbers: list[tuple[int, str]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)


def birth(text: str) -> tuple[str | None, str]:
    """A birth date as delivered → (day that judgements use, form as given when partly unknown)."""
    if "-00" not in text and not text.startswith("0000"):
        return text, ""
    year, month, _ = text.split("-")
    if year == "0000":
        return None, text
    return f"{year}-{month if month != '00' else '01'}-01", text


def _stage(decoder: Any, file: InboxFile) -> Staged:
    columns = people.CHANGE_COLUMNS if file.layout == CHANGES else people.COLUMNS
    # Read before the COPY begins: no other statement can run on the connection meanwhile.
    staged = Staged(own_range=own_range())
    bulk.stage("staged", columns, _rows(decoder, [name for name, _ in columns], staged))
    bulk.analyze("staged")
    return staged


def _rows(decoder: Any, columns: list[str], staged: Staged) -> Iterator[list[Any]]:
    renamed = {
        "atena_no": "atena_number", "household_no": "household_number", "former_family_kana": "former_family_name_kana",
    }  # fmt: skip
    computed = {
        "record",
        "search_name",
        "search_kana",
        "search_other",
        "search_place",
        "birth_date",
        "birth_date_as_given",
    }
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        plan = [None if c in computed else place[renamed.get(c, c)] for c in columns]
        # An absent text is an empty string in the register of persons; an absent date is unknown.
        blank = ["" if c in _TEXT else None for c in columns]
        at = {c: columns.index(c) for c in computed}
        atena, number, born_at, state = (place[c] for c in ("atena_number", "my_number", "birth_date", "resident_state"))
        names = [place[c] for c in ("alias_name", "name")]
        kanas = [place[c] for c in ("alias_kana", "name_kana")]
        sequence = place.get("sequence")
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            values = [
                blank[i] if source is None or row[source] is None else row[source] for i, source in enumerate(plan)
            ]
            born, given = birth(row[born_at])
            atena_no = int(row[atena])
            if sequence is not None:
                staged.sequences.append(int(row[sequence]))
            trouble = _trouble(record, atena_no, born, given, staged.own_range)
            if trouble is not None:
                staged.troubles.append(trouble)
                if trouble.code != _UNKNOWN:
                    continue
            values[at["record"]] = record
            values[at["birth_date"]] = born
            values[at["birth_date_as_given"]] = given
            values[at["search_name"]] = folding.name(next((row[i] for i in names if row[i]), ""))
            values[at["search_kana"]] = folding.kana(next((row[i] for i in kanas if row[i]), ""))
            # Found by the 通称 and by the name of the passport.
            values[at["search_other"]] = (
                folding.name(row[names[1]] + (row[place["roman_name"]] or "")) if row[names[0]] else ""
            )
            values[at["search_place"]] = folding.place((row[place["town"]] or "") + (row[place["block"]] or ""))
            # Of those who have left or died no number is expected; a blank of theirs says nothing.
            if row[number] or row[state] == Person.RESIDENT:
                staged.numbers.append((atena_no, row[number] or ""))
            yield values


def _trouble(record: int, atena_no: int, born: str | None, given: str, own_range: tuple[int, int]) -> Trouble | None:
    """What is to say of a record: J19 and J17 keep it from being applied, a birth date in part unknown does not."""
    if own_range[0] <= atena_no <= own_range[1]:
        message = "住登外者・法人に付ける番号の範囲の宛名番号です。反映していません。設定 outside_numbers を確かめてください。"
        return Trouble(record, atena_no, "J19", message)
    if born is None:
        return Trouble(record, atena_no, "J17", "生年月日がすべて不詳のため反映できません。住民記録の担当に確かめてください。")
    if given:
        return Trouble(record, atena_no, _UNKNOWN, f"生年月日の一部が不詳（{given}）です。{born} とみなして反映しました。")
    return None


def _check(file: InboxFile, staged: Staged) -> None:
    """Changes are numbered without gaps across files: a missing file is noticed before its successor is applied."""
    if file.layout != CHANGES:
        if InboxFile.objects.filter(layout=CHANGES, state=InboxFile.APPLIED).exists():
            raise Refusal("X06", "異動の取込みが始まった後の全件は、差異の確認をしてからでないと取り込めません。")
        return
    if not InboxFile.objects.filter(layout=FULL, state=InboxFile.APPLIED).exists():
        raise Refusal("X07", "住民記録の全件がまだ取り込まれていません。全件を先に受け付けてください。")
    last = (
        InboxFile.objects.filter(layout=CHANGES, state=InboxFile.APPLIED)
        .exclude(pk=file.pk)
        .order_by("-counts__last_sequence")
        .values_list("counts__last_sequence", flat=True)
        .first()
    )
    expected = (last or 0) + 1
    for number in staged.sequences:
        if number != expected:
            what = "飛んで" if number > expected else "戻って"
            raise Refusal(
                "X05",
                f"異動通番が{what}います（次は {expected} のはずが {number}）。住民記録に再送を依頼してください。",
            )
        expected += 1


def _apply(by: Actor, file: InboxFile, staged: Staged) -> Applied:
    origin = f"file:{file.pk}"
    # The vault commits by itself and is idempotent: a kill between the two leaves numbers that the next try finds.
    stored, doubts = vault.store(staged.numbers, by=by.staff_no, origin=origin)
    result = _apply_full(by, file, origin) if file.layout == FULL else _apply_changes(by, file, origin, staged)
    result.troubles = staged.troubles + result.troubles
    result.counts["my_numbers"] = stored
    # What is in doubt about a number goes to a list of its own, which two persons work off (MYNUM-06).
    result.counts["number_doubts"] = numbers.note(by=by, on=file.business_date, doubts=doubts, origin=origin)
    return result


def _event_labels() -> Mapping[str, str]:
    fields = find_layout(CHANGES).records["data"].fields
    return next(field.codes for field in fields if field.name == "event") or {}


def _apply_full(by: Actor, file: InboxFile, origin: str) -> Applied:
    as_of = date.fromisoformat(file.created_at[:10]) if file.created_at else file.business_date
    counts, problems = people.apply_full_load(by=by, on=as_of, origin=origin)
    opened, doubts = eligibility.open_register(by=by, on=as_of, origin=origin)
    troubles = [Trouble(p.record, p.atena_no, p.code, p.message) for p in [*problems, *doubts]]
    return Applied(counts["added"] + counts["changed"] + counts["unchanged"], {**counts, **opened}, troubles)


def _apply_changes(by: Actor, file: InboxFile, origin: str, staged: Staged) -> Applied:
    columns = [name for name, _ in people.CHANGE_COLUMNS]
    labels = _event_labels()
    unapplied = {problem.record: problem for problem in changes.apply_changes(by=by, origin=origin)}
    troubles = [Trouble(p.record, p.atena_no, p.code, p.message) for p in unapplied.values()]
    applied, proposed = 0, 0
    for row in people.rows_of("staged", columns):
        if row["record"] in unapplied:
            continue
        applied += 1
        label = labels.get(row["event"], row["event"])
        candidate = propose(by=by, origin=f"{origin}#{row['record']}", row=row, event_label=label)
        proposed += candidate is not None
    wards.find(by=by, on=file.business_date, origin=origin, atena_nos=people.persons_of("staged"))
    last = staged.sequences[-1] if staged.sequences else 0
    return Applied(applied, {"changed": applied, "proposed": proposed, "last_sequence": last}, troubles)


DOOR = Door("juki", "住民基本台帳", (FULL, CHANGES), _stage, _apply, _check)
