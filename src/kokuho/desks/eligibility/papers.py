"""Certificate types as data (AKASHI-01): which papers there are, when each may be issued, what the municipality chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core.coded import CodedError
from kokuho.core.queries import municipality
from kokuho.law.eligibility.settings import CertificateSettings, certificate_settings


class CertificateError(CodedError):
    """The step is not possible for this certificate. `code` is stable, the message says what to do."""


@dataclass(frozen=True, slots=True)
class PaperType:
    """A type of certificate. New issue is possible from `since` to `until` (both included; None: open)."""

    code: str
    label: str
    unit: str
    since: date | None
    until: date | None
    collect: bool
    layout: str
    form: str
    article: str

    def issuable(self, on: date) -> bool:
        """Whether it may be newly issued on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """What the municipality decides about its certificates (`data/certificates.yaml`, settings)."""

    issue_without_application: bool
    ratio_on_confirmation: bool
    unknown_card: str
    confirmation_form: str
    renewal_day: str
    expiry_days: int
    arrears_check: bool
    limit_when_online: bool
    insurer_no: str
    child_exception: str
    arrears_months: int
    hearing_days: int

    CHOICES = {
        "unknown_card": ("confirmation", "notice"), "confirmation_form": ("card", "sheet"),
        "child_exception": ("compulsory", "high_school"),
    }  # fmt: skip

    def renewal_on(self, year: int) -> date:
        """The day of the yearly renewal."""
        month, day = self.renewal_day.split("-")
        return date(year, int(month), int(day))


_LAW = frozenset(field.name for field in fields(CertificateSettings))


@cache
def _data() -> Mapping[str, Any]:
    text = files("kokuho.desks.eligibility").joinpath("data", "certificates.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def words(name: str) -> dict[str, str]:
    """A list of words of `data/certificates.yaml`, by code: `reasons`, `methods`, `diseases` …"""
    return {str(code): str(label) for code, label in _data()[name].items()}


def reason_label(code: str) -> str:
    """The words of a reason of issue, also of one that only the former system had."""
    return words("reasons").get(code) or words("former_reasons").get(code, code)


@cache
def types() -> dict[str, PaperType]:
    """Every type that there is or was, in the order of the file."""
    return {
        code: PaperType(
            code, entry["label"], entry["unit"], entry["issue"].get("from"), entry["issue"].get("until"), entry["collect"],
            entry["layout"], entry["form"], entry["article"],
        )
        for code, entry in _data()["types"].items()
    }  # fmt: skip


def issuable(code: str, on: date) -> PaperType:
    """The type, when it may be newly issued on a day. Raises `CertificateError` CRT01 for an unknown one, CRT02 outside its time."""
    found = types().get(code)
    if found is None:
        raise CertificateError("CRT01", f"証の種類「{code}」はありません。")
    if not found.issuable(on):
        raise CertificateError(
            "CRT02",
            f"{found.label}は、いま新しく交付できない種類です（照会・再印刷・回収だけができます）。資格確認書又はお知らせを交付してください。",
        )
    return found


def _own() -> Mapping[str, Any]:
    own: Mapping[str, Any] = municipality().settings.get("certificates", {})
    return own


def settings() -> OfficeSettings:
    """The municipality's settings over the defaults. Raises `CertificateError` CRT03 for a value that does not exist."""
    values = {**_data()["settings"], **{key: value for key, value in _own().items() if key not in _LAW}}
    try:
        found = OfficeSettings(**values)
    except TypeError as error:
        raise CertificateError("CRT03", f"団体の設定 certificates に知らない項目があります（{error}）。") from error
    for name, choices in OfficeSettings.CHOICES.items():
        if getattr(found, name) not in choices:
            raise CertificateError("CRT03", f"団体の設定 certificates の {name} は {'・'.join(choices)} のどれかです。")
    return found


def insurer() -> tuple[str, str]:
    """(保険者番号, 保険者名) as printed. Raises `CertificateError` CRT04 while the municipality has no 保険者番号."""
    city = municipality()
    number = settings().insurer_no or _data()["insurers"].get(city.code, "")
    if not number:
        raise CertificateError(
            "CRT04", "保険者番号が登録されていません。団体の設定 certificates の insurer_no を登録してください。"
        )
    return number, city.name


def law_settings(on: date) -> CertificateSettings:
    """The settings of the law's calculation of validity, the municipality's own over the dated defaults."""
    return certificate_settings(on, {key: value for key, value in _own().items() if key in _LAW})
