"""地方公共団体コード: a municipality as it is typed (name or code) and shown, on the days of the table (ATENA-16)."""

from __future__ import annotations

import re
from datetime import date

from kokuho.core import folding
from kokuho.core.coded import CodedError
from kokuho.desks.people.models import MunicipalityCode
from kokuho.formats.checkdigits import municipality_code_ok

HELP = "市区町村名（同じ名の市町村があるときは都道府県から）か、検査数字を含む6桁の団体コード"
_OFFERED = 8
_CITY_AND_WARD = re.compile("(.+?市)(.+区)")
_COUNTY = re.compile("[^市区町村0-9０-９]{1,6}郡")
_PREFECTURE = re.compile("北海道|東京都|京都府|大阪府|[^都道府県]{2,3}県")


class MunicipalityError(CodedError):
    """A municipality cannot be told from what was typed, or its code does not hold on the day. `code` is stable."""


def municipality(code: str, *, on: date) -> MunicipalityCode | None:
    """The municipality of a 6-digit 団体コード on a day."""
    if not (code.isascii() and code.isdigit()):
        return None
    return MunicipalityCode.objects.filter(superseded_at__isnull=True, code=int(code), valid__contains=on).first()


def municipality_problem(code: str, *, on: date) -> str:
    """Why a 団体コード cannot be used on a day, as a sentence; empty when it can or the table is empty."""
    if not municipality_code_ok(code):
        return "団体コードは検査数字を含む6桁で入力してください。"
    if municipality(code, on=on) is not None or not MunicipalityCode.objects.exists():
        return ""
    last = MunicipalityCode.objects.filter(superseded_at__isnull=True, code=int(code)).order_by("valid").last()
    if last is None:
        return f"団体コード {code} は地方公共団体の表にありません。"
    after = f"承継した団体コード {last.successor:06d} を使ってください。" if last.successor else "共通マスタの期間を確かめてください。"
    return f"{last.prefecture}{last.name}（{code}）は、この日には使えません。{after}"


def require(code: str, *, on: date) -> None:
    """Raises `MunicipalityError` A33 when a 団体コード cannot be used on a day."""
    if problem := municipality_problem(code, on=on):
        raise MunicipalityError("A33", problem)


def code_of(typed: str, *, on: date) -> str:
    """The 6-digit 団体コード of what was typed: itself, or the one municipality of that name on a day; empty for nothing.

    Raises `MunicipalityError` A33 for a code that cannot be used on the day, A38 for a name of none or of several.
    """
    text = folding.name(typed)
    if not text:
        return ""
    if text.isdigit():
        require(text, on=on)
        return text
    found = [row for row in _ending(text, on) if folding.name(row.prefecture + row.name).endswith(text)]
    whole = [row for row in found if text in (row.search_name, folding.name(row.prefecture + row.name))] or found
    if len(whole) == 1:
        return f"{whole[0].code:06d}"
    if not whole:
        raise MunicipalityError("A38", f"「{typed}」という市区町村は、この日の地方公共団体の表にありません。団体コードを入力してください。")
    offered = "、".join(_words(row) for row in whole[:_OFFERED])
    raise MunicipalityError("A38", f"「{typed}」は一つに決まりません。都道府県から、又は団体コードで入力してください（{offered}）。")


def _ending(text: str, on: date) -> list[MunicipalityCode]:
    """Municipalities of a day whose name stands at the end of what was typed, or ends with it (浦和区)."""
    from django.db.models import CharField, F, Q, Value
    from django.db.models.functions import Right, StrIndex

    rows = MunicipalityCode.objects.filter(superseded_at__isnull=True, valid__contains=on)
    typed = Value(text, output_field=CharField())
    return list(
        rows.annotate(at=StrIndex(typed, F("search_name")), tail=Right("search_name", len(text)))
        .filter(Q(at__gt=0) | Q(tail=text))
        .order_by("code")
    )


def words(code: str, *, on: date) -> str:
    """埼玉県川口市（112038）: a 団体コード with the name that it has, or had last, on a day; the code alone when nobody knows it."""
    rows = [] if not (code.isascii() and code.isdigit()) else list(
        MunicipalityCode.objects.filter(superseded_at__isnull=True, code=int(code)).order_by("valid")
    )  # fmt: skip
    row = next((row for row in rows if on in row.valid), rows[-1] if rows else None)
    return code if row is None else _words(row)


def _words(row: MunicipalityCode) -> str:
    return f"{row.prefecture}{row.name}（{row.code:06d}）"


def with_place(code: str, address: str, *, on: date) -> str:
    """An address that begins with the municipality of a code: completed when it was typed without prefecture, municipality or, in
    a designated city, one of city and ward. What was typed stands once.

    Raises `MunicipalityError` A39 for an address of another municipality.
    """
    row = municipality(code, on=on)
    if row is None:
        return address
    named = _PREFECTURE.match(address)
    rest = address[named.end() :] if named else address
    if county := _COUNTY.match(rest):
        # A town is often written with its county, which the table leaves out.
        rest = rest if rest[county.end() :].startswith(row.name) else f"{row.name}{rest}"
    else:
        rest = _completed(row, rest, on, strict=named is not None)
    if (named and named.group() != row.prefecture) or row.name not in rest:
        raise MunicipalityError("A39", f"住所が{_words(row)}のものではありません。市区町村か住所を直してください。")
    return f"{row.prefecture}{rest}"


def _completed(row: MunicipalityCode, rest: str, on: date, *, strict: bool) -> str:
    """The address after the prefecture with city and ward of a municipality before it, each once."""
    if rest.startswith(row.name):
        return rest
    parts = _CITY_AND_WARD.fullmatch(row.name)
    city, ward = parts.groups() if parts else ("", "")
    if ward and rest.startswith(ward):
        return f"{city}{rest}"
    if ward and rest.startswith(city):
        beside = MunicipalityCode.objects.filter(superseded_at__isnull=True, valid__contains=on, name__startswith=city)
        others = {name[len(city) :] for name in beside.values_list("name", flat=True)} - {"", ward}
        return rest if rest[len(city) :].startswith(tuple(others)) else f"{row.name}{rest[len(city) :]}"
    return rest if strict else f"{row.name}{rest}"


def merged_into(code: str, *, on: date) -> frozenset[str]:
    """The codes of municipalities that this one succeeded by a day, its own with them."""
    known = {int(code)} if code.isdigit() else set()
    ended = list(
        MunicipalityCode.objects.filter(superseded_at__isnull=True, successor__isnull=False, valid__endswith__lte=on)
        .values_list("code", "successor")
    )  # fmt: skip
    while more := {old for old, new in ended if new in known and old not in known}:
        known |= more
    return frozenset(f"{one:06d}" for one in known) | {code}
