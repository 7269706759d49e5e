"""Keeping and throwing away one's own search conditions (ATENA-13)."""

from __future__ import annotations

import re
import unicodedata

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.desks.people.models import SavedSearch
from kokuho.formats.checkdigits import my_number_ok

MOST = 30


class SearchError(CodedError):
    """A search cannot be kept. `code` is stable."""


@transaction.atomic
def keep(*, by: Actor, label: str, typed: str) -> SavedSearch:
    """Keep a search under a name. Raises `SearchError` SRC01 without name or condition, SRC02 beyond 30, SRC03 for a name that is taken,
    SRC04 when it holds a 個人番号 (MYNUM-08)."""
    by.require("person.search")
    name, text = label.strip(), typed.strip()
    if not name or not text:
        raise SearchError("SRC01", "保存する名前と条件を入力してください。")
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    if any(my_number_ok(found) for found in re.findall(r"\d{12}", digits)):
        raise SearchError("SRC04", "個人番号は検索条件として保存できません。")
    own = SavedSearch.objects.filter(staff_no=by.staff_no)
    if own.count() >= MOST:
        raise SearchError("SRC02", f"保存できる条件は{MOST}件までです。使わないものを消してください。")
    if own.filter(label=name).exists():
        raise SearchError("SRC03", f"「{name}」は既に保存されています。")
    saved = SavedSearch.objects.create(staff_no=by.staff_no, label=name, typed=text)
    audit.record(by, function="people.saved_search", operation="update", detail={"saved": saved.pk})
    return saved


@transaction.atomic
def drop(*, by: Actor, saved_id: int) -> None:
    """Throw away one of one's own. Nothing happens for another's."""
    by.require("person.search")
    SavedSearch.objects.filter(pk=saved_id, staff_no=by.staff_no).delete()
    audit.record(by, function="people.saved_search", operation="update", detail={"dropped": saved_id})
