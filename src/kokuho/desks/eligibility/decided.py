"""決定の通知: which confirmed entries are a 処分 that the person is told in writing, with how to appeal (行政不服審査法82条)."""

from __future__ import annotations

from kokuho.core.models import Entry

REFUSAL, SPECIAL, EX_OFFICIO, NOTICE = (
    "certificate.refusal", "certificate.special", "eligibility.ex_officio_loss", "eligibility.notice",
)  # fmt: skip
KINDS = (REFUSAL, SPECIAL, EX_OFFICIO, NOTICE)


def letter_of(entry: Entry) -> str:
    """The letter (`documents/texts/office-letters.yaml`) by which an entry's decision is told; empty when there is none.

    What somebody's own notice brings about follows from the law and is told by the certificate; the office's own doing, a refusal and
    特別療養費 are decisions about the person.
    """
    if entry.state != Entry.CONFIRMED:
        return ""
    if entry.kind == NOTICE:
        return "decided_ex_officio" if entry.payload.get("ex_officio") else ""
    if entry.kind == SPECIAL:
        return "decided_special_end" if entry.payload.get("end") else "decided_special"
    return {REFUSAL: "decided_refusal", EX_OFFICIO: "decided_loss"}.get(entry.kind, "")
