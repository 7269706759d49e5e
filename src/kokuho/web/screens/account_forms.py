"""The forms of applications about IDs, rights, units and terminals."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from kokuho.core.access import catalogue
from kokuho.core.models import Staff, Terminal, Unit
from kokuho.core.screens.forms import ReasonForm
from kokuho.web.screens.fields import EraDate, EraMoment


def role_choices() -> list[tuple[str, str]]:
    """Every role of the purpose table."""
    return [(role, f"{entry['title']}（{entry['duty']}）") for role, entry in catalogue()["roles"].items()]


def unit_choices() -> list[tuple[str, str]]:
    """Every unit."""
    return [(code, f"{code}　{name}") for code, name in Unit.objects.order_by("code").values_list("code", "name")]


class Application(ReasonForm):
    """A form whose choices are read when it is shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField) and not field.choices:
                field.choices = role_choices() if name == "roles" else unit_choices()


class Period(Application):
    valid_from = EraDate(label="開始日")
    valid_until = EraDate(label="終了日（この日まで）")


class GrantForm(Period):
    """Roles for a member of one's own unit."""

    staff_no = forms.CharField(label="利用者ID", max_length=20)
    roles = forms.MultipleChoiceField(label="役割", widget=forms.CheckboxSelectMultiple)
    field_order = ("staff_no", "roles", "valid_from", "valid_until", "reason")


class EndForm(Application):
    """The last day of a right."""

    grant_id = forms.IntegerField(widget=forms.HiddenInput)
    last_day = EraDate(label="最後の日")


class ExtensionForm(Application):
    """Working outside the hours of use."""

    staff_no = forms.CharField(label="利用者ID", max_length=20)
    starts = EraMoment(label="開始（日時）")
    ends = EraMoment(label="終了（日時）")


class RegisterForm(Period):
    """A new account for one person."""

    staff_no = forms.CharField(label="利用者ID", max_length=20)
    person_no = forms.CharField(label="職員番号・作業従事者番号", max_length=20, help_text="このIDのただ一人の持ち主の番号です。")
    name = forms.CharField(label="氏名", max_length=60)
    name_kana = forms.CharField(label="氏名カナ", max_length=60, required=False, help_text="パスワードに氏名を使わせないために用います。")
    account_class = forms.ChoiceField(label="IDの種類", choices=Staff.CLASSES)
    unit = forms.ChoiceField(label="所属")
    field_order = ("staff_no", "person_no", "name", "name_kana", "account_class", "unit", "valid_from", "valid_until", "reason")


class ChangeForm(Application):
    """Another unit, another end, abolition."""

    staff_no = forms.CharField(label="利用者ID", max_length=20)
    unit = forms.ChoiceField(label="所属")
    valid_until = EraDate(label="利用終了日")
    is_active = forms.BooleanField(label="利用できる", required=False)


class FactorForm(Period):
    """A card or a biometric template of a person."""

    staff_no = forms.CharField(label="利用者ID", max_length=20)
    factor = forms.ChoiceField(label="手段", choices=(("ic_card", "ICカード"), ("biometric", "生体認証")))
    reference = forms.CharField(label="照合の番号", max_length=128, help_text="ICカードは証明書の指紋、生体認証は装置の番号。")
    field_order = ("staff_no", "factor", "reference", "valid_from", "valid_until", "reason")


class UnitForm(Application):
    """A unit, what it may hold, and its hours."""

    code = forms.CharField(label="所属コード", max_length=10)
    name = forms.CharField(label="所属名", max_length=60)
    roles = forms.MultipleChoiceField(label="認める役割", widget=forms.CheckboxSelectMultiple, required=False)
    opens = forms.CharField(label="利用時間の始まり", max_length=5, required=False, help_text="08:30 のように。空欄は共通の設定のとおり。")
    closes = forms.CharField(label="利用時間の終わり", max_length=5, required=False)
    areas = forms.CharField(
        label="管轄区域", max_length=400, required=False,
        help_text="行政区・支所・出張所の名前を「、」で区切ります。空欄は全市。安全管理の設定で限ることにしたときに働きます。",
    )  # fmt: skip

    def clean_areas(self) -> list[str]:
        """The names, each once."""
        return sorted({name for name in re.split(r"[、,\s]+", self.cleaned_data["areas"]) if name})


class TerminalForm(Period):
    """A terminal to be registered."""

    code = forms.CharField(label="端末ID", max_length=20)
    sort = forms.ChoiceField(label="種類", choices=Terminal.KINDS)
    place = forms.CharField(label="設置場所", max_length=100)
    unit = forms.ChoiceField(label="所属")
    network = forms.CharField(label="IPアドレスの範囲", max_length=60, required=False, help_text="10.1.2.0/24 のように。空欄は不問。")
    printer = forms.CharField(
        label="プリンター", max_length=60, required=False, help_text="この端末の印刷が出るプリンター。印刷の記録に残ります。"
    )
    certificate = forms.CharField(
        label="端末の証明書の指紋（SHA-256）", max_length=95, required=False,
        help_text="空欄なら、承認の後に登録コードを発行し、その端末で鍵を置きます。",
    )  # fmt: skip
    field_order = ("code", "sort", "place", "unit", "network", "printer", "certificate", "valid_from", "valid_until", "reason")


class TerminalEndForm(Application):
    """A terminal to be taken out of use."""

    code = forms.CharField(label="端末ID", max_length=20)
