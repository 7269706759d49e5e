"""The security parameters (OPS-07): which there are, what is approved, and what differs from it.

Two places hold a value: `core_parameter` is the running value, `core_parameterbaseline` the approved set, sealed under the master
key and chained. What the house works with is always the approved value; a running value that differs (somebody wrote into the
table, or restored a part of it) is drift, and drift is reported. Before the first approval the defaults of
`core/data/parameters.yaml` hold. Values change by `core.actions.parameters` only: request and approval of two persons.

Nothing is kept between requests: a page, a command or a worker reads the whole set with one small statement when it first asks
(`scope` keeps it for the length of a page), so that a change holds on every machine from the next click.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import connection

from kokuho.core import sealing
from kokuho.core.coded import CodedError

CLASSES = ("administrator", "contractor")
GENESIS = "0" * 64
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ParameterError(CodedError):
    """The value cannot be taken. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A parameter of the catalogue. `default` and `profiles` hold values in their stored form (JSON)."""

    key: str
    label: str
    control: str
    kind: str
    default: Any
    unit: str = ""
    minimum: int = 0
    maximum: int = 0
    choices: Mapping[str, str] | None = None
    profiles: Mapping[str, Any] | None = None
    help: str = ""
    elsewhere: str = ""
    waits: str = ""  # the neighbouring system without which nothing reads the value yet
    unset: str = "—"  # what an empty text means
    base: str = ""  # the parameter of which this is the variant of a class of account

    @property
    def group(self) -> str:
        """The part of the key before the first dot."""
        return self.key.partition(".")[0]

    def of_profile(self, profile: str) -> Any:
        """The value that a profile starts from."""
        return (self.profiles or {}).get(profile, self.default)

    def options(self) -> dict[str, str]:
        """What may be chosen: code → words."""
        if self.key == "entry.freed":
            from kokuho.core import entries

            return {code: kind.label for code, kind in entries.kinds().items() if not kind.always}
        if self.key == "log.ordered_kinds":
            from kokuho.core.models.batch import BATCH_KINDS, SCHEDULED

            return {kind: words for kind, words in BATCH_KINDS.items() if kind not in SCHEDULED}
        return dict(self.choices or {})

    def shown(self, value: Any) -> str:
        """A value in words for the screen."""
        if value is None:
            return "職員と同じ" if self.base else "—"
        if self.kind == "flag":
            return "する" if value else "しない"
        if self.kind == "choice":
            return str(self.options().get(value, value))
        if self.kind == "choices":
            return "、".join(self.options().get(item, item) for item in value) or "なし"
        if self.kind == "table":
            whole, product = table(value), table({})
            told = [f"{duty}: {differing(product[duty], whole[duty]) or '製品の表と同じ'}" for duty in whole if duty in value]
            return "\n".join(told) or "製品の表のまま"
        if self.kind == "text":
            return str(value) or self.unset
        return f"{value}{self.unit}"

    def parse(self, text: str | list[str]) -> Any:
        """What was typed, as a stored value. Raises `ParameterError` (PARAM-VALUE) with a sentence."""
        if isinstance(text, list) and self.kind == "table":
            return self.checked(_ticked(text))
        if isinstance(text, list):
            return self.checked([item for item in text if item])
        text = text.strip()
        if self.base and text == "":
            return None
        if self.kind == "int":
            if not re.fullmatch(r"\d{1,9}", text):
                raise ParameterError("PARAM-VALUE", f"{self.label}: 数字で入力してください。")
            return self.checked(int(text))
        if self.kind == "flag":
            return self.checked({"true": True, "false": False, "1": True, "0": False}.get(text, text))
        if self.kind == "choices":
            return self.checked([item for item in re.split(r"[,\s]+", text) if item])
        if self.kind == "table":
            try:
                return self.checked(json.loads(text or "{}"))
            except json.JSONDecodeError:
                raise ParameterError("PARAM-VALUE", f"{self.label}: 表として読めません（JSON）。") from None
        return self.checked(text)

    def checked(self, value: Any) -> Any:
        """The value when it may be stored. Raises `ParameterError` (PARAM-VALUE)."""
        if problem := self._problem(value):
            raise ParameterError("PARAM-VALUE", f"{self.label}: {problem}")
        return sorted(set(value)) if self.kind == "choices" else value

    def _problem(self, value: Any) -> str:
        if value is None:
            return "" if self.base else "値がありません。"
        if self.kind == "int":
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole and self.minimum <= value <= self.maximum else (
                f"{self.minimum:,}から{self.maximum:,}までの数にしてください。"
            )  # fmt: skip
        if self.kind == "flag":
            return "" if isinstance(value, bool) else "する・しないのどちらかにしてください。"
        if self.kind == "choice":
            return "" if value in self.options() else "選択肢にありません。"
        if self.kind == "choices":
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                return "選択肢の一覧にしてください。"
            if strange := set(value) - set(self.options()):
                return f"選択肢にありません（{'、'.join(sorted(strange))}）。"
            return "一つ以上選んでください。" if self.key.startswith("auth.factors.") and not value else ""
        if self.kind == "time":
            return "" if isinstance(value, str) and _TIME.fullmatch(value) else "08:30 のように時刻を入力してください。"
        if self.kind == "text":
            return "" if isinstance(value, str) and len(value) <= self.maximum else f"{self.maximum:,}文字以内の文にしてください。"
        return _table_problem(value)


# Between 事務 and 情報項目 of a ticked field of the table.
TICKED = "/"


def table(value: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """事務 → 情報項目 in the order of the catalogue: the table of the product with what a value changes (RIGHTS-03)."""
    from kokuho.core.access import duties, items

    return {duty: tuple(item for item in items() if item in value.get(duty, entry["items"])) for duty, entry in duties().items()}


def named(listed: Iterable[str]) -> str:
    """情報項目 in words."""
    from kokuho.core.access import items

    return "、".join(items()[item] for item in listed) or "なし"


def differing(before: Collection[str], after: Collection[str]) -> str:
    """What a change adds to a 事務 and takes from it, in words; empty when nothing."""
    added, gone = [item for item in after if item not in before], [item for item in before if item not in after]
    return "　".join(f"{word} {named(found)}" for word, found in (("加える", added), ("外す", gone)) if found)


def _ticked(fields: Iterable[str]) -> dict[str, list[str]]:
    """The stored value of a table whose fields were ticked: of the product's table only what is changed."""
    wanted: dict[str, list[str]] = {}
    for field in fields:
        duty, _, item = field.partition(TICKED)
        wanted.setdefault(duty, []).append(item)
    product = table({})
    whole = {duty: wanted.pop(duty, []) for duty in product} | wanted
    return {duty: listed for duty, listed in whole.items() if set(listed) != set(product.get(duty, ()))}


