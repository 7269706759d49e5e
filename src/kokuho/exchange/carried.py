"""Who stands in the files that media carried: asked when a medium is lost (OPS-05)."""

from __future__ import annotations

from collections.abc import Collection

from kokuho.exchange.models import OutboxFile, OutboxRecord


def persons_in(digests: Collection[str]) -> set[int]:
    """Everybody about whom sent files with these hashes told: whom the loss of a medium concerns (OPS-05)."""
    files = OutboxFile.objects.filter(sha256__in=digests)
    return set(OutboxRecord.objects.filter(file__in=files).values_list("atena_no", flat=True))
