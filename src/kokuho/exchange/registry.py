"""The closed registry: what is entered, checked and confirmed, and the one question that every file asks of it.

Entries go through `core.entries`: `link.system` for a system that may connect, `link.rule` for what may be given to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit, entries
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.core.reads import once
from kokuho.exchange.models import ConnectedSystem, ReleaseRule
from kokuho.exchange.models.registry import BELIEVED, subject
from kokuho.formats import layout as find_layout

SYSTEM, RULE = "link.system", "link.rule"
NUMBER = "my_number"


class RegistryError(CodedError):
    """What was asked is not in the registry, or an entry of it cannot hold. `code` is stable."""


def system_on(code: str, on: date) -> ConnectedSystem | None:
    """The registered system of a code on a day."""
    return ConnectedSystem.objects.filter(BELIEVED, code=code, valid__contains=on).first()


def permits(system: str, layout: str, on: date) -> bool:
    """Whether files of a layout may go to a system on a day: what is done every night asks this first, where `rule_for` refuses."""
    rules = ReleaseRule.objects.filter(BELIEVED, system=system, layout=layout, valid__contains=on)
    return rules.exists() and system_on(system, on) is not None


def system_names() -> dict[str, str]:
    """Names of all systems that are or were registered."""
    rows = ConnectedSystem.objects.filter(BELIEVED).order_by("valid").values_list("code", "name")
    return once("exchange.systems", lambda: dict(rows))


def rule_for(by: Actor, *, system: str, layout: str, on: date) -> ReleaseRule:
    """The line of the registry that permits a file. Everything else is refused and recorded (LINK-02).

    Raises `RegistryError`: LINK-01 for a system that is not registered on the day, LINK-02 without a line for the layout.
    """
    if system_on(system, on) is None:
        refuse(by, "LINK-01", {"system": system, "layout": layout})
        raise RegistryError(
            "LINK-01", f"提供先「{system}」は {on} に登録されていません。接続先の登録と承認を受けてください。"
        )
    rule = ReleaseRule.objects.filter(BELIEVED, system=system, layout=layout, valid__contains=on).first()
    if rule is None:
        refuse(by, "LINK-02", {"system": system, "layout": layout})
        raise RegistryError(
            "LINK-02",
            f"「{system}」への「{layout}」の提供は、{on} の登録簿にありません。根拠・項目・承認を登録してください。",
        )
    return rule


def refuse(by: Actor, code: str, detail: Mapping[str, Any]) -> None:
    """Record that something was kept from leaving or connecting."""
    audit.record(by, function="exchange.registry", operation="refuse", result="refused", detail={"code": code, **detail})


@cache
def proposal() -> dict[str, Any]:
    """The registry that the product proposes (`exchange/data/registry.yaml`). The municipality completes and confirms it."""
    text = files("kokuho.exchange").joinpath("data", "registry.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def propose(*, by: Actor, on: date, approval_no: str, valid_from: date) -> Iterator[Entry]:
    """Enter the proposed registry for another person's confirmation, one entry after another: systems first, then the rules of
    systems that are confirmed by then. What is registered is left out."""
    from kokuho.core.actions.entries import submit

    for kind, name in ((SYSTEM, "systems"), (RULE, "rules")):
        for line in proposal()[name]:
            if _versions(kind, line) or (kind == RULE and system_on(line["system"], valid_from) is None):
                continue
            more = {"approval_no": approval_no, "approved_on": on.isoformat()} if kind == RULE else {}
            payload = {**line, **more, "valid_from": valid_from.isoformat()}
            yield submit(by=by, on=on, kind=kind, title=_title(kind, payload), payload=payload, reason="登録簿の初期登録")


def _title(kind: str, payload: Mapping[str, Any]) -> str:
    if kind == SYSTEM:
        return f"接続先 {payload['name']}"
    return f"提供 {payload['system']} {find_layout(payload['layout']).title}"


# ---- the two kinds of entries

_SYSTEM_ITEMS = frozenset({"code", "name", "owner", "purpose", "routes", "public_key", "valid_from", "valid_until"})
_RULE_ITEMS = frozenset(
    {"system", "duty", "layout", "kind", "items", "carries_number", "basis", "purpose", "frequency", "approval_no", "approved_on",
     "release", "protected", "mark_item", "hidden_items", "characters", "valid_from", "valid_until"}
)  # fmt: skip


def model_of(kind: str) -> Any:
    """The table that entries of a kind become rows of."""
    return ConnectedSystem if kind == SYSTEM else ReleaseRule


def _subject(kind: str, payload: Mapping[str, Any]) -> int:
    if kind == SYSTEM:
        return subject("system", str(payload["code"]))
    return subject("rule", str(payload["system"]), str(payload["layout"]))


def _versions(kind: str, payload: Mapping[str, Any]) -> list[Any]:
    return list(model_of(kind)._default_manager.filter(BELIEVED, subject_no=_subject(kind, payload)).order_by("valid"))


def _days(payload: Mapping[str, Any]) -> tuple[date, date | None]:
    try:
        start = date.fromisoformat(payload["valid_from"])
        end = date.fromisoformat(payload["valid_until"]) if payload.get("valid_until") else None
    except (KeyError, ValueError) as error:
        raise RegistryError("REG01", "登録の開始日・終了日を入力してください。") from error
    if end is not None and end <= start:
        raise RegistryError("REG02", "終了日（その日から使えない）は開始日より後にしてください。")
    return start, end


def _check_versions(kind: str, payload: Mapping[str, Any]) -> None:
    start, _ = _days(payload)
    held = _versions(kind, payload)
    if held and start < held[-1].valid.lower:
        raise RegistryError("REG03", f"{held[-1].valid.lower} からの登録があります。それより前の日からは登録できません。")


def _said(payload: Mapping[str, Any], names: Sequence[tuple[str, str]]) -> None:
    for name, label in names:
        if not str(payload.get(name) or "").strip():
            raise RegistryError("REG04", f"{label}を入力してください。")


def check_system(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """Raises `RegistryError` REG01 to REG05, REG12 for a key that is none."""
    _said(payload, (("code", "接続先の符号"), ("name", "名称"), ("owner", "所管"), ("purpose", "目的")))
    if not payload.get("routes") or set(payload["routes"]) - set(dict(ConnectedSystem.ROUTES)):
        raise RegistryError("REG05", "経路を一つ以上選んでください。")
    if payload.get("public_key") and re.fullmatch("[0-9a-f]{64}", str(payload["public_key"])) is None:
        raise RegistryError("REG12", "署名の公開鍵は、16進の小文字64桁で入力してください。")
    _check_versions(SYSTEM, payload)


def _receiver_known(payload: Mapping[str, Any], start: date, *, waiting: bool) -> None:
    """The receiver is registered on the first day; while entering, one that waits for its own confirmation will do."""
    code = payload.get("system", "")
    if system_on(code, start) is not None:
        return
    if waiting and Entry.objects.filter(kind=SYSTEM, state=Entry.PENDING, payload__code=code).exists():
        return
    raise RegistryError("REG06", "提供先が接続先に登録されていません。接続先を先に登録・確認してください。")


def check_rule(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """Raises `RegistryError`: REG01 to REG04, REG06 unknown receiver, REG07 not a layout that goes out, REG08 items that do not fit it,
    REG09 個人番号 without saying so, REG10 an unknown choice, REG11 no treatment of protected persons that can be carried out."""
    _said(
        payload,
        (("duty", "提供先の事務"), ("basis", "根拠"), ("purpose", "目的"), ("frequency", "周期"), ("approval_no", "承認番号"),
         ("approved_on", "承認日")),
    )  # fmt: skip
    start, _ = _days(payload)
    _receiver_known(payload, start, waiting=True)
    try:
        layout = find_layout(payload.get("layout", ""))
    except KeyError as error:
        raise RegistryError("REG07", "レイアウトがありません。") from error
    if layout.direction == "in":
        raise RegistryError("REG07", f"「{layout.title}」は受信するレイアウトです。")
    fields = {field.name: field for field in layout.records["data"].fields}
    items = list(payload.get("items") or ())
    if strange := [item for item in items if item not in fields]:
        raise RegistryError("REG08", f"レイアウトにない項目です（{'、'.join(strange)}）。")
    if missing := [field.title for name, field in fields.items() if field.required and name not in items]:
        raise RegistryError("REG08", f"レイアウトの必須の項目がありません（{'、'.join(missing)}）。")
    if (NUMBER in items) != bool(payload.get("carries_number")):
        raise RegistryError("REG09", "個人番号を渡すときは「個人番号を含む」とし、渡さないときは項目から外してください。")
    for name, choices in (("kind", ReleaseRule.KINDS), ("release", ReleaseRule.RELEASES), ("protected", ReleaseRule.TREATMENTS)):
        if payload.get(name) not in dict(choices):
            raise RegistryError("REG10", "区分・送信の確認・支援措置対象者の扱いを選んでください。")
    if payload.get("characters", "") not in dict(ReleaseRule.CHARACTERS):
        raise RegistryError("REG10", "文字の範囲を選んでください。")
    if payload["protected"] == ReleaseRule.FLAG and payload.get("mark_item") not in items:
        raise RegistryError("REG11", "印を付けて渡すときは、印の項目をレイアウトから選んでください。")
    hidden = list(payload.get("hidden_items") or ())
    if payload["protected"] == ReleaseRule.MASK and (not hidden or any(h not in fields or fields[h].required for h in hidden)):
        raise RegistryError("REG11", "空にする項目を、必須でない項目から選んでください。")
    _check_versions(RULE, payload)


_LABELS = {
    "code": "接続先", "name": "名称", "owner": "所管", "purpose": "目的", "routes": "経路", "public_key": "署名の公開鍵",
    "system": "提供先", "duty": "提供先の事務",
    "layout": "レイアウト", "kind": "区分", "items": "項目", "carries_number": "個人番号を含む", "basis": "根拠", "frequency": "周期",
    "approval_no": "承認番号", "approved_on": "承認日", "release": "送信の確認", "protected": "支援措置対象者", "mark_item": "印の項目",
    "hidden_items": "空にする項目", "characters": "文字の範囲", "valid_from": "開始日", "valid_until": "終了日（その日から使えない）",
}  # fmt: skip
_WORDS = {
    "kind": dict(ReleaseRule.KINDS), "release": dict(ReleaseRule.RELEASES), "protected": dict(ReleaseRule.TREATMENTS),
    "routes": dict(ConnectedSystem.ROUTES), "characters": dict(ReleaseRule.CHARACTERS),
}  # fmt: skip


def _word(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    words = _WORDS.get(name, {})
    if isinstance(value, list | tuple):
        return "、".join(str(words.get(part, part)) for part in value)
    return str(words.get(value, value))


def lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    """The version in force beside what is to hold."""
    held = _versions(entry.kind, entry.payload)
    former = held[-1] if held else None
    found = []
    for name, label in _LABELS.items():
        if name not in (_SYSTEM_ITEMS if entry.kind == SYSTEM else _RULE_ITEMS):
            continue
        before: Any = None
        if former is not None:
            edges = {"valid_from": former.valid.lower, "valid_until": former.valid.upper}
            before = edges[name] if name in edges else getattr(former, name)
        found.append(Line(label, _word(name, before), _word(name, entry.payload.get(name))))
    return found


def apply(by: Actor, on: date, entry: Entry) -> None:
    """The new version holds from its first day; the former one ends there. `RegistryError` REG06 for a line whose receiver has
    not been confirmed."""
    start, end = _days(entry.payload)
    if entry.kind == RULE:
        _receiver_known(entry.payload, start, waiting=False)
    origin = f"entry:{entry.pk}"
    for former in _versions(entry.kind, entry.payload):
        if former.valid.upper is None or former.valid.upper > start:
            if former.valid.lower < start:
                former.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(former.valid.lower, start))
            else:
                model_of(entry.kind)._default_manager.filter(pk=former.pk).update(superseded_at=Now())
    values = {key: value for key, value in entry.payload.items() if key not in ("valid_from", "valid_until")}
    model_of(entry.kind)._default_manager.create(
        **values, subject_no=_subject(entry.kind, entry.payload), valid=DateRange(start, end), recorded_by=by.staff_no,
        origin=origin,
    )  # fmt: skip


def register_kinds() -> None:
    """Make both kinds known to `core.entries`."""
    common = {"enter": "registry.enter", "confirm": "registry.confirm", "lines": lines, "apply": apply}
    entries.register(EntryKind(code=SYSTEM, label="接続先の登録", items=_SYSTEM_ITEMS, check=check_system, **common))  # type: ignore[arg-type]
    entries.register(EntryKind(code=RULE, label="提供の登録", items=_RULE_ITEMS, check=check_rule, **common))  # type: ignore[arg-type]


def item_titles(layout: str, items: Sequence[str]) -> tuple[str, ...]:
    """The items of a layout in words; an item that the layout no longer has stays as it is."""
    try:
        titles = {field.name: field.title for field in find_layout(layout).records["data"].fields}
    except KeyError:
        titles = {}
    return tuple(titles.get(item, item) for item in items)
