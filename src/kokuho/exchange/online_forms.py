"""電子申請の様式: what each online form may contain, and reading the data of an application (OUT-01).

The form itself stands in the application system; here it is decided what is taken from it. Another form, another item, a
missing one or a value that is too long stops the whole file.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

import yaml

from kokuho.core import mnscan
from kokuho.exchange.intake import Content, IntakeError

DATA = "application.xml"
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a form. `number`: it is the 個人番号."""

    name: str
    title: str
    required: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class OnlineForm:
    """A form that is accepted; `number` is the reason why it asks for the 個人番号, empty when it does not."""

    code: str
    title: str
    items: tuple[Item, ...]
    number: str = ""


@cache
def catalogue() -> Mapping[str, OnlineForm]:
    """The accepted forms by code. Raises ValueError for an item of 個人番号 in a form that gives no reason for it."""
    text = files("kokuho.exchange").joinpath("data", "online_forms.yaml").read_text("utf-8")
    found = {}
    for told in yaml.safe_load(text)["forms"]:
        form = OnlineForm(told["code"], told["title"], tuple(Item(**item) for item in told["items"]), told.get("number", ""))
        if any(item.number for item in form.items) and not form.number:
            raise ValueError(f"{form.code} asks for the number without a reason")
        found[form.code] = form
    return found


def read(contents: Sequence[Content]) -> tuple[OnlineForm, dict[str, str]]:
    """The form and the values of an application, without its number.

    Raises `IntakeError`: APP13 no or several data files, APP14 a form that is not accepted, APP15 an item that the form does not have, one
    twice, a required one missing, or a value that is too long, APP12 a number where none is asked for.
    """
    data = [content for content in contents if PurePosixPath(content.part.name).name == DATA]
    if len(data) != 1:
        raise IntakeError("APP13", f"申請のデータ（{DATA}）が一つだけ入っている必要があります。")
    try:
        root = ElementTree.fromstring(data[0].data)
    except ElementTree.ParseError as error:
        raise IntakeError("APP13", "申請のデータをXMLとして読めません。") from error
    form = catalogue().get(root.get("form", "")) if root.tag == "application" else None
    if form is None:
        raise IntakeError("APP14", "受け付ける様式の一覧にない様式です。")
    items = {item.name: item for item in form.items}
    values: dict[str, str] = {}
    for element in root:
        name, value = element.get("name", ""), (element.text or "").strip()
        if element.tag != "item" or name not in items or name in values or len(element) or set(element.keys()) != {"name"}:
            raise IntakeError("APP15", f"様式「{form.title}」にない項目が含まれています。")
        if len(value) > _LONGEST:
            raise IntakeError("APP15", f"「{items[name].title}」が長すぎます（{_LONGEST}文字まで）。")
        values[name] = value
    if missing := [item.title for item in form.items if item.required and not values.get(item.name)]:
        raise IntakeError("APP15", f"必要な項目がありません（{'、'.join(missing)}）。")
    kept = {name: value for name, value in values.items() if not items[name].number}
    if any(mnscan.typed_in(value) for value in kept.values()):
        raise IntakeError("APP12", "個人番号を求めない項目に個人番号がありました。")
    return form, kept
