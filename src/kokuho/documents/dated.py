"""The print settings of a kind of document on a day: the municipality's file with what the masters say from that day on."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

from kokuho.core import config
from kokuho.documents.settings import PrintSettings, Seal, merged, print_settings

_WRITTEN = ("remedy_request", "remedy_order")


def settings_on(code: str, document: int, on: date) -> PrintSettings:
    """Print settings with the 公印 and the 教示 that hold on a day for a kind of document (`Sender.DOCUMENTS`)."""
    from kokuho.desks.people import masters
    from kokuho.desks.people.models import Sender

    settings = print_settings(code)
    if (seal := masters.seal(document, on=on)) is not None:
        settings = replace(settings, seal=Seal(str(_laid_out(seal.sha256, seal.data)), seal.size_mm))
    if said := masters.teaching(document, on=on):
        if document == Sender.ELIGIBILITY:  # one wording for 料 and 税: the appeal goes to the 審査会 either way
            return replace(settings, texts=merged(settings.texts, {"office-letters": {"common": said}}))
        own = {name: text for name, text in said.items() if name in _WRITTEN}
        # 料 and 税 have their own sentences about the request; a registered one replaces whichever this municipality levies.
        above = {"premium": own, "tax": own, "common": {name: text for name, text in said.items() if name not in _WRITTEN}}
        settings = replace(settings, texts=merged(settings.texts, above))
    return settings


def _laid_out(sha256: str, data: bytes) -> Path:
    """The picture as a file, which the engine of the paper reads by its path; named by its content, so written once."""
    path = config.folder("seals") / f"{sha256}.png"
    if not path.is_file():
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(data)
        os.replace(part, path)
    return path
