"""What all steps of an outgoing file share: its row under a lock, the registry asked again, refusals."""

from __future__ import annotations

from datetime import date

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.desks.people.models import BELIEVED
from kokuho.exchange import registry
from kokuho.exchange.models import OutboxFile, ReleaseRule


class OutboxError(CodedError):
    """The file cannot be made, released or sent as asked; nothing was changed. `code` is stable."""


def locked(file_id: int) -> OutboxFile:
    """A file for a step of its way, with its line of the registry. Raises OutboxFile.DoesNotExist."""
    return OutboxFile.objects.select_for_update(of=("self",)).select_related("rule").get(pk=file_id)


def refused(by: Actor, function: str, file: OutboxFile, code: str) -> None:
    """Record that a step was refused."""
    audit.record(by, function=function, operation="approve", result="refused", detail={"file": file.pk, "code": code})


def still_permitted(by: Actor, file: OutboxFile, on: date) -> str:
    """The receiver's name, when it is registered and the very line under which the file was made still holds. Raises
    `OutboxError` X23."""
    system = registry.system_on(file.system, on)
    rule = ReleaseRule.objects.filter(BELIEVED, pk=file.rule_id, valid__contains=on).exists()
    if system is None or not rule:
        registry.refuse(by, "LINK-02", {"file": file.pk, "system": file.system, "layout": file.layout})
        raise OutboxError(
            "X23", "作成した後に登録簿の定めが変わったか、期間が終わりました。取り下げて、今の定めで作り直してください。"
        )
    return system.name
