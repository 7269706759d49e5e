"""Issuing certificates and what becomes of them: 交付・再交付, 返戻・再送付, 紛失, 回収, 失効 (AKASHI-02, -03, -06).

Issuing is decided by two persons (`entries`, ENTRY-02, ENTRY-08); what comes back over the counter or by post is written down as
it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.holders import Holder, holders
from kokuho.desks.eligibility.models import (
    Certificate,
    CertificateEvent,
    CertificateHolding,
    DiseaseApproval,
    LimitApproval,
)
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people.labels import label
from kokuho.law.eligibility.certificates import confirmation_validity, notice_validity

LIMITS = ("limit", "limit_and_meals", "meals_only")
SPECIAL = ("confirmation_special", "notice_special")
FORMER = (
    "旧システムで交付した証の履歴です。照会と回収の記録に使い、印刷・再交付はできません。"
    "いまの証は「本人の証・お知らせ」から、過去の期間の証明は資格の履歴から出してください。"
)
# A person holds one of a family at a time: a new one takes the place of the old one.
FAMILIES: tuple[tuple[str, ...], ...] = (
    ("insured_card", "short_term_card", "qualification_certificate", "confirmation", "confirmation_special", "notice",
     "notice_special"),
    ("senior_card",),
    LIMITS,
)  # fmt: skip


# Reasons of 再交付 that somebody applies for.
APPLIED = frozenset({"lost", "damaged"})


@dataclass(frozen=True, slots=True)
class Item:
    """One certificate to issue: to whom, which, why; `disease` for 特定疾病."""

    atena_no: int
    kind: str
    reason: str
    disease: int | None = None
    replaces: int | None = None

    def as_list(self) -> list[Any]:
        """For the payload of an entry."""
        return [self.atena_no, self.kind, self.reason, self.disease, self.replaces]


def family(kind: str) -> tuple[str, ...]:
    """The kinds of which a person holds one at a time."""
    return next((group for group in FAMILIES if kind in group), (kind,))


def dated(holder: Holder, item: Item, on: date) -> tuple[date | None, date | None, str]:
    """(発効期日, 有効期限, what limits it) of a certificate issued on a day.

    Raises `CertificateError` CRT11 when the 認定 that it would certify does not exist, CRT12 when the ratio is not judged.
    """
    kind = item.kind
    if kind == "receipts_form":
        return None, None, ""
    if kind in LIMITS:
        found = LimitApproval.objects.filter(
            superseded_at__isnull=True, atena_no=holder.atena_no, valid__contains=on, certificate_kind=kind
        ).first()
        if found is None:
            raise CertificateError("CRT11", "この種類の限度額適用認定がありません。認定の申請を先に登録してください。")
        return found.valid.lower, _last(found.valid.upper), "認定の期間"
    if kind == "specific_disease":
        disease = DiseaseApproval.objects.filter(
            superseded_at__isnull=True, atena_no=holder.atena_no, valid__contains=on, disease=item.disease
        ).first()
        if disease is None:
            raise CertificateError("CRT11", "特定疾病の認定がありません。認定の申請を先に登録してください。")
        return disease.valid.lower, _last(disease.valid.upper), "認定の期間"
    settings = papers.settings()
    shows_ratio = settings.ratio_on_confirmation and kind == "confirmation"
    if holder.senior and not holder.ratio and (kind in ("notice", "senior_card") or shows_ratio):
        raise CertificateError(
            "CRT12", "この世帯の負担割合が判定されていません。負担割合の画面で判定してから交付してください。"
        )
    if kind in ("notice", "notice_special", "senior_card"):
        validity = notice_validity(holder.birth_date, on)
        return (holder.ratio_from if holder.senior else None), validity.until, validity.limited_by
    validity = confirmation_validity(
        holder.birth_date, on, papers.law_settings(on), stay_expires=holder.residence_until, shows_ratio=shows_ratio
    )
    return None, validity.until, validity.limited_by


def _last(upper: date | None) -> date | None:
    from datetime import timedelta

    return upper - timedelta(days=1) if upper else None


def printed(holder: Holder, kind: str, on: date, *, limited_by: str = "", disease: int | None = None) -> dict[str, Any]:
    """What the paper says besides the columns of `Certificate`: the items of 施行規則6条4項・7条の3・7条の4・27条の13・27条の14の2."""
    number, insurer = papers.insurer()
    settings = papers.settings()
    said: dict[str, Any] = {
        "birth": holder.birth_date.isoformat(), "sex": label("sex", holder.sex), "head": holder.head_name, "insurer_no": number,
        "insurer": insurer, "applied_from": holder.applied_from.isoformat(), "acquired_on": holder.acquired_on.isoformat(),
        "limited_by": limited_by, "ratio": "",
    }  # fmt: skip
    if kind in ("notice", "senior_card") or (kind == "confirmation" and settings.ratio_on_confirmation):
        said["ratio"] = holder.ratio_on(on)
        if said["ratio"]:
            said["ratio_from"] = holder.ratio_from.isoformat()
    if kind in LIMITS:
        approval = LimitApproval.objects.filter(
            superseded_at__isnull=True, atena_no=holder.atena_no, valid__contains=on, certificate_kind=kind
        ).get()
        said["income_class"] = approval.income_class
        if approval.long_stay_from:
            said["long_stay_from"] = approval.long_stay_from.isoformat()
    if kind == "specific_disease":
        found = DiseaseApproval.objects.filter(
            superseded_at__isnull=True, atena_no=holder.atena_no, valid__contains=on, disease=disease
        ).get()
        said["disease"], said["cap"] = papers.words("diseases")[str(found.disease)], found.cap
    return said


def check_items(items: Sequence[Item], on: date) -> dict[int, Holder]:
    """Whether all of these may be issued on a day. Returns the holders.

    Raises `CertificateError`: CRT01, CRT02 for the type; CRT10 when the person is not insured; CRT11–CRT13 as `dated`; CRT13 without
    記号番号; CRT14 for a reason that does not exist; CRT15 when one person gets the same kind twice.
    """
    found = holders({item.atena_no for item in items}, on)
    reasons = papers.words("reasons")
    seen: set[tuple[int, str, int | None]] = set()
    for item in items:
        papers.issuable(item.kind, on)
        holder = found.get(item.atena_no)
        if holder is None:
            raise CertificateError("CRT10", f"宛名番号 {item.atena_no} はこの日に国保の被保険者ではありません。")
        if not holder.number:
            raise CertificateError(
                "CRT13", f"宛名番号 {item.atena_no} の世帯に記号番号がありません。資格の画面で確かめてください。"
            )
        if item.reason not in reasons:
            raise CertificateError("CRT14", f"交付理由「{item.reason}」はありません。")
        if (key := (item.atena_no, item.kind, item.disease)) in seen:
            raise CertificateError("CRT15", f"宛名番号 {item.atena_no} に同じ種類が2度あります。")
        seen.add(key)
        dated(holder, item, on)
    return found


def issue(*, by: Actor, on: date, items: Sequence[Item], method: str, entry_id: int | None = None) -> list[Certificate]:
    """Issue certificates that a second person has confirmed. Runs inside the confirming transaction.

    What the persons held of the same family is now to be handed in, or has lapsed where nothing is to be handed in.
    """
    by.require("certificate.confirm")
    found = check_items(items, on)
    made = []
    for item in items:
        holder = found[item.atena_no]
        start, until, why = dated(holder, item, on)
        certificate = Certificate.objects.create(
            kind=item.kind, atena_no=holder.atena_no, household_no=holder.household_no, symbol=holder.symbol,
            number=holder.number, branch=holder.branch, issued_on=on, reason=item.reason, method=method, office=by.unit,
            valid_from=start, valid_until=until, name=holder.name, kana=holder.kana, real_name=holder.real_name,
            real_kana=holder.real_kana, undisclosed=holder.protected,
            printed=printed(holder, item.kind, on, limited_by=why, disease=item.disease), replaces_id=item.replaces,
            entry_id=entry_id, recorded_by=by.staff_no,
        )  # fmt: skip
        _take_over(certificate, on, item)
        CertificateHolding.objects.create(
            certificate=certificate, atena_no=holder.atena_no, kind=item.kind, valid_until=until, changed_on=on
        )
        made.append(certificate)
    audit.record(
        by, function="certificate.issue", operation="update", persons=[c.atena_no for c in made],
        detail={"certificates": [c.pk for c in made][:50], "entry": entry_id},
    )  # fmt: skip
    return made


_CAUSES = {"ratio": "ratio", "class": "class"}


def _take_over(new: Certificate, on: date, item: Item) -> None:
    """What the new certificate replaces: to be handed in (返還), lapsed, or lost."""
    older = CertificateHolding.objects.select_for_update(of=("self",)).filter(
        atena_no=new.atena_no,
        kind__in=family(new.kind),
        state__in=(CertificateHolding.HELD, CertificateHolding.RETURNED),
    )
    if new.kind == "specific_disease":
        older = older.filter(certificate__printed__disease=new.printed["disease"])
    for holding in older:
        if item.reason == "lost":
            state = CertificateHolding.LOST
        elif papers.types()[holding.kind].collect and holding.state == CertificateHolding.HELD:
            state = CertificateHolding.DUE_BACK
        else:
            state = CertificateHolding.ENDED
        _move(holding, state, on, cause=_CAUSES.get(item.reason, "replaced"), cause_on=on)


def _move(holding: CertificateHolding, state: str, on: date, *, cause: str = "", cause_on: date | None = None) -> None:
    holding.state, holding.changed_on = state, on
    if cause:
        holding.cause, holding.cause_on = cause, cause_on
    holding.save(update_fields=["state", "changed_on", "cause", "cause_on"])


# What may happen to a certificate in which state, and what state it leads to (None: the state stays).
_STEPS: Mapping[str, tuple[frozenset[str], str | None]] = {
    CertificateEvent.RETURNED: (frozenset({"held"}), CertificateHolding.RETURNED),
    CertificateEvent.RESENT: (frozenset({"returned"}), CertificateHolding.HELD),
    CertificateEvent.LOST: (frozenset({"held", "due_back"}), CertificateHolding.LOST),
    CertificateEvent.FOUND: (frozenset({"lost"}), CertificateHolding.COLLECTED),
    CertificateEvent.COLLECTED: (frozenset({"held", "due_back", "returned", "lost", "ended"}), CertificateHolding.COLLECTED),
    CertificateEvent.DEMANDED: (frozenset({"due_back"}), None),
    CertificateEvent.ENDED: (frozenset({"returned", "held"}), CertificateHolding.ENDED),
}


def record_event(
    *, by: Actor, on: date, certificate_id: int, kind: str, happened_on: date | None = None, detail: Mapping[str, Any] | None = None,
    note: str = "",
) -> CertificateEvent:  # fmt: skip
    """Write down what happened to a certificate and where it is now.

    `detail`: `reason` of a 返戻; `method`, `cause`, `cause_on` (ISO) of a 回収. Raises Certificate.DoesNotExist;
    `CertificateError` CRT20 when it cannot happen in the present state, CRT21 for an unknown word, CRT22 for a day to come or before
    the issue.
    """
    by.require("certificate.collect")
    day = happened_on or on
    said = dict(detail or {})
    _known(kind, said)
    with transaction.atomic():
        holding = (
            CertificateHolding.objects.select_for_update(of=("self",))
            .select_related("certificate")
            .get(pk=certificate_id)
        )
        allowed, state = _STEPS[kind]
        if holding.state not in allowed:
            word = CertificateEvent.KINDS[kind]
            raise CertificateError("CRT20", f"この証は「{holding.get_state_display()}」のため、{word}は登録できません。")
        if day > on or day < holding.certificate.issued_on:
            raise CertificateError("CRT22", "年月日は交付の日から今日までの日を入力してください。")
        event = CertificateEvent.objects.create(
            certificate=holding.certificate, kind=kind, on=day, detail=said, note=note.strip(), recorded_by=by.staff_no
        )
        if state is not None:
            cause_on = date.fromisoformat(said["cause_on"]) if said.get("cause_on") else None
            _move(holding, state, day, cause=str(said.get("cause", "")), cause_on=cause_on)
        audit.record(
            by, function=f"certificate.{kind}", operation="update", persons=[holding.atena_no], reason=note,
            detail={"certificate": certificate_id},
        )  # fmt: skip
    return event


def _known(kind: str, said: Mapping[str, Any]) -> None:
    lists = {"reason": "return_reasons", "method": "collect_methods", "cause": "collect_causes"}
    needed = {CertificateEvent.RETURNED: ("reason",), CertificateEvent.COLLECTED: ("method", "cause")}.get(kind, ())
    if kind not in _STEPS or any(name not in said for name in needed):
        raise CertificateError("CRT21", "できごとの内容が足りません。理由・方法を選んでください。")
    for name, words in lists.items():
        if name in said and said[name] not in papers.words(words):
            raise CertificateError("CRT21", f"「{said[name]}」という選択肢はありません。")


def printed_among(certificate_ids: Iterable[int]) -> frozenset[int]:
    """Which of these certificates were printed before."""
    events = CertificateEvent.objects.filter(certificate_id__in=list(certificate_ids), kind=CertificateEvent.PRINTED)
    return frozenset(events.values_list("certificate_id", flat=True))


def record_run_print(*, by: Actor, on: date, renewal_id: int, not_printed: Iterable[int], reason: str = "") -> None:
    """Write down that the certificates of a renewal were printed as a batch, all but some (EXPORT-07)."""
    by.require("certificate.print")
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO eligibility_certificateevent (certificate_id, kind, "on", detail, note, recorded_by)
               SELECT c.id, CASE WHEN p.certificate_id IS NULL THEN 'printed' ELSE 'reprinted' END, %(on)s, '{}'::jsonb,
                      CASE WHEN p.certificate_id IS NULL THEN '' ELSE %(reason)s END, %(by)s
                 FROM eligibility_certificate c
                 LEFT JOIN (SELECT DISTINCT certificate_id FROM eligibility_certificateevent WHERE kind = 'printed') p
                   ON p.certificate_id = c.id
                WHERE c.run_id = %(run)s AND c.id <> ALL(%(left)s)""",
            {"on": on, "reason": reason.strip()[:200], "by": by.staff_no, "run": renewal_id, "left": list(not_printed)},
        )


def record_print(*, by: Actor, on: date, certificate_ids: Iterable[int], reason: str = "") -> frozenset[int]:
    """Write down that these were printed, and tell which had been printed before: those are 再発行 and need a reason (EXPORT-07).

    Raises `CertificateError` CRT23 for a reprint without a reason, CRT24 for what the former system issued (AKASHI-04).
    """
    by.require("certificate.print")
    wanted = list(certificate_ids)
    with transaction.atomic():
        if Certificate.objects.filter(pk__in=wanted).exclude(former_no="").exists():
            raise CertificateError("CRT24", FORMER)
        before = printed_among(wanted)
        if before and not reason.strip():
            raise CertificateError("CRT23", "印刷済みの証です。もう一度印刷する理由を入力してください。")
        CertificateEvent.objects.bulk_create(
            CertificateEvent(
                certificate_id=number, on=on, recorded_by=by.staff_no, note=reason.strip() if number in before else "",
                kind=CertificateEvent.REPRINTED if number in before else CertificateEvent.PRINTED,
            )
            for number in wanted
        )  # fmt: skip
    return before
