"""What was entered, in words, for the one who confirms and for the years after."""

from __future__ import annotations

from collections.abc import Sequence

from kokuho.core import era
from kokuho.desks.eligibility import reasons
from kokuho.desks.eligibility.models import EligibilityEvent
from kokuho.desks.eligibility.notices.kinds import notice_reasons, place_label
from kokuho.desks.eligibility.notices.payload import MATCH, Notice
from kokuho.desks.eligibility.notices.rules import HEAD_CONDITIONS
from kokuho.desks.eligibility.papers import words as words_of
from kokuho.desks.people import municipalities


def _events(numbers: Sequence[int]) -> list[str]:
    found = EligibilityEvent.objects.in_bulk(numbers) if numbers else {}
    return [f"{reasons.label(found[no].code)}（{era.short(found[no].event_on)}）" if no in found else f"番号 {no}" for no in numbers]


def words(notice: Notice) -> list[tuple[str, str]]:
    """(label, text) of everything that was typed, without what is empty."""
    entry = notice_reasons().get(notice.code)
    papers = dict(entry.documents) if entry else {}
    methods = words_of("methods")
    matched = sum(result == MATCH for result in notice.four.values())
    lines = [
        ("事由", f"{entry.code} {entry.label}" if entry else "取消し"),
        (entry.day if entry else "異動日", era.long(notice.event_on) if notice.event_on else ""),
        ("届出日", era.long(notice.notified_on) if notice.notified_on else ""),
        ("届出人", notice.notifier),
        ("職権", "届出によらない処理" if notice.ex_officio else ""),
        ("確かめた書類", "、".join(papers.get(code, code) for code in notice.documents)),
        ("4情報の照合", f"{matched}人一致／{len(notice.four)}人" if notice.four else ""),
        ("4情報の判断", notice.four_note),
        ("都道府県の取得日", era.long(notice.acquired_on) if notice.acquired_on else ""),
        ("転出先での転入日", era.long(notice.moved_in_elsewhere) if notice.moved_in_elsewhere else ""),
        (place_label(notice.code), municipalities.words(notice.place, on=notice.event_on) if notice.place and notice.event_on else ""),
        ("相手の保険者", notice.scheme),
        ("要件", "、".join(HEAD_CONDITIONS[key] for key, met in notice.head.items() if met)),
        ("重複の確認", f"{notice.notices_seen}回" if notice.notices_seen else ""),
        ("勧奨した日", era.long(notice.informed_on) if notice.informed_on else ""),
        ("証・お知らせ", f"確認と同時に交付（{methods[notice.issue]}）" if notice.issue else ""),
        ("取り消す異動", "、".join(_events(notice.cancels))),
    ]
    return [(label, text) for label, text in lines if text]
