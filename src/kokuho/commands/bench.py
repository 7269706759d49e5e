"""`kokuho bench WHAT`: measures city-sized work. Figures are of this machine, at this moment; nothing is a test."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

BENCHES = {
    "levy": ("kokuho.commands.bench_levy", "the annual levy of a city, database to database"),
    "records": ("kokuho.commands.bench_records", "what the record of writes costs the levy"),
    "desks": ("kokuho.commands.bench_desks", "the large batches of eligibility, certificates, burden and federation"),
    "lists": ("kokuho.commands.bench_lists", "every list and page of a filled city, in milliseconds and queries"),
    "notices": ("kokuho.documents.bench", "decision notices per second"),
    "law": ("kokuho.law.premium.bench", "the exact engine and its vectorised twin"),
    "benefit": ("kokuho.law.benefit.bench", "a month's claims judged by household"),
    "formats": ("kokuho.formats.bench", "decoding of bank and claim files"),
}


def main(argv: Sequence[str]) -> int:
    """Run one benchmark; its own options follow its name."""
    if not argv or argv[0] not in BENCHES:
        print("usage: kokuho bench WHAT …\n")
        for name, (_, text) in BENCHES.items():
            print(f"  {name:10} {text}")
        return 0 if argv and argv[0] in ("-h", "--help") else 2
    return int(importlib.import_module(BENCHES[argv[0]][0]).run(argv[1:]))
