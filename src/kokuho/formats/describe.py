"""Layouts in words: the lines of `list`, the text of `show`, the Markdown pages of docs/interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import yaml

from kokuho.formats import uke, zengin
from kokuho.formats.errors import KINDS, SEPARATOR_NAMES
from kokuho.formats.load import PACKAGE_DIRECTORY, library
from kokuho.formats.model import CERTAINTY_TITLES, Condition, Field, Layout, RecordType

DIRECTIONS = {"in": "受信", "out": "送信", "both": "送受信"}
_ENCODINGS = {
    "utf-8": "UTF-8",
    "cp932": "シフトJIS（CP932）",
    "jisx0201": "JIS X 0201",
    "ebcdic-kana": "EBCDIC（カナ）",
}
_FORMS = {"fixed": "固定長", "csv": "CSV", "tlv": "TLV", "xml": "XML"}
TYPE_TITLES = {
    "text": "文字", "kana": "カナ", "digits": "数字（桁を保つ）", "alnum": "英数", "ank": "半角", "wide": "全角",
    "either": "半角又は全角（混在不可）", "int": "整数", "decimal": "小数", "raw": "生のバイト（16進）",
    "date": "日付", "era-date": "和暦日付", "month": "年月", "month-day": "月日", "short-date": "日付（西暦下2桁）",
    "datetime": "日時", "time": "時刻", "claim-date": "日付（西暦又は和暦）", "claim-month": "年月（西暦又は和暦）",
    "code": "コード", "flag": "0/1", "const": "固定値", "filler": "予備", "group": "まとまり",
}  # fmt: skip


def validity(layout: Layout) -> str:
    """適用期間 in words."""
    start = layout.valid_from.isoformat() if layout.valid_from else ""
    end = layout.valid_until.isoformat() if layout.valid_until else ""
    return f"{start}〜{end}"


def line(layout: Layout) -> str:
    """One line of `kokuho formats list`, tab-separated."""
    source = layout.sources[0]
    return "\t".join(
        [
            layout.id,
            layout.title,
            layout.direction,
            "/".join(layout.encodings),
            layout.certainty,
            f"[{source.mark}] {source.url or source.text}",
            validity(layout),
        ]
    )


def _wire(layout: Layout) -> str:
    separators = "・".join(SEPARATOR_NAMES[n] for n in layout.newlines)
    size = f" {layout.size}バイト" if layout.size else ""
    encodings = "・".join(_ENCODINGS[e] for e in layout.encodings)
    return f"{_FORMS[layout.kind]}{size}、{encodings}、区切り {separators}"


def length(field: Field) -> str:
    """桁数: bytes where positions are bytes, else characters."""
    if field.size:
        return str(field.size)
    if field.max_bytes:
        return f"〜{field.max_bytes}バイト"
    if field.length is None:
        return ""
    if field.type in ("digits", "alnum") and field.min_length == field.length:
        return str(field.length)
    return f"{field.min_length}〜{field.length}" if field.min_length else f"〜{field.length}"


def remarks(field: Field) -> str:
    """Everything else that an item demands."""
    return "。".join(_remarks(field))


def _remarks(field: Field) -> Iterator[str]:
    if field.value is not None:
        yield f"「{field.value}」"
    if field.codes:
        codes = [f"{code} {title}" for code, title in field.codes.items()]
        yield "、".join(codes) + ("、ほか" if field.open else "")
    if field.required_if:
        yield f"{_when(field.required_if)}のとき必須"
    if field.empty_if:
        yield f"{_when(field.empty_if)}のとき空"
    if field.check:
        yield f"検査数字（{field.check}）"
    if field.pattern:
        yield f"形式 `{field.pattern}`"
    low = field.minimum if field.minimum is not None else ""
    if field.maximum is not None or low not in ("", 0):
        yield f"範囲 {low}〜{field.maximum if field.maximum is not None else ''}"
    if field.unknown:
        yield "不詳は00"
    if field.blank:
        yield "空白可"
    if field.blank_value:
        yield f"なしは{field.blank_value}"
    if field.repeat == 0:
        yield "行末まで"
    elif field.repeat > 1:
        yield f"{field.repeat}回繰り返し"
    if field.note:
        yield field.note


def _when(condition: Condition) -> str:
    return "かつ".join(f"{name}={'/'.join(sorted(values))}" for name, values in condition)


def _items(record: RecordType) -> Iterator[tuple[int, Field, str]]:
    for number, field in enumerate(record.fields, start=1):
        yield number, field, str(field.offset) if field.size and not record.tree else ""


def text(layout: Layout) -> str:
    """The text of `kokuho formats show`."""
    lines = [f"{layout.id}  {layout.title}", f"  {_wire(layout)}"]
    lines.append(f"  確からしさ {layout.certainty}（{CERTAINTY_TITLES[layout.certainty]}）  適用 {validity(layout)}")
    for source in layout.sources:
        lines.append(f"  出典 [{source.mark}] {source.text} {source.url or ''}".rstrip())
    if layout.note:
        lines.append(f"  {layout.note}")
    lines.append(f"  並び {layout.order}")
    for record in layout.records.values():
        lines.append(f"\n{record.kind}  {record.title}" + (f"  [{record.tag}]" if record.tag else ""))
        for number, field, offset in _items(record):
            need = "必須" if field.required else ""
            size = length(field)
            what = f"{field.name}  {field.title}  {field.type}  {need} {remarks(field)}"
            lines.append(f"  {number:>3} {offset:>5} {size:>8}  {what}".rstrip())
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """All Markdown pages: an index, one page a layout, the messages, the codes."""
    found = {"README.md": _index(), "messages.md": _messages(), "codes.md": _codes()}
    for versions in library().values():
        for layout in versions:
            name = layout.id if len(versions) == 1 else f"{layout.id}@{layout.valid_from}"
            found[f"{name}.md"] = _page(layout)
    return found


_GENERATED = (
    "<!-- レイアウト定義（YAML）から自動で作られた表。直すときは定義を直し、"
    "kokuho formats docs --out docs/interfaces を実行する。 -->\n\n"
)


def _index() -> str:
    rows = [
        f"| [{lay.id}]({lay.id}.md) | {lay.title} | {DIRECTIONS[lay.direction]} | {_FORMS[lay.kind]} | "
        f"{CERTAINTY_TITLES[lay.certainty]} | {'、'.join(lay.messages)} |"
        for versions in library().values()
        for lay in versions
    ]
    return (
        _GENERATED
        + "# 外部インタフェース\n\n"
        + "確からしさ：確定＝公表された規格等を読んで確かめたもの（自治体では変えられない）、"
        + "推定＝一部だけ確かめたもの、"
        + "自治体で調整＝公表された項目表がなく、内容だけが分かっているもの（自治体が定義を直して使う）。\n\n"
        + "- [連携（IF）ごとのレイアウト](messages.md)\n- [エラーコード](codes.md)\n\n"
        + "| レイアウト | 名称 | 方向 | 形式 | 確からしさ | 連携 |\n|---|---|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


def _page(layout: Layout) -> str:
    parts = [_GENERATED, f"# {layout.title}（{layout.id}）\n\n"]
    parts.append("| | |\n|---|---|\n")
    facts = [
        ("方向", DIRECTIONS[layout.direction]),
        ("連携", "、".join(layout.messages)),
        ("形式", _wire(layout)),
        ("並び", f"`{layout.order}`"),
        ("適用期間", validity(layout)),
        ("確からしさ", CERTAINTY_TITLES[layout.certainty]),
    ]
    facts += [("出典", f"[{s.mark}] {s.text}" + (f" <{s.url}>" if s.url else "")) for s in layout.sources]
    if layout.read_only:
        facts.append(("書き出し", layout.read_only))
    if layout.note:
        facts.append(("注", layout.note))
    parts += [f"| {name} | {_cell(value)} |\n" for name, value in facts]
    for record in layout.records.values():
        tag = f"（区分 {record.tag}）" if record.tag else ""
        parts.append(f"\n## {record.title}{tag}\n\n")
        if record.key:
            parts.append(
                "重複を許さない項目：" + "、".join(record.fields[record.index(k)].title for k in record.key) + "\n\n"
            )
        parts.append("| # | 位置 | 桁数 | 項目 | 名前 | 型 | 必須 | 内容 |\n|---|---|---|---|---|---|---|---|\n")
        for number, field, offset in _items(record):
            name = "" if field.type == "filler" else f"`{field.name}`"
            need = "○" if field.required else ""
            row = [str(number), offset, length(field), field.title, name, TYPE_TITLES[field.type], need, remarks(field)]
            parts.append("| " + " | ".join(_cell(v) for v in row) + " |\n")
    if layout.totals:
        parts.append("\n## 照合\n\n")
        for total in layout.totals:
            record = layout.records[total.record]
            what = f"{layout.records[total.of].title}の{'合計 ' + total.sum if total.sum else '件数'}"
            parts.append(f"- {record.title}の{record.fields[record.index(total.field)].title} ＝ {what}\n")
    return "".join(parts)


@lru_cache(maxsize=1)
def messages() -> dict[str, dict[str, str]]:
    """layouts/messages.yaml: every IF message with its title, and a note where no layout is needed."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        (PACKAGE_DIRECTORY / "messages.yaml").read_text(encoding="utf-8")
    )
    return loaded