def _table_problem(value: Any) -> str:
    from kokuho.core.access import duties, items

    if not isinstance(value, dict):
        return "事務ごとの表にしてください。"
    if strange := set(value) - set(duties()):
        return f"事務がありません（{'、'.join(sorted(strange))}）。"
    for duty, listed in value.items():
        if not isinstance(listed, list) or (unknown := {str(item) for item in listed} - set(items())):
            return f"事務「{duty}」の情報項目が読めません（{'、'.join(sorted(unknown)) if isinstance(listed, list) else listed}）。"
    return ""


@cache
def raw() -> dict[str, Any]:
    """`core/data/parameters.yaml`."""
    text = files("kokuho.core").joinpath("data", "parameters.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def catalogue() -> dict[str, Definition]:
    """Every parameter by its key, in the order of the file; variants for a class of account follow their parameter."""
    found: dict[str, Definition] = {}
    for key, entry in raw()["parameters"].items():
        per_class = entry.pop("per_class", False) if "per_class" in (entry := dict(entry)) else False
        found[key] = Definition(key, **entry)
        for name in CLASSES if per_class else ():
            label = {"administrator": "管理者", "contractor": "委託先"}[name]
            variant = {**entry, "label": f"{entry['label']}（{label}）", "default": None, "profiles": None}
            found[f"{key}.{name}"] = Definition(f"{key}.{name}", **variant, base=key)
    return found


def profile_values(profile: str) -> dict[str, Any]:
    """The values that a profile starts from. Raises `ParameterError` (PARAM-PROFILE) for an unknown one."""
    if profile not in raw()["profiles"]:
        raise ParameterError("PARAM-PROFILE", f"型 {profile} はありません。")
    return {key: entry.of_profile(profile) for key, entry in catalogue().items() if not entry.elsewhere}


@dataclass(frozen=True, slots=True)
class Drift:
    """A running value that is not the approved one."""

    key: str
    label: str
    running: str
    approved: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The approved values as they are now. `number` 0: nothing was approved yet, the defaults hold."""

    number: int
    profile: str
    values: Mapping[str, Any]
    drift: tuple[Drift, ...]
    broken: str  # what is wrong with the approved set itself; empty when its seal holds
    exceptions: Mapping[str, str]

    def value(self, key: str) -> Any:
        """The approved value. Raises KeyError for a parameter that is not in the catalogue."""
        entry = catalogue()[key]
        return self.values.get(key, entry.default)

    def of_class(self, key: str, account_class: str) -> Any:
        """The approved value for a class of account: its own, or that of staff."""
        own = self.value(f"{key}.{account_class}") if account_class in CLASSES else None
        return self.value(key) if own is None else own


_open: ContextVar[Snapshot | None] = ContextVar("kokuho_parameters", default=None)

_READ = """
SELECT (SELECT jsonb_object_agg(key, jsonb_build_array(value, baseline)) FROM core_parameter)::text,
       (SELECT jsonb_agg(jsonb_build_array(number, content, seal) ORDER BY number DESC)
          FROM (SELECT number, content, seal FROM core_parameterbaseline ORDER BY number DESC LIMIT 2) b)::text
"""


def current() -> Snapshot:
    """The approved values now, with what differs from them."""
    if (opened := _open.get()) is not None:
        return opened
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row = cursor.fetchone()
    return _read(row[0] or "{}", row[1] or "[]")


def value(key: str) -> Any:
    """The approved value of a parameter."""
    return current().value(key)


@contextmanager
def scope() -> Iterator[Snapshot]:
    """Keep one snapshot for the length of a page: every question inside gets the same answer."""
    token = _open.set(snapshot := current())
    try:
        yield snapshot
    finally:
        _open.reset(token)


def forget() -> None:
    """Read anew within an open `scope`: the values have just been changed by this very page."""
    if _open.get() is not None:
        _open.set(None)


@lru_cache(maxsize=16)
def _read(running: str, baselines: str) -> Snapshot:
    """The snapshot that these rows make. The newest set whose seal holds is the approved one."""
    rows: dict[str, list[Any]] = json.loads(running)
    newest: list[list[Any]] = json.loads(baselines)
    broken = ""
    approved: dict[str, Any] = {"number": 0, "profile": "default", "values": {}, "exceptions": {}}
    for number, content, seal in newest:
        if sealed(content, seal):
            approved = json.loads(content)
            break
        broken = f"承認された値の第{number}版の封が合いません。前の版の値を用いています。"
    behind = max((row[1] for row in rows.values()), default=0)
    if not broken and behind > approved["number"]:
        broken = f"承認された値の第{behind}版がありません。"
    return Snapshot(
        number=approved["number"],
        profile=approved["profile"],
        values=approved["values"],
        drift=tuple(_drift({key: row[0] for key, row in rows.items()}, approved["values"])),
        broken=broken,
        exceptions=approved["exceptions"],
    )


def _drift(running: Mapping[str, Any], approved: Mapping[str, Any]) -> Iterator[Drift]:
    absent = object()
    for key in dict.fromkeys([*approved, *running]):
        is_now, should = running.get(key, absent), approved.get(key, absent)
        if is_now == should and type(is_now) is type(should):
            continue
        entry = catalogue().get(key)

        def words(what: Any, entry: Definition | None = entry) -> str:
            if what is absent:
                return "（ない）"
            return entry.shown(what) if entry and not entry._problem(what) else str(what)

        yield Drift(key, entry.label if entry else key, words(is_now), words(should))


def content(
    *, number: int, previous: str, profile: str, values: Mapping[str, Any], exceptions: Mapping[str, str]
) -> str:
    """The canonical text of an approved set; this is what is sealed."""
    told = {
        "number": number, "previous": previous, "profile": profile, "values": dict(values), "exceptions": dict(exceptions),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(text: str) -> str:
    """The hash by which the next set names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(text: str, master: bytes | None = None) -> str:
    """The seal over an approved set, under a key derived from the master key."""
    return hmac.new(sealing.derive("parameters", master=master), text.encode(), "sha256").hexdigest()


def sealed(text: str, given: str) -> bool:
    """True when the seal is ours, under the present or the coming master key."""
    return any(hmac.compare_digest(seal(text, master), given) for master in sealing.masters())
