"""Kinds of entries: each desk says what may be entered, how it is shown before → after, and what confirming it does.

`core.actions.entries` carries an entry from the one who enters it to the one who confirms it; the desk only writes the three
functions of its kind. What a kind does not name in `items` cannot be entered (ENTRY-01).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from kokuho.core.access import Actor, catalogue

if TYPE_CHECKING:
    from kokuho.core.models import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what the confirming person compares. `note` says what follows from it. `picture_before` and `picture_after` are
    the addresses of pictures that cannot be told in words (a seal); they never change, so they are kept with the decision."""

    label: str
    before: str
    after: str
    note: str = ""
    picture_before: str = ""
    picture_after: str = ""

    @property
    def kept(self) -> list[str]:
        """As it is kept with a decision: `Line(*kept)` is the line again."""
        words = [self.label, self.before, self.after, self.note]
        return [*words, self.picture_before, self.picture_after] if self.picture_before or self.picture_after else words

    @property
    def changed(self) -> bool:
        """True when the entry changes this."""
        return self.before != self.after


Check = Callable[[Actor, date, Mapping[str, Any], Sequence[int]], None]
Lines = Callable[[Actor, date, "Entry"], Sequence[Line]]
Apply = Callable[[Actor, date, "Entry"], None]
Url = Callable[["Entry"], str]
Ended = Callable[[Actor, "Entry"], None]
Applies = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKind:
    """A kind of entry.

    `enter` and `confirm` are capabilities. `items`: the names that the payload may have. `identity`: an entry needs a record
    that the identity of the one who brought it was checked (ENTRY-05). `check` raises `CodedError` when the entry cannot hold as
    things are now; it is asked on entering and again on confirming. `apply` writes the facts inside the confirming
    transaction. `url`: a page of the desk's own instead of the general one. `always`: no setting frees it from four eyes.
    `ended`: what is to be put away when an entry is returned or withdrawn. `application`: whether what is entered is somebody's
    application, whose four items must have been compared with the register (ENTRY-04). `event`: the items that, with the persons,
    tell one application or event from another; the same one is not taken twice.
    """

    code: str
    label: str
    enter: str
    confirm: str
    items: frozenset[str]
    check: Check
    lines: Lines
    apply: Apply
    identity: bool = False
    url: Url | None = None
    always: bool = False
    ended: Ended | None = None
    application: Applies | None = None
    event: tuple[str, ...] | None = None


_KINDS: dict[str, EntryKind] = {}


def register(kind: EntryKind) -> None:
    """Make a kind known. Called from the `ready` of the desk's app."""
    for capability in (kind.enter, kind.confirm):
        if capability not in catalogue()["capabilities"]:
            raise ValueError(f"entry kind {kind.code}: unknown capability {capability}")
    if _KINDS.setdefault(kind.code, kind) != kind:
        raise ValueError(f"entry kind {kind.code} is registered twice")


def kinds() -> Mapping[str, EntryKind]:
    """All kinds, by code."""
    return _KINDS


def kind_of(code: str) -> EntryKind:
    """The kind of a code. Raises KeyError for one that no desk registered."""
    return _KINDS[code]


@cache
def identity_choices() -> dict[str, Any]:
    """How identity may be checked and who may bring something in (`core/data/identity.yaml`, ENTRY-05)."""
    read: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "identity.yaml").read_text("utf-8"))
    return read


def identity_problem(evidence: Mapping[str, Any]) -> str:
    """What is missing in the record of the identity check, as a sentence; empty when it is complete.

    `evidence["identity"]` holds `method` and `bringer` (keys of `identity_choices`), `documents`, `questions` where the method
    asks for them, and `authority` (代理権の確認) for an agent.
    """
    identity = evidence.get("identity")
    choices = identity_choices()
    if not isinstance(identity, Mapping) or identity.get("method") not in choices["methods"]:
        return "本人確認の方法を選んでください。"
    if identity.get("bringer") not in choices["bringers"]:
        return "届出に来た人（本人・同じ世帯の人・代理人）を選んでください。"
    method, bringer = choices["methods"][identity["method"]], choices["bringers"][identity["bringer"]]
    if len(identity.get("documents") or ()) < method["documents"]:
        return f"本人確認書類を{method['documents']}点以上選んでください。"
    if method.get("questions") and not identity.get("questions"):
        return "住民記録をもとに質問して確かめたことを記録してください。"
    if bringer.get("authority") and not identity.get("authority"):
        return "代理権を確かめた書類（委任状・登記事項証明書など）を入力してください。"
    return ""


def four_problem(evidence: Mapping[str, Any]) -> str:
    """What is missing in the record of the comparison of 氏名・性別・生年月日・住所, as a sentence; empty when it is complete.

    `evidence["four"]` holds `by_eye`, or `items` (label, what was typed, the state in words, whether it agrees) and `decision`.
    """
    four = evidence.get("four")
    if isinstance(four, Mapping) and four.get("by_eye"):
        return ""
    if not isinstance(four, Mapping) or not any(typed for _, typed, _, _ in four.get("items") or ()):
        return "申請書の4情報（氏名・性別・生年月日・住所）を登録と照合してください。"
    differing = [label for label, _, _, agrees in four["items"] if not agrees]
    if differing and not str(four.get("decision", "")).strip():
        return f"4情報のうち{'・'.join(differing)}が登録と一致しません。同じ人と判断した理由を入力してください。"
    return ""
