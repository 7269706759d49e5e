"""The kinds of document that can be printed: one entry, one template and one wording file each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.documents import certificate, levy_notice, office_letter
from kokuho.documents.checks import Problem, notice_problems
from kokuho.documents.fonts import FontSet
from kokuho.documents.notice import PullReason
from kokuho.documents.settings import PrintSettings


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """What the print run needs to know about a kind of document; `Any` is the kind's own dataclass."""

    name: str
    title: str
    template: str  # file in templates/
    chunk_data: Callable[[Sequence[Any], PrintSettings, FontSet], tuple[dict[str, Any], list[int]]]
    problems: Callable[[Any, FontSet], list[Problem]]
    number: Callable[[Any], str]  # 文書番号
    pull: Callable[[Any], PullReason | None]
    dated: Callable[[Any], date]


KINDS = {
    kind.name: kind
    for kind in (
        DocumentKind(
            name="levy-notice",
            title="納入通知書・納税通知書",
            template="levy-notice.typ",
            chunk_data=levy_notice.chunk_data,
            problems=notice_problems,
            number=lambda notice: notice.notice_number,
            pull=lambda notice: notice.pull,
            dated=lambda notice: notice.issued_on,
        ),
        DocumentKind(
            name="certificate",
            title="証・お知らせ",
            template="certificate.typ",
            chunk_data=certificate.chunk_data,
            problems=certificate.problems,
            number=lambda it: it.code,
            pull=lambda it: it.pull,
            dated=lambda it: it.issued_on,
        ),
        DocumentKind(
            name="office-letter",
            title="資格の文書",
            template="office-letter.typ",
            chunk_data=office_letter.chunk_data,
            problems=office_letter.problems,
            number=lambda it: it.code,
            pull=lambda it: it.pull,
            dated=lambda it: it.issued_on,
        ),
    )
}
