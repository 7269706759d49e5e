"""What can be wrong with a file: stable codes, English kind words and Japanese messages.

A code is a promise to the people who read work lists and to the partner who has to repair the file, so codes are never
reused. `F…` are the engine's own; a layout may give its own code to a kind (全銀: `Z…`, see the layout's `codes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

# kind -> (code, message for staff). {title} is the item's Japanese name, {detail} what the check found.
KINDS: dict[str, tuple[str, str]] = {
    "encoding": ("F01", "文字コードが{detail}として読めません。"),
    "truncated": ("F02", "ファイルが途中で終わっています（{detail}）。送信元に再送を依頼してください。"),
    "columns-missing": ("F03", "項目数が足りません（{detail}）。"),
    "columns-extra": ("F04", "項目数が多すぎます（{detail}）。"),
    "header-row": ("F05", "見出し行がレイアウトと違います（{detail}）。"),
    "record-kind": ("F06", "レコード区分が不明です（{detail}）。"),
    "order": ("F07", "レコードの並び順が違います（{detail}）。"),
    "count": ("F08", "{title}の件数が一致しません（{detail}）。"),
    "total": ("F09", "{title}の合計が一致しません（{detail}）。"),
    "required": ("F10", "{title}は必須です。"),
    "too-long": ("F11", "{title}が長すぎます（{detail}）。"),
    "not-digits": ("F12", "{title}は数字でなければなりません。"),
    "character": ("F13", "{title}に使えない文字があります（{detail}）。"),
    "date": ("F14", "{title}が実在しない日付・時刻です{detail}。"),
    "code": ("F15", "{title}のコードが一覧にありません{detail}。"),
    "duplicate": ("F16", "{title}が重複しています（{detail}）。"),
    "const": ("F17", "{title}が決められた値ではありません（{detail}）。"),
    "check-digit": ("F18", "{title}の検査数字が合いません。"),
    "syntax": ("F19", "引用符・区切りが正しくありません（{detail}）。"),
    "record-length": ("F20", "レコード長が違います（{detail}）。"),
    "condition": ("F21", "{title}は{detail}。"),
    "separator": ("F22", "レコードの区切りが違います（{detail}）。"),
    "range": ("F23", "{title}が許される範囲の外です（{detail}）。"),
    "wrong-layout": ("F24", "別のレイアウトのファイルです（{detail}）。"),
    "validity": ("F25", "レイアウトの適用期間の外です（{detail}）。"),
    "too-short": ("F26", "{title}が短すぎます（{detail}）。"),
    "pattern": ("F27", "{title}の形式が違います。"),
    "structure": ("F28", "構造が正しくありません（{detail}）。"),
    "crc": ("F29", "誤り検出符号が合いません。"),
    "limit": ("F30", "上限を超えています（{detail}）。"),
    "unwritable": ("F32", "書き出せません（{detail}）。"),
    "filler": ("F31", "{title}（予備）は空白でなければなりません。"),
}

SEPARATOR_NAMES = {b"\r\n": "CRLF", b"\r": "CR", b"\n": "LF", b"": "なし"}


@dataclass(frozen=True, slots=True)
class FormatError:
    """One thing wrong with one place of a file.

    `record` is the 1-based number of the record (line) in the file, 0 for the file as a whole; `field` the item's name
    in the layout or None; `offset` the byte offset in the file. The message never repeats names or numbers of persons.
    """

    code: str
    record: int
    field: str | None
    offset: int
    message: str
    kind: str

    def as_json(self) -> dict[str, Any]:
        """The form of `kokuho formats decode`."""
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.record}件目" if self.record else "ファイル全体"
        return f"{self.code} {place} {self.offset}バイト目: {self.message}"


class LayoutError(ValueError):
    """A layout file itself is wrong: unknown key, overlapping items, a certainty without its source."""


class EncodeError(ValueError):
    """What was to be written breaks the layout; `errors` holds every fault found, nothing usable was written."""

    def __init__(self, errors: Iterable[FormatError]) -> None:
        self.errors = list(errors)
        shown = "; ".join(str(e) for e in self.errors[:3])
        super().__init__(f"{len(self.errors)} error(s): {shown}")


def make_error(
    kind: str,
    *,
    record: int,
    offset: int,
    field: str | None = None,
    title: str = "",
    detail: str = "",
    code: str | None = None,
    codes: Mapping[str, str] | None = None,
) -> FormatError:
    """Build the error of one kind; `code` of the item or total comes before the layout's `codes` by kind."""
    standard, template = KINDS[kind]
    found = code or (codes or {}).get(kind, standard)
    return FormatError(found, record, field, offset, template.format(title=title or field or "", detail=detail), kind)


class ErrorLog:
    """Collects faults with a bound on memory: a million bad rows must not become a million objects."""

    def __init__(self, codes: Mapping[str, str], limit: int) -> None:
        self.codes = codes
        self.limit = limit
        self.errors: list[FormatError] = []
        self.count = 0

    def add(
        self,
        kind: str,
        *,
        record: int,
        offset: int,
        field: str | None = None,
        title: str = "",
        detail: str = "",
        code: str | None = None,
    ) -> None:
        """Count a fault and keep it while there is room."""
        self.count += 1
        if len(self.errors) < self.limit:
            self.errors.append(
                make_error(
                    kind,
                    record=record,
                    offset=offset,
                    field=field,
                    title=title,
                    detail=detail,
                    code=code,
                    codes=self.codes,
                )
            )
