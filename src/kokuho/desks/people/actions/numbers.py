"""個人番号 entered at the counter (真正性確認) and the 確認リスト, each decided by two persons (MYNUM-05, MYNUM-06).

An entry holds where the number waits in the vault, what it was compared with and what was shown; never the number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from kokuho.core import audit, entries, vault
from kokuho.core import vault_proposals as proposals
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.core.vault import BLANK, CHANGED, SHARED, Doubt
from kokuho.core.vault_proposals import Compared
from kokuho.desks.people.actions import integrated
from kokuho.desks.people.models import BELIEVED, IntegratedNumber, NumberDoubt, Person
from kokuho.desks.people.naming import naming
from kokuho.desks.people.queries import four
from kokuho.desks.people.queries.four import FourItem

NUMBER, DOUBT = "people.number", "people.number_doubt"
SOURCES = (
    ("card", "個人番号カード"), ("notice", "通知カード"), ("register", "個人番号の記載のある住民票の写し"),
    ("terminal", "住基ネットの統合端末"),
)  # fmt: skip
TAKE, KEEP, ARRIVED, NONE = "take", "keep", "arrived", "none"
INTEGRATED_HIDDEN = "（表示の権限がありません）"
OUTCOMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    BLANK: (
        (ARRIVED, "個人番号が登録されたことを確かめた"), (NONE, "個人番号の指定を受けていない人である"),
        (KEEP, "登録済みの個人番号のままとする"),
    ),
    CHANGED: (
        (TAKE, "届いた個人番号に改める"), (KEEP, "登録済みの個人番号のままとする（届け出た元に訂正を依頼した）"),
    ),
    SHARED: (
        (TAKE, "この人の個人番号とする（相手の人の登録は終わり、相手の人が「個人番号がない」で載る）"),
        (KEEP, "相手の人の個人番号のままとする（届け出た元に訂正を依頼した）"),
    ),
    NumberDoubt.OFFER_CHANGED: (
        (TAKE, "届いた団体内統合宛名番号に改める"),
        (KEEP, "登録済みの団体内統合宛名番号のままとする（統合宛名の担当に訂正を依頼した）"),
    ),
    NumberDoubt.OFFER_SHARED: (
        (TAKE, "この人の団体内統合宛名番号とする（相手の人にあれば、その登録は終わる）"),
        (KEEP, "この人の団体内統合宛名番号とはしない（統合宛名の担当に訂正を依頼した）"),
    ),
}  # fmt: skip


class NumberError(CodedError):
    """A number or a decision cannot be entered as asked. `code` is stable; the message holds no number."""


def note(*, by: Actor, on: date, doubts: Iterable[Doubt], origin: str) -> int:
    """Put doubtful cases on the 確認リスト; a case that stands there already is not repeated. Returns how many lines are new."""
    rows = [
        NumberDoubt(
            atena_no=doubt.atena_no, code=doubt.code, other_no=doubt.other_no, proposal=doubt.proposal, kept=doubt.kept, origin=origin,
            found_on=on,
        )
        for doubt in doubts
    ]  # fmt: skip
    if not rows:
        return 0
    before = NumberDoubt.objects.count()
    NumberDoubt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
    new = NumberDoubt.objects.count() - before
    audit.record(
        by, function="mynumber.doubts", operation="add", persons=[row.atena_no for row in rows], row_count=new,
        detail={"origin": origin},
    )  # fmt: skip
    return new


@transaction.atomic
def look(*, by: Actor, on: date, expected: Iterable[int]) -> int:
    """Put everybody of `expected` for whom no number is in force on the list. Needs `mynumber.review`. Returns the new lines."""
    by.require("mynumber.review")
    missing = vault.without(by, expected)
    return note(by=by, on=on, doubts=[Doubt(atena, BLANK, None, None, False) for atena in missing], origin="review")


def compare(
    *, by: Actor, on: date, atena_no: int, number: str, typed: Mapping[str, str]
) -> tuple[Compared, list[FourItem]]:
    """The number beside the vault and the four items of the paper beside the register: what is shown before anything is saved.

    Needs `mynumber.enter` and `person.read`. Raises `NumberRefused` MYNUM-05 for a wrong check digit, Person.DoesNotExist.
    """
    by.require("mynumber.enter")
    items = four.compare_four(by, atena_no, typed, on=on)
    return proposals.compare(by, atena_no, number), items


def enter(
    *, by: Actor, on: date, atena_no: int, number: str, typed: Mapping[str, str], source: str, decision: str,
    identity: Mapping[str, Any],
) -> Entry:  # fmt: skip
    """Enter the number of a person who has none, with the record of what it was compared with. It waits for a second person, who
    types it from the same paper.

    Raises `NumberError`: MYNUM-05-SAME it is stored already, MYNUM-06 it contradicts what is stored (nothing is saved),
    ENTRY-04 an item of the four differs and no decision is given, MYNUM-05-SOURCE without the paper it was seen on; ENTRY-05 as
    every entry; `NumberRefused` MYNUM-05.
    """
    compared, items = compare(by=by, on=on, atena_no=atena_no, number=number, typed=typed)
    if compared.state == proposals.SAME:
        raise NumberError("MYNUM-05-SAME", "この個人番号は既に登録されています。入力の必要はありません。")
    if not compared.storable:
        raise NumberError("MYNUM-06", f"{compared.words}登録していません。番号と人を確かめ、誤りでなければ確認リストに載せてください。")
    if not all(item.agrees for item in items) and not decision.strip():
        raise NumberError("ENTRY-04", "4情報が登録と一致しません。同じ人と判断した理由を入力してください。")
    if problem := entries.identity_problem({"identity": identity}):
        raise NumberError("ENTRY-05", problem)
    if source not in dict(SOURCES):
        raise NumberError("MYNUM-05-SOURCE", "個人番号を確かめた書類を選んでください。")
    proposal = proposals.propose(by, atena_no, number, origin="counter")
    evidence = {
        "identity": dict(identity), "number": compared.words, "decision": decision.strip(),
        "four": [{"item": item.label, "typed": item.typed, "state": item.words} for item in items],
    }  # fmt: skip
    return pending.submit(
        by=by, on=on, kind=NUMBER, title="個人番号の登録", payload={"proposal": proposal, "source": source}, persons=[atena_no],
        reason=decision, evidence=evidence,
    )  # fmt: skip


@transaction.atomic
def list_conflict(*, by: Actor, on: date, atena_no: int, number: str) -> int:
    """Put a typed number that contradicts the stored ones on the 確認リスト; nothing is linked. Returns the new lines.

    Raises `NumberError` MYNUM-06-NONE when nothing contradicts, `NumberRefused` MYNUM-05.
    """
    found = proposals.compare(by, atena_no, number)
    if found.state not in (proposals.CHANGED, proposals.SHARED):
        raise NumberError("MYNUM-06-NONE", "登録と食い違っていません。確認リストに載せる必要はありません。")
    proposal = proposals.propose(by, atena_no, number, origin="counter")
    code = SHARED if found.state == proposals.SHARED else CHANGED
    kept = atena_no in proposals.since([atena_no])
    return note(by=by, on=on, doubts=[Doubt(atena_no, code, found.other_no, proposal, kept)], origin="counter")


def outcomes(doubt: NumberDoubt) -> list[tuple[str, str]]:
    """How a case may be decided."""
    barred = {BLANK: {KEEP} if not doubt.kept else {NONE}}.get(doubt.code, set())
    return [(code, words) for code, words in OUTCOMES[doubt.code] if code not in barred]


def decide(*, by: Actor, on: date, doubt_id: int, outcome: str, reason: str) -> Entry:
    """Enter how a case of the list is decided; it holds when another person has confirmed.

    Raises `NumberError`: MYNUM-06-DONE, -OUTCOME, -REASON, -ABSENT (no number has come for a blank).
    """
    doubt = NumberDoubt.objects.get(pk=doubt_id)
    if not reason.strip():
        raise NumberError("MYNUM-06-REASON", "何を確かめて決めたかを入力してください。")
    persons = [n for n in (doubt.atena_no, doubt.other_no) if n]
    return pending.submit(
        by=by, on=on, kind=DOUBT, title=f"確認リストの決定（{doubt.get_code_display()}）", payload={"doubt": doubt_id, "outcome": outcome},
        persons=persons, reason=reason,
    )  # fmt: skip


def _check_number(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    if not Person.objects.filter(BELIEVED, atena_no__in=list(persons)).exists():
        raise NumberError("MYNUM-05-PERSON", "この宛名番号の人はいません。")


def _number_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    shown = entry.evidence
    waits = "確認する人も書類の個人番号を入力して、一致を確かめます。" if entry.state == Entry.PENDING else ""
    lines = [
        Line("個人番号", vault.ABSENT, vault.MASK, waits),
        Line("確かめた書類", "", dict(SOURCES)[entry.payload["source"]]),
        Line("番号の照合", "", shown.get("number", "")),
    ]
    lines += [Line(f"4情報　{row['item']}", "", row["typed"], row["state"]) for row in shown.get("four", ())]
    if shown.get("decision"):
        lines.append(Line("4情報が違うときの判断", "", shown["decision"]))
    if Person.objects.filter(BELIEVED, atena_no__in=entry.persons, resident_kind=Person.OUTSIDE).exists():
        lines.append(Line("住登外者", "", "未確認", "住基ネットで確かめた結果を真正性の確認に記録するまで、提供には用いません。"))
    return lines


def _apply_number(by: Actor, on: date, entry: Entry) -> None:
    blank = NumberDoubt.objects.filter(atena_no=entry.persons[0], code=BLANK, state=NumberDoubt.OPEN)
    blank.update(state=NumberDoubt.SETTLED, outcome=ARRIVED, settled_on=on, entry=entry)
    # The vault commits by itself: last, so that nothing is in force of an entry that could not be confirmed.
    proposals.accept(by, entry.payload["proposal"], matched=True)


def _number_ended(by: Actor, entry: Entry) -> None:
    proposals.decline(by, entry.payload["proposal"])


def _check_doubt(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    doubt = NumberDoubt.objects.get(pk=payload["doubt"])
    if doubt.state != NumberDoubt.OPEN:
        raise NumberError("MYNUM-06-DONE", "この件は既に決定されています。")
    if payload["outcome"] not in dict(outcomes(doubt)):
        raise NumberError("MYNUM-06-OUTCOME", "決定の内容を選んでください。")
    if payload["outcome"] == ARRIVED and doubt.atena_no not in proposals.since([doubt.atena_no]):
        raise NumberError("MYNUM-06-ABSENT", "個人番号がまだ登録されていません。登録を待つか、番号を入力してください。")


def _doubt_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    doubt = NumberDoubt.objects.get(pk=entry.payload["doubt"])
    kept = vault.MASK if doubt.kept else vault.ABSENT
    outcome = entry.payload["outcome"]
    after = {TAKE: "届いた個人番号", KEEP: kept if doubt.kept else vault.ABSENT, ARRIVED: vault.MASK, NONE: "指定を受けていない"}[outcome]
    about = [number for number in (doubt.atena_no, doubt.other_no) if number]
    names = naming(by, about, about=entry.persons, on=on)
    if doubt.code in NumberDoubt.OFFERS:
        return _offer_lines(by, doubt, outcome, names)
    lines = [
        Line("理由", "", doubt.get_code_display()),
        Line(f"{names[doubt.atena_no]}の個人番号", kept, after, dict(OUTCOMES[doubt.code])[outcome]),
    ]
    if doubt.other_no:
        lines.append(Line(f"{names[doubt.other_no]}の個人番号", vault.MASK, vault.ABSENT if outcome == TAKE else vault.MASK))
    return lines


def _offer_lines(by: Actor, doubt: NumberDoubt, outcome: str, names: Mapping[int, str]) -> list[Line]:
    shown = by.may("mynumber.integrated")
    held = {
        row.atena_no: row.number if shown else INTEGRATED_HIDDEN
        for row in IntegratedNumber.objects.filter(BELIEVED, atena_no__in=[doubt.atena_no, doubt.other_no], valid__endswith__isnull=True)
    }
    own, offered = held.get(doubt.atena_no, vault.ABSENT), doubt.offered if shown else INTEGRATED_HIDDEN
    lines = [
        Line("理由", "", doubt.get_code_display()),
        Line(f"{names[doubt.atena_no]}の団体内統合宛名番号", own, offered if outcome == TAKE else own,
             dict(OUTCOMES[doubt.code])[outcome]),
    ]  # fmt: skip
    if doubt.other_no:
        other = held.get(doubt.other_no, vault.ABSENT)
        label = f"{names[doubt.other_no]}の団体内統合宛名番号"
        lines.append(Line(label, other, vault.ABSENT if outcome == TAKE else other))
    return lines


def _apply_doubt(by: Actor, on: date, entry: Entry) -> None:
    doubt = NumberDoubt.objects.select_for_update().get(pk=entry.payload["doubt"])
    outcome = entry.payload["outcome"]
    doubt.state, doubt.outcome, doubt.settled_on, doubt.entry = NumberDoubt.SETTLED, outcome, on, entry
    doubt.save(update_fields=["state", "outcome", "settled_on", "entry"])
    if outcome == TAKE and doubt.code == SHARED and doubt.other_no and doubt.other_no in proposals.since([doubt.other_no]):
        note(by=by, on=on, doubts=[Doubt(doubt.other_no, BLANK, None, None, False)], origin=f"entry:{entry.pk}")
    if doubt.code in NumberDoubt.OFFERS and outcome == TAKE:
        integrated.link_offered(by=by, doubt=doubt, origin=f"entry:{entry.pk}")
    if doubt.proposal is None:
        return
    if outcome == TAKE:
        proposals.accept(by, doubt.proposal, matched=False, displace=doubt.code == SHARED)
    else:
        proposals.decline(by, doubt.proposal)


def _page(entry: Entry) -> str:
    return reverse("people:number_entry", args=[entry.pk])


def register_kinds() -> None:
    """Make these entries known."""
    entries.register(EntryKind(
        code=NUMBER, label="個人番号の登録", enter="mynumber.enter", confirm="mynumber.confirm", items=frozenset({"proposal", "source"}),
        check=_check_number, lines=_number_lines, apply=_apply_number, ended=_number_ended, identity=True, always=True,
        url=_page,
    ))  # fmt: skip
    entries.register(EntryKind(
        code=DOUBT, label="個人番号の確認リスト", enter="mynumber.enter", confirm="mynumber.confirm",
        items=frozenset({"doubt", "outcome"}), check=_check_doubt, lines=_doubt_lines, apply=_apply_doubt, always=True,
    ))  # fmt: skip
