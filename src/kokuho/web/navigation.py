"""The way to the desks: what stands at the left, with its key. What a role does not permit is not shown (RIGHTS-01)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import reverse

from kokuho.core.access import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """A menu entry: `key` is pressed after g (no two have the same; the rarer ones are capitals), `below` are the addresses
    that belong to it."""

    label: str
    route: str
    key: str
    capability: str | None
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry as it is shown."""

    label: str
    url: str
    key: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading. `unfolded`: it is where the reader is, or the reader's own work."""

    title: str
    entries: tuple[Entry, ...]
    unfolded: bool = False


FEW = 20
"""So many entries fit on a screen of 768 lines unfolded."""

PLACES: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("ホーム", "home", "h", None),
            Place("検索", "search", "s", "person.search", ("/households/", "/persons/", "/people/protected/")),
            Place("業務横断照会", "inquiry", "H", "person.read"),
        ),
    ),
    (
        "宛名",
        (
            Place("宛名異動", "people:changes", "n", "person.read"),
            Place("引抜帳票", "people:pulled", "u", "person.read"),
            Place("区間異動", "people:ward_moves", "U", "person.read"),
            Place("処理停止", "people:stops", "V", "person.read"),
            Place("支援措置", "people:protections", "v", "protected.read"),
            Place("自己情報提供不可", "people:provision_refusals", "", "protected.read"),
            Place("法人・関係機関", "people:corporations", "y", "person.search", ("/people/outside/",)),
            Place("名寄せ", "people:joins", "z", "person.change"),
            Place("照会", "people:inquiries", "Y", "inquiry.read", ("/people/inquiries/",)),
        ),
    ),
    (
        "資格",
        (
            Place("届出の入力", "eligibility:notice_start", "i", "eligibility.change", ("/eligibility/households/",)),
            Place("異動整理", "eligibility:candidates", "q", "eligibility.read"),
            Place("資格照会", "eligibility:on_day", "I", "certificate.read"),
            Place("月別資格ビュー", "eligibility:months", "M", "eligibility.read"),
            Place("他保険との突合", "eligibility:findings", "f", "eligibility.read"),
            Place("異動差異", "eligibility:differences", "1", "eligibility.read"),
            Place("年齢到達", "eligibility:ages", "2", "eligibility.read", ("/eligibility/ages/",)),
            Place("証・お知らせ", "eligibility:certificates_due", "5", "certificate.read", ("/eligibility/certificates/",)),
            Place("在留期限", "eligibility:residences", "3", "eligibility.read"),
            Place("負担割合", "assessment:burden", "4", "burden.read", ("/assessment/burden/",)),
            Place("適用除外", "eligibility:exclusions", "6", "eligibility.read"),
            Place("資格の特例", "eligibility:statuses", "j", "eligibility.read", ("/eligibility/persons/",)),
        ),
    ),
    (
        "賦課",
        (
            Place("当初賦課", "assessment:levy", "a", "levy.read", ("/assessment/runs/",)),
            Place("賦課決定", "assessment:decisions", "d", "levy.read", ("/assessment/decisions/",)),
            Place("条例・料率", "assessment:ordinance", "o", "ordinance.read"),
        ),
    ),
    ("収納", (Place("調定", "collection:postings", "c", "ledger.read"),)),
    (
        "連携",
        (
            Place("受信ファイル", "exchange:inbox", "x", "exchange.read", ("/exchange/receive/",)),
            Place("要処理", "exchange:work", "w", "exchange.read"),
            Place("送信ファイル", "exchange:outbox", "0", "exchange.read"),
            Place("集約システム", "exchange:federation", "7", "exchange.read"),
            Place("統合宛名・住登外", "exchange:addressees", "N", "exchange.read"),
            Place("電子申請の受付", "exchange:applications", "X", "application.take"),
            Place("提供の記録", "exchange:provisions", "8", "registry.read"),
            Place("接続先・登録簿", "exchange:registry", "9", "registry.read"),
        ),
    ),
    (
        "運用",
        (
            Place("確認待ち", "entries", "e", None),
            Place("承認", "approvals", "k", None),
            Place("バッチ", "batches", "b", "batch.read"),
            Place("定時処理", "schedule", "B", "batch.read"),
        ),
    ),
    (
        "管理",
        (
            Place("共通マスタ", "people:masters", "r", "master.read", ("/people/masters/",)),
            Place("安全管理", "control", "g", None, ("/extracts/", "/media/")),
            Place("操作記録", "audit", "l", "audit.read"),
            Place("職員と権限", "staff", "t", "staff.read"),
            Place("IDと権限の管理", "access", "T", "staff.read"),
            Place("委託先", "vendors", "K", "vendor.read"),
            Place("データ移行", "migrations", "D", "migration.read"),
            Place("安全管理の設定", "parameters", "p", "parameter.read"),
            Place("自分の権限", "me", "m", None, ("/accounts/",)),
        ),
    ),
)


def menu(request: HttpRequest, actor: Actor) -> list[Group]:
    """The groups that this person may open."""
    shown = [
        (title, [(place, reverse(place.route)) for place in places if place.capability is None or actor.may(place.capability)])
        for title, places in PLACES
    ]
    # A page belongs to one place: that whose address is nearest to it.
    fits = {place: _fit(request.path, url, place.below) for _, places in shown for place, url in places}
    here = max(fits, key=lambda place: fits[place], default=None)
    groups = []
    for title, places in shown:
        entries = tuple(Entry(place.label, url, place.key, place is here and fits[place] > 0) for place, url in places)
        if entries:
            unfolded = title in ("", actor.duty) or any(entry.current for entry in entries)
            groups.append(Group(title, entries, unfolded))
    if sum(len(group.entries) for group in groups) <= FEW:
        return [replace(group, unfolded=True) for group in groups]
    return groups


def _fit(path: str, url: str, below: tuple[str, ...]) -> int:
    """How much of a page's address a place owns, in letters; 0 when the page is not of it."""
    owned = [prefix for prefix in (url, *below) if prefix != "/" and path.startswith(prefix)]
    return max(map(len, owned), default=int(path == url))
