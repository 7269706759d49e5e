"""Settings: what a municipality decides or what the sources leave open. Defaults are dated values with their certainty.

Each settings class is a frozen dataclass; its field names are the keys of a file under `law/parameters/national/`.
A municipality's own values come in as a mapping and are checked against the field's choices.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.shape import parse_rate

S = TypeVar("S")


def one_of(*choices: str) -> Any:
    """A field that takes one of these texts."""
    return field(metadata={"choices": choices})


def resolve(cls: type[S], table_name: str, on: date, overrides: Mapping[str, Any] | None = None) -> S:
    """The settings in force on a day, a municipality's own values over the defaults.

    Raises `LawError` ``unknown_setting`` for a name the class does not have, ``bad_setting`` for a value of the wrong
    kind.
    """
    given = dict(overrides or {})
    values: dict[str, Any] = {}
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        raw = given.pop(item.name) if item.name in given else table(table_name).at(item.name, on).value
        values[item.name] = _checked(item, raw)
    if given:
        name = sorted(given)[0]
        raise LawError("unknown_setting", f"settings.{name}", f"{name} という設定はありません。")
    return cls(**values)


def _checked(item: dataclasses.Field[Any], raw: Any) -> Any:
    path = f"settings.{item.name}"
    choices = item.metadata.get("choices")
    if choices is not None:
        if raw not in choices:
            raise LawError("bad_setting", path, f"{raw} は使えません。使える値: {'・'.join(choices)}")
        return raw
    kind = str(item.type)
    if kind == "Fraction" and isinstance(raw, (str, Fraction)):
        return raw if isinstance(raw, Fraction) else parse_rate(raw, path)
    if kind == "bool" and isinstance(raw, bool):
        return raw
    if kind == "int" and isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise LawError("bad_setting", path, f"設定値の種類が違います（{raw}）。")


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilitySettings:
    """資格の日付のうち、出典が割れるものと市町村が決めるもの (`eligibility-settings.yaml`)."""

    elderly_loss: str = one_of("next_day", "same_day")
    """75歳到達・障害認定による喪失日: 翌日 (法8条1項) か当日."""

    welfare_end_acquisition: str = one_of("same_day", "next_day")
    """生活保護の廃止・停止による取得日: 廃止日か翌日."""

    disability_withdrawal_acquisition: str = one_of("same_day", "next_day")
    """障害認定の撤回による取得日: 撤回日か翌日."""

    in_prefecture_end: str = one_of("arrival_day", "next_day")
    """県内転出の適用終了日: 転入先の適用開始日と合わせる (既定) か、常に転出日の翌日."""

    levy_by_event_day: bool
    """法6条1号から8号までの喪失は、賦課の月割を該当した日で数える."""

    former_insured_ends_on_head_change: bool
    """特定同一世帯所属者は世帯主の変更で終わる."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSettings:
    """資格確認書の有効期限のうち市町村が決めるもの (`eligibility-settings.yaml`)."""

    confirmation_max_years: int
    """資格確認書の有効期限の上限 (年)."""

    confirmation_renewal: str = one_of("july_31", "march_31", "max")
    """資格確認書の一斉更新日."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExOfficioSettings:
    """職権喪失の要件のうち市町村が決めるもの (`eligibility-settings.yaml`)."""

    duplicate_min_notices: int
    """資格重複が確認された連続回数の下限."""

    duplicate_notice_days: int
    """勧奨から届出を待つ日数の下限."""


def eligibility_settings(on: date, overrides: Mapping[str, Any] | None = None) -> EligibilitySettings:
    """The eligibility settings in force on a day."""
    return resolve(EligibilitySettings, "eligibility-settings", on, overrides)


def certificate_settings(on: date, overrides: Mapping[str, Any] | None = None) -> CertificateSettings:
    """The settings of certificates in force on a day."""
    return resolve(CertificateSettings, "eligibility-settings", on, overrides)


def ex_officio_settings(on: date, overrides: Mapping[str, Any] | None = None) -> ExOfficioSettings:
    """The settings of 職権喪失 in force on a day."""
    return resolve(ExOfficioSettings, "eligibility-settings", on, overrides)