def layouts_of_messages() -> dict[str, list[str]]:
    """Layout ids by IF message."""
    found: dict[str, list[str]] = {}
    for versions in library().values():
        for message in versions[-1].messages:
            found.setdefault(message, []).append(versions[-1].id)
    return found


def _messages() -> str:
    by_message = layouts_of_messages()
    rows = []
    for message, body in messages().items():
        links = "、".join(f"[{i}]({i}.md)" for i in by_message.get(message, []))
        rows.append(f"| {message} | {body['title']} | {links} | {body.get('note', '')} |")
    return (
        _GENERATED
        + "# 連携ごとのレイアウト\n\n| 連携 | 内容 | レイアウト | 注 |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def _codes() -> str:
    rows = []
    for kind, (code, message) in sorted(KINDS.items(), key=lambda item: item[1][0]):
        plain = message.replace("（{detail}）", "").format(title="（項目名）", detail="（文字コード名など）")
        rows.append(f"| {code} | {kind} | {plain} |")
    outside = [f"| {code} | {text} |" for code, text in {**zengin.CODES, **uke.CODES}.items()]
    own: dict[str, set[str]] = {}
    for versions in library().values():
        for layout in versions:
            for kind, code in layout.codes.items():
                own.setdefault(code, set()).add(f"{layout.id}: {kind}")
            for record in layout.records.values():
                for field in record.fields:
                    for kind, code in field.error_codes.items():
                        own.setdefault(code, set()).add(f"{layout.id}: {field.title} {kind}")
            for total in layout.totals:
                if total.code:
                    own.setdefault(total.code, set()).add(f"{layout.id}: {total.field}")
    special = [f"| {code} | {'、'.join(sorted(uses))} |" for code, uses in sorted(own.items())]
    return (
        _GENERATED
        + "# エラーコード\n\n| コード | 種類 | 文言 |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n## レイアウトごとのコード\n\n| コード | どこで |\n|---|---|\n"
        + "\n".join(special)
        + "\n\n## ファイルの外との照合のコード\n\n| コード | 内容 |\n|---|---|\n"
        + "\n".join(outside)
        + "\n"
    )
