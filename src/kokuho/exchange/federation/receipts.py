"""処理結果 (IF-19-13): what the federation said about each record of a file that went out."""

from __future__ import annotations

from django.db import connection

from kokuho.core.access import Actor
from kokuho.exchange import outbox
from kokuho.exchange.doors import Applied, Trouble
from kokuho.exchange.models import InboxFile, OutboxFile


def apply(by: Actor, file: InboxFile) -> Applied:
    """Match a result with the file it is about, record by record; errors go to the work list and count as not reported.

    Nothing is applied for a file that was not sent (S01), whose result does not cover every record (S02), or that names
    persons who were not in it (S03).
    """
    troubles: list[Trouble] = []
    answered = accepted = rejected = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT file_name, min(record), count(*) FROM staged GROUP BY file_name ORDER BY 2")
        for name, first, count in cursor.fetchall():
            sent = OutboxFile.objects.filter(file_name=name).first()
            if sent is None or sent.state != OutboxFile.HANDED:
                state = "送信していない" if sent is None else f"「{sent.get_state_display()}」の"
                troubles.append(Trouble(first, None, "S01", f"{state}ファイル {name} の処理結果です。国保連合会に確かめてください。"))
                continue
            cursor.execute(
                """
                SELECT s.record, s.atena_no FROM staged s WHERE s.file_name = %s AND NOT EXISTS
                       (SELECT 1 FROM exchange_outboxrecord r WHERE r.file_id = %s AND r.record = s.line AND r.atena_no = s.atena_no)
                 ORDER BY s.record
                """,
                (name, sent.pk),
            )
            if strangers := cursor.fetchall():
                troubles += [
                    Trouble(record, atena, "S03", f"{name} のこの行には載せていない宛名番号です。国保連合会に確かめてください。")
                    for record, atena in strangers
                ]
                continue
            if count != sent.record_count:
                message = f"{name} の結果は {count}件で、送信した {sent.record_count}件と合いません。国保連合会に確かめてください。"
                troubles.append(Trouble(first, None, "S02", message))
                continue
            cursor.execute(
                """
                INSERT INTO exchange_outboxrejection (file_id, atena_no, code, message)
                SELECT %s, atena_no, coalesce(error_code, ''), coalesce(message, '') FROM staged
                 WHERE file_name = %s AND result = '1' ORDER BY line
                """,
                (sent.pk, name),
            )
            errors = cursor.rowcount
            cursor.execute(
                "SELECT record, atena_no, result, error_code, coalesce(message, '') FROM staged "
                "WHERE file_name = %s AND result <> '0' ORDER BY line",
                (name,),
            )
            for record, atena, result, code, message in cursor.fetchall():
                kind, said = ("S10", "受理されませんでした") if result == "1" else ("S11", "受理されましたが警告があります")
                troubles.append(Trouble(record, atena, kind, f"集約システムで{said}（{code} {message}）。資格を確かめてください。"[:500]))
            outbox.answer(
                by=by, file_id=sent.pk, receipt=f"受信ファイル {file.pk}", accepted=count - errors, rejected=errors
            )
            answered += 1
            accepted += count - errors
            rejected += errors
    counts = {"answered": answered, "accepted": accepted, "rejected": rejected}
    return Applied(accepted + rejected, counts, troubles)
