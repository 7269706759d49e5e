"""Rows of a run that a second person has approved: nobody takes them away or puts others to them, whoever writes SQL."""

from __future__ import annotations

import pgtrigger

# A statement asks for all its rows at once: a renewal has hundreds of thousands. Erasure runs as the owner of the tables.
_STAYS = """
    IF current_user = session_user AND EXISTS (
        SELECT FROM (SELECT DISTINCT run_id FROM changed) c
          JOIN core_approval a ON a.subject = '{subject}:' || c.run_id AND a.state = 'approved') THEN
        RAISE EXCEPTION 'the run is approved: its rows cannot be changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
"""


def approved_stays(name: str, subject: str) -> list[pgtrigger.Trigger]:
    """Triggers of a table with a `run`. `subject`: how approvals name its runs, before the colon."""

    def on(operation: pgtrigger.Operation, rows: pgtrigger.Referencing, ending: str) -> pgtrigger.Trigger:
        return pgtrigger.Trigger(
            name=f"{name}_{ending}", level=pgtrigger.Statement, when=pgtrigger.After, operation=operation, referencing=rows,
            func=_STAYS.replace("{subject}", subject),
        )  # fmt: skip

    return [
        on(pgtrigger.Delete, pgtrigger.Referencing(old="changed"), "stays"),
        on(pgtrigger.Insert, pgtrigger.Referencing(new="changed"), "closed"),
    ]
