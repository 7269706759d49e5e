"""限度額適用・標準負担額減額 and 特定疾病: applications, what the law says to them, and their end (AKASHI-10, AKASHI-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from kokuho.core.access import Actor
from kokuho.core.entries import Line
from kokuho.core.models import Entry
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import certificates
from kokuho.desks.eligibility.actions.dated import put
from kokuho.desks.eligibility.actions.entry_parts import NONE, Payload, day, holder_on, needed, shown, yes
from kokuho.desks.eligibility.holders import Holder
from kokuho.desks.eligibility.models import (
    CertificateHolding,
    DiseaseApproval,
    LimitApproval,
)
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.law.benefit.certificates import (
    LimitCertificate,
    LimitCertification,
    limit_certification,
    specific_disease_cap,
    specific_disease_from,
)
from kokuho.law.eligibility.ages import birthday, reached_on
from kokuho.law.eligibility.months import Month


def limit_of(payload: Payload, atena_no: int, on: date) -> tuple[Holder, str, LimitCertification]:
    """What the law says to an application: the holder, the class, the certification.

    Raises `CertificateError` CRT10 for one who is not insured on the day of application, CRT12 for a household that is not judged,
    CRT35–CRT37 when nothing can be certified.
    """
    applied = needed(payload, "applied_on", "申請年月日")
    if applied > on:
        raise CertificateError("CRT33", "申請年月日は今日までの日を入力してください。")
    holder = holder_on(atena_no, applied)
    klass = holder.over_70 if holder.senior else holder.under_70
    if not klass:
        raise CertificateError(
            "CRT12", "この世帯の所得区分が判定されていません。負担割合の画面で判定してから登録してください。"
        )
    settings = papers.settings()
    if settings.arrears_check and not holder.senior and payload.get("arrears") is None:
        raise CertificateError("CRT35", "納付の状況を確かめて、滞納の有無を選んでください。")
    result = limit_certification(
        holder.birth_date, klass, applied,
        confirmed_online=bool(holder.registered) and not holder.needs_support and not settings.limit_when_online
        and not payload.get("long_stay_from"),
        arrears=bool(payload.get("arrears")), special_circumstances=bool(str(payload.get("circumstances") or "").strip()),
        acquired_on=holder.acquired_on,
    )  # fmt: skip
    if result.kind is LimitCertificate.NONE_NEEDED:
        raise CertificateError("CRT36", f"区分「{klass}」又はマイナ保険証の利用により、認定証は要りません。")
    if result.kind is LimitCertificate.REFUSED:
        raise CertificateError(
            "CRT37",
            "滞納があるため認定できません。特別の事情があるときは、その内容を入力してください。認定しないときは「申請の却下」を入力し、通知を渡します。",
        )
    long_stay = day(payload, "long_stay_from")
    if long_stay and klass not in ("オ", "低所得II"):
        raise CertificateError("CRT38", f"長期入院該当は区分オ・低所得IIの人だけです（この人は {klass}）。")
    return holder, klass, result


def check_limit(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    limit_of(payload, persons[0], on)


def limit_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    _, klass, result = limit_of(entry.payload, entry.persons[0], on)
    now = LimitApproval.objects.filter(
        superseded_at__isnull=True, atena_no=entry.persons[0], valid__contains=result.start
    ).first()
    types = papers.types()
    return [
        Line("認定", types[now.certificate_kind].label if now else NONE, types[result.kind.value].label,
             "、".join(step.authority for step in result.steps)),
        Line("適用区分", now.income_class if now else NONE, klass),
        Line("発効期日", shown(now.valid.lower) if now else NONE, shown(result.start)),
        Line("有効期限", shown(now.valid.upper - timedelta(days=1)) if now else NONE, shown(result.end)),
        Line("長期入院該当", shown(now.long_stay_from) if now else NONE, shown(day(entry.payload, "long_stay_from")),
             "該当日からの減額は、申請の翌月1日から証に載せます。" if entry.payload.get("long_stay_from") else ""),
        Line("滞納", yes(now and now.arrears), yes(entry.payload.get("arrears")), str(entry.payload.get("circumstances") or "")),
    ]  # fmt: skip


def apply_limit(by: Actor, on: date, entry: Entry) -> None:
    said = entry.payload
    holder, klass, result = limit_of(said, entry.persons[0], on)
    assert result.start is not None and result.end is not None
    put(
        LimitApproval, {"atena_no": holder.atena_no}, result.start, result.end + timedelta(days=1), recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}",
        values={"household_no": holder.household_no, "certificate_kind": result.kind.value, "income_class": klass,
                "applied_on": needed(said, "applied_on", "申請年月日"), "long_stay_from": day(said, "long_stay_from"),
                "arrears": bool(said.get("arrears")), "circumstances": str(said.get("circumstances") or "")[:200]},
    )  # fmt: skip


def check_end(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    needed(payload, "ended_on", "終わる日")


def end_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    return [
        Line(
            "認定",
            "有効",
            f"{shown(day(entry.payload, 'ended_on'))}で終了",
            "証を持っていれば、回収の対象になります。",
        )
    ]


def _due_back(atena_no: int, kinds: Sequence[str], on: date, cause: str, disease: int | None = None) -> None:
    held = CertificateHolding.objects.filter(atena_no=atena_no, kind__in=kinds, state=CertificateHolding.HELD)
    if disease is not None:
        held = held.filter(certificate__printed__disease=papers.words("diseases")[str(disease)])
    held.update(state=CertificateHolding.DUE_BACK, cause=cause, cause_on=on, changed_on=on)


def apply_limit_end(by: Actor, on: date, entry: Entry) -> None:
    ended = needed(entry.payload, "ended_on", "終わる日")
    put(
        LimitApproval,
        {"atena_no": entry.persons[0]},
        ended,
        None,
        recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}",
        values=None,
    )
    _due_back(entry.persons[0], certificates.LIMITS, ended, "class")


def check_refusal(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    if payload.get("application") not in papers.words("applications"):
        raise CertificateError("CRT43", "却下する申請を選んでください。")
    if needed(payload, "applied_on", "申請年月日") > on:
        raise CertificateError("CRT33", "申請年月日は今日までの日を入力してください。")
    if not str(payload.get("reason") or "").strip():
        raise CertificateError("CRT44", "却下の理由を、根拠の規定とともに入力してください。通知に記載します。")


def refusal_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    said = entry.payload
    return [
        Line("申請", "", papers.words("applications")[said["application"]], f"{shown(day(said, 'applied_on'))}の申請"),
        Line("決定", "", "却下", "確認の後に、教示を載せた通知を作って渡します。"),
        Line("却下の理由", "", str(said["reason"])),
    ]


def apply_refusal(by: Actor, on: date, entry: Entry) -> None:
    """The confirmed entry is the decision; what the person has does not change."""


def disease_of(payload: Payload, atena_no: int, on: date) -> tuple[Holder, int, str, date, date]:
    """(holder, 自己負担限度額 in yen, why, first day, day after the last) for an application.

    Raises `CertificateError` CRT10, CRT12, CRT39 without a doctor's opinion or disease.
    """
    applied = needed(payload, "applied_on", "申請年月日")
    if applied > on:
        raise CertificateError("CRT33", "申請年月日は今日までの日を入力してください。")
    if str(payload.get("disease")) not in papers.words("diseases") or not str(payload.get("opinion") or "").strip():
        raise CertificateError("CRT39", "疾病を選び、医師の意見（医療機関と年月日）を入力してください。")
    holder = holder_on(atena_no, applied)
    dialysis = str(payload["disease"]) == "1"
    if dialysis and not holder.senior and not holder.under_70:
        raise CertificateError(
            "CRT12", "この世帯の所得区分が判定されていません。負担割合の画面で判定してから登録してください。"
        )
    month = Month.of(applied)
    cap, step = specific_disease_cap(
        month, senior=holder.senior, dialysis=dialysis, class_under_70=holder.under_70 or None
    )
    start = max(specific_disease_from(applied), holder.applied_from)
    end = birthday(holder.birth_date, 75)
    month_of_70 = Month.of(reached_on(holder.birth_date, 70)).plus(1).first
    if not holder.senior and month_of_70 < end:
        # With 70 the limit may change: the certificate ends with the month (施行規則27条の13第6項).
        end = month_of_70
    if dialysis and not holder.senior:
        july = date(start.year if start.month < 8 else start.year + 1, 8, 1)
        end = min(end, july)
    return holder, cap, step.formula, start, end


def check_disease(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    disease_of(payload, persons[0], on)


def disease_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    holder, cap, why, start, end = disease_of(entry.payload, entry.persons[0], on)
    now = DiseaseApproval.objects.filter(
        superseded_at__isnull=True,
        atena_no=holder.atena_no,
        disease=int(entry.payload["disease"]),
        valid__contains=start,
    ).first()
    return [
        Line("疾病", NONE, papers.words("diseases")[str(entry.payload["disease"])], str(entry.payload["opinion"])),
        Line("自己負担限度額", f"{now.cap:,}円" if now else NONE, f"{cap:,}円", why),
        Line("発効期日", shown(now.valid.lower) if now else NONE, shown(start), "申請した月の初日"),
        Line("有効期限", shown(now.valid.upper - timedelta(days=1)) if now else NONE, shown(end - timedelta(days=1))),
    ]  # fmt: skip


def apply_disease(by: Actor, on: date, entry: Entry) -> None:
    said = entry.payload
    holder, cap, _, start, end = disease_of(said, entry.persons[0], on)
    put(
        DiseaseApproval, {"atena_no": holder.atena_no, "disease": int(said["disease"])}, start, end, recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}",
        values={"household_no": holder.household_no, "applied_on": needed(said, "applied_on", "申請年月日"), "cap": cap,
                "opinion": str(said["opinion"])[:200], "income_class": holder.under_70},
    )  # fmt: skip


def apply_disease_end(by: Actor, on: date, entry: Entry) -> None:
    ended, disease = needed(entry.payload, "ended_on", "終わる日"), int(entry.payload["disease"])
    put(
        DiseaseApproval, {"atena_no": entry.persons[0], "disease": disease}, ended, None, recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}", values=None,
    )  # fmt: skip
    _due_back(entry.persons[0], ("specific_disease",), ended, "cured", disease)
