"""Applying for an extract and deciding about it: purpose, legal basis, items, condition, receiver, medium; another person approves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.extracts import catalogue
from kokuho.core.extracts.catalogue import FORMS, OPEN, ExtractError
from kokuho.core.models import Approval, Extract, Medium

KIND = "extract"
# An approval does not wait for ever: the condition of the town changes.
LONGEST_WAIT = timedelta(days=31)


def subject(extract: Extract) -> str:
    """How an approval names an application; the trigger of `ExtractRun` looks for it under this name."""
    return f"extract:{extract.pk}"


def content_hash(extract: Extract) -> str:
    """The hash of everything that is approved, the text of the definition included."""
    parts = [
        extract.definition, catalogue.definition(extract.definition).hash, extract.purpose, extract.legal_basis, list(extract.items),
        extract.conditions, extract.recipient, extract.form, extract.medium_id, extract.use_by.isoformat(),
    ]  # fmt: skip
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def apply(
    *, by: Actor, on: date, definition: str, purpose: str, legal_basis: str, items: Sequence[str], conditions: Mapping[str, str],
    recipient: str, form: str, medium: str, use_by: date,
) -> Extract:  # fmt: skip
    """Apply for an extract. Needs `extract.apply` and the right to what is extracted.

    Raises `ExtractError`: EXPORT-01 not registered, EXPORT-03-… incomplete, EXPORT-04-MEDIUM no such usable medium,
    EXPORT-05 an open file while media are always encrypted.
    """
    by.require("extract.apply")
    found = catalogue.definition(definition)
    by.require(found.needs)
    for item in found.uses:
        by.require_item(item, asked=f"extract:{definition}")
    for value, words in ((purpose, "目的"), (recipient, "提供先")):
        if not value.strip():
            raise ExtractError("EXPORT-03-PURPOSE", f"{words}を入力してください。")
    if legal_basis not in catalogue.raw()["legal_bases"]:
        raise ExtractError("EXPORT-03-BASIS", "法令の根拠を選んでください。")
    if not items or set(items) - set(found.items):
        raise ExtractError("EXPORT-03-ITEMS", "必要な項目だけを選んでください。")
    if form not in FORMS:
        raise ExtractError("EXPORT-03-FORM", "形式を選んでください。")
    if form not in catalogue.forms():
        audit.record(by, function="extract.apply", operation="refuse", result="refused", detail={"definition": definition, "form": form})
        raise ExtractError("EXPORT-05", "媒体に書くファイルは常に暗号化する設定です。暗号化する形式を選んでください。")
    if not on <= use_by <= on + LONGEST_WAIT:
        raise ExtractError("EXPORT-03-DEADLINE", f"実行期限は今日から{LONGEST_WAIT.days}日以内にしてください。")
    chosen = Medium.objects.filter(code=medium, state=Medium.USABLE).first()
    if chosen is None:
        raise ExtractError("EXPORT-04-MEDIUM", "電子媒体管理簿にある、使用できる媒体を選んでください。")
    extract = Extract(
        definition=definition, definition_hash=found.hash, purpose=purpose.strip(), legal_basis=legal_basis,
        items=[code for code in found.items if code in items], conditions=found.read(conditions), recipient=recipient.strip(), form=form,
        medium=chosen, use_by=use_by, applied_by=by.staff_no,
    )  # fmt: skip
    extract.content_hash = content_hash(extract)
    extract.save()
    approvals.propose(
        by=by, kind=KIND, subject=subject(extract), title=f"抽出 {extract.pk}: {found.title}", content_hash=extract.content_hash,
        summary={
            "項目": len(extract.items), "提供先": extract.recipient, "媒体": chosen.code, "暗号化": "しない" if form == OPEN else "する",
        },
    )  # fmt: skip
    return extract


@transaction.atomic
def decide(*, by: Actor, approval_id: int, approve: bool, reason: str = "") -> Extract:
    """Approve or return an application. Needs `extract.approve`; refuses the applicant and content that changed since."""
    by.require("extract.approve")
    approval = Approval.objects.get(pk=approval_id, kind=KIND)
    extract = Extract.objects.select_for_update(of=("self",)).get(pk=int(approval.subject.removeprefix("extract:")))
    approvals.decide(
        by=by, approval_id=approval_id, approve=approve, reason=reason, content_hash=content_hash(extract) if approve else None
    )
    extract.state = Extract.APPROVED if approve else Extract.RETURNED
    extract.save(update_fields=["state"])
    audit.record(
        by, function="extract.decide", operation="approve" if approve else "return", row_count=1, reason=reason,
        detail={"extract": extract.pk, "approval": approval_id},
    )  # fmt: skip
    return extract
