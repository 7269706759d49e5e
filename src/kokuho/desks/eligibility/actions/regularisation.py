"""資格の適正化 (SHI-20): findings entered by hand, the steps with a person, and 職権喪失 when the office's conditions are met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from kokuho.core import audit, entries, era, writing
from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.clock import now
from kokuho.core.models import Entry
from kokuho.desks.eligibility.actions.engine import record
from kokuho.desks.eligibility.actions.findings import FindingError
from kokuho.desks.eligibility.models import BELIEVED, FindingStep, InsuredPeriod, OtherInsuranceFinding
from kokuho.desks.eligibility.plan import Draft, outcomes
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people.models import Person
from kokuho.law.eligibility.notification import DuplicateFinding, ExOfficioLoss, ex_officio_loss
from kokuho.law.eligibility.settings import ex_officio_settings

EX_OFFICIO = "eligibility.ex_officio_loss"
# 異動事由: 職権喪失（社保加入確認）
CODE = "213"


def add_finding(
    *, by: Actor, on: date, atena_no: int, kind: str, source: str, scheme: str, event_on: date, reason: str
) -> OtherInsuranceFinding:
    """Write down by hand that a person seems to have joined or left another insurance.

    Raises `FindingError`: FND03 without a reason, FND04 unknown person, FND05 for a finding that stands already, FND06 a day
    ahead.
    """
    by.require("eligibility.change")
    if not reason.strip():
        raise FindingError("FND03", "何から分かったか（電話、納税相談、照会の番号など）を入力してください。")
    if event_on > on:
        raise FindingError("FND06", "加入・離脱の日が処理日より後です。")
    person = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    if person is None:
        raise FindingError("FND04", f"宛名番号 {atena_no} の人は台帳にいません。")
    try:
        with transaction.atomic(), writing.acting(by, "eligibility.add_finding", reason):
            found = OtherInsuranceFinding.objects.create(
                atena_no=atena_no, household_no=person.household_no, kind=kind, source=source, scheme=scheme, event_on=event_on,
                origin=f"staff:{by.staff_no}", found_on=on,
            )  # fmt: skip
    except IntegrityError as error:
        raise FindingError("FND05", "同じ人・同じ日の突合が既にあります。一覧から開いてください。") from error
    audit.record(by, function="eligibility.add_finding", operation="update", persons=[atena_no], reason=reason)
    return found


def add_step(
    *, by: Actor, on: date, finding_id: int, kind: str, happened_on: date, text: str = "", other_acquired: date | None = None,
    continues: bool | None = None,
) -> FindingStep:  # fmt: skip
    """Write down one step with the person of a finding.

    Raises `FindingError`: FND01 when the finding is closed, FND06 a day ahead, FND07 for a confirmation without the day on which the
    other insurance began.
    """
    by.require("eligibility.change")
    if happened_on > on:
        raise FindingError("FND06", "日付が処理日より後です。")
    if kind == FindingStep.CONFIRMED and (other_acquired is None or continues is None):
        raise FindingError("FND07", "相手の資格取得日と、続いているかどうかを入力してください。")
    with transaction.atomic():
        finding = OtherInsuranceFinding.objects.select_for_update().get(pk=finding_id)
        if finding.state != OtherInsuranceFinding.OPEN:
            raise FindingError("FND01", "この突合は既に完了しています。")
        made = FindingStep.objects.create(
            finding=finding, atena_no=finding.atena_no, kind=kind, happened_on=happened_on, text=text.strip(),
            other_acquired=other_acquired, continues=continues, recorded_by=by.staff_no,
        )  # fmt: skip
        audit.record(
            by, function="eligibility.finding_step", operation="update", persons=[finding.atena_no],
            detail={"finding": finding_id, "kind": kind},
        )  # fmt: skip
    return made


def reminded(*, by: Actor, on: date, finding_ids: Iterable[int]) -> int:
    """Write down that 勧奨通知 were printed for these findings. Returns how many."""
    by.require("eligibility.change")
    count = 0
    for finding_id in finding_ids:
        add_step(by=by, on=on, finding_id=finding_id, kind=FindingStep.REMINDED, happened_on=on)
        count += 1
    return count


def judge(finding: OtherInsuranceFinding, steps: Sequence[FindingStep], on: date) -> ExOfficioLoss | None:
    """Whether 職権喪失 may be made, with what is missing; None for a finding that is not about another insurance begun.

    Confirmations in a row count since the last answer that the other insurance had ended; a letter that came back informs nobody.
    """
    if finding.kind == OtherInsuranceFinding.LEFT:
        return None
    stay = InsuredPeriod.objects.filter(BELIEVED, atena_no=finding.atena_no, valid__contains=on).first()
    confirmed: list[FindingStep] = []
    informed: date | None = None
    for step in sorted(steps, key=lambda row: (row.happened_on, row.pk)):
        if step.kind == FindingStep.CONFIRMED:
            confirmed = [*confirmed, step] if step.continues else []
        elif step.kind == FindingStep.REMINDED:
            informed = step.happened_on
        elif step.kind == FindingStep.RETURNED:
            informed = None
    last = confirmed[-1] if confirmed else None
    acquired = (last.other_acquired if last else None) or finding.event_on
    facts = DuplicateFinding(
        stay.acquired_on if stay else date.max, acquired, len(confirmed), bool(last and last.continues), informed
    )
    return ex_officio_loss(facts, on, ex_officio_settings(on, office_settings().ex_officio))


def propose_ex_officio(*, by: Actor, on: date, finding_id: int, reason: str) -> Entry:
    """Enter the 職権喪失 of a finding for another person to confirm. Raises `FindingError` FND08 with what is missing, FND09 without
    a reason, and what the engine refuses."""
    by.require("eligibility.change")
    finding = OtherInsuranceFinding.objects.get(pk=finding_id)
    if not reason.strip():
        raise FindingError("FND09", "職権で喪失させる理由を入力してください。")
    return submit(
        by=by, on=on, kind=EX_OFFICIO, title="職権による資格喪失（他保険の加入を確認）", payload={"finding": finding_id},
        persons=[finding.atena_no], household_no=finding.household_no, reason=reason,
    )  # fmt: skip


def _loaded(payload: Mapping[str, Any]) -> tuple[OtherInsuranceFinding, list[FindingStep]]:
    finding = OtherInsuranceFinding.objects.filter(pk=payload.get("finding")).first()
    if finding is None or finding.state != OtherInsuranceFinding.OPEN:
        raise FindingError("FND01", "この突合は既に完了しています。")
    return finding, list(finding.steps.all())


def _judged(payload: Mapping[str, Any], on: date) -> tuple[OtherInsuranceFinding, ExOfficioLoss]:
    finding, steps = _loaded(payload)
    found = judge(finding, steps, on)
    if found is None or not found.allowed:
        missing = "、".join(found.missing) if found else "他保険に加入した疑いではありません"
        raise FindingError("FND08", f"職権喪失の要件を満たしていません: {missing}。")
    return finding, found


def _draft(finding: OtherInsuranceFinding, found: ExOfficioLoss) -> Draft:
    return Draft(finding.atena_no, finding.household_no, found.event, CODE)


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    finding, found = _judged(payload, on)
    outcomes([_draft(finding, found)], office_settings(), on=on)


def _lines(by: Actor, on: date, entry: Entry) -> Sequence[entries.Line]:
    finding = OtherInsuranceFinding.objects.get(pk=entry.payload["finding"])
    found = judge(finding, list(finding.steps.all()), entry.on)
    after = f"職権喪失（異動日 {era.long(found.event)}）" if found else ""
    rows = [
        entries.Line("国保の資格", "あり", after, "賦課の更正・還付と、給付の返還の確認が要ります。"),
        entries.Line("相手の制度", "", finding.scheme),
    ]
    rows += [entries.Line(step.formula, "", _value(step.value)) for step in (found.steps if found else ())]
    return rows


def _value(value: object) -> str:
    return ("はい" if value else "いいえ") if isinstance(value, bool) else era.long(value) if isinstance(value, date) else str(value)


def _apply(by: Actor, on: date, entry: Entry) -> None:
    finding, found = _judged(entry.payload, on)
    record(by=by, on=on, drafts=[_draft(finding, found)], origin=f"entry:{entry.pk}")
    finding.state, finding.result, finding.reason = OtherInsuranceFinding.CLOSED, "ex_officio", entry.reason
    finding.decided_by, finding.decided_at = by.staff_no, now()
    finding.save(update_fields=["state", "result", "reason", "decided_by", "decided_at"])


def register_entries() -> None:
    """Make the entry of 職権喪失 known (called when the desk starts)."""
    entries.register(
        entries.EntryKind(
            code=EX_OFFICIO, label="職権による資格喪失", enter="eligibility.change", confirm="eligibility.confirm",
            items=frozenset({"finding"}), check=_check, lines=_lines, apply=_apply,
        )
    )  # fmt: skip
