"""One document at once, for a screen or the counter's printer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kokuho.documents.checks import NotPrintable
from kokuho.documents.engine import compiled, kind_named, prepared, ready
from kokuho.documents.fonts import font_set
from kokuho.documents.settings import PrintSettings


def render(kind_name: str, document: Any, settings: PrintSettings) -> bytes:
    """The PDF of one document, without a blank last side.

    Raises NotPrintable when its figures do not add up or a character has no glyph, FontsMissing when fonts are not
    installed, KeyError for an unknown kind. Whether the one who asks may see it is the caller's to decide.
    """
    return render_together(kind_name, [document], settings)


def render_together(kind_name: str, documents: Sequence[Any], settings: PrintSettings) -> bytes:
    """One PDF of a few documents for the counter's printer, each from a page of its own. Raises as `render`."""
    kind = kind_named(kind_name)
    single = replace(settings, duplex=False)
    ready(single)
    problems = [problem for document in documents for problem in kind.problems(document, font_set(single))]
    if problems:
        raise NotPrintable(problems)
    return compiled(prepared(kind, documents, single))
