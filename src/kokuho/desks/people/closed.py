"""Whose data is closed to themselves in what other systems show them: 自己情報不開示の申出, 自己情報提供不可の設定 (DV-06)."""

from __future__ import annotations

from datetime import date

from kokuho.desks.people.models import BELIEVED, Nondisclosure, ProvisionRefusal


def closed_to_self(on: date) -> set[int]:
    """宛名番号 of those for whom a file's item for 不開示 is set on a day though they are not protected. For what writes files."""
    held = (model.objects.filter(BELIEVED, valid__contains=on) for model in (Nondisclosure, ProvisionRefusal))
    return {number for rows in held for number in rows.values_list("atena_no", flat=True)}
