"""The command `kokuho`: finds the room that answers a word and hands it the rest of the line.

Rooms are imported only when called, so that `kokuho law` starts without Django and `kokuho formats` without the law.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

# word -> (module with `main(argv) -> int`, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "law": ("kokuho.law.cli", "the rules as a command: premiums, benefits, eligibility, collection"),
    "formats": ("kokuho.formats.cli", "the wire formats: list, show, decode, encode, check, barcode"),
    "town": ("kokuho.town.cli", "build a synthetic town and write its neighbours' files"),
    "db": ("kokuho.commands.db", "prepare, start and stop the database"),
    "open": ("kokuho.commands.office", "open an installation: the municipality, its holidays and staff"),
    "exchange": ("kokuho.commands.exchange", "take a neighbour's file in through its door"),
    "federation": ("kokuho.commands.federation", "report to the federation, confirm what came back"),
    "atena": ("kokuho.commands.atena", "register persons with the city's systems of addressees"),
    "levy": ("kokuho.commands.levy", "the annual levy: trial, check list, approval, final run"),
    "certificates": ("kokuho.commands.certificates", "certificates: count what is due, judge ratios, renew, print"),
    "notices": ("kokuho.commands.notices", "print decision notices"),
    "prints": ("kokuho.commands.prints", "take the papers and lists of a print run out of the sealed store"),
    "eligibility": ("kokuho.commands.eligibility", "age events and nightly checks of eligibility"),
    "audit": ("kokuho.commands.audit", "the operation record: search, inspect, analyse, seal, verify, export"),
    "backup": ("kokuho.commands.backup", "take a sealed backup generation and read it back"),
    "environment": ("kokuho.commands.environment", "what this database is; let a restored copy take the office's place"),
    "mask": ("kokuho.commands.mask", "a masked copy of a backup, for tests and training"),
    "migration": ("kokuho.commands.migration", "migration work: seal, verify, load, destroy its files in steps of two persons"),
    "restore": ("kokuho.commands.restore", "restore a backup elsewhere, or drill it, and prove it equal"),
    "keep": ("kokuho.commands.keep", "retention: plan, holds, erasure orders, evidence"),
    "vault": ("kokuho.commands.vault", "My Numbers: show, reveal, find, review, rotate keys, scan"),
    "rights": ("kokuho.commands.rights", "accounts and rights: changes, leftovers, state on a day, purpose table, contractors"),
    "parameters": ("kokuho.commands.parameters", "the security parameters: values, profiles, requests, drift"),
    "controls": ("kokuho.commands.controls", "check the safety controls and say what was seen"),
    "extract": ("kokuho.commands.extract", "extracts: run once what was approved, write to the medium, open a file"),
    "media": ("kokuho.commands.media", "the book of media: mark a volume, list what is not erased"),
    "files": ("kokuho.commands.files", "remove temporary files that a kill left behind"),
    "worker": ("kokuho.commands.worker", "do what the screens order"),
    "serve": ("kokuho.web.cli", "serve the screens"),
    "demo": ("kokuho.commands.demo", "a town's whole annual levy, then the screens"),
    "bench": ("kokuho.commands.bench", "measure city-sized work"),
    "manage": ("kokuho.core.manage", "Django's own commands"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `kokuho WORD …`; returns the exit status (0 done, 1 the work found errors, 2 the call was wrong)."""
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help", "help"):
        print("usage: kokuho COMMAND …\n")
        for word, (_, text) in COMMANDS.items():
            print(f"  {word:12} {text}")
        return 0 if args else 2
    if args[0] in ("-V", "--version"):
        from kokuho import __version__

        print(f"kokuho {__version__}")
        return 0
    word, rest = args[0], args[1:]
    if word not in COMMANDS:
        print(f"kokuho: no command {word!r}; `kokuho help` lists them", file=sys.stderr)
        return 2
    os.environ.setdefault("PGAPPNAME", f"kokuho {word}")  # what PostgreSQL calls the connections of this and its workers
    module = importlib.import_module(COMMANDS[word][0])
    return int(module.main(rest) or 0)


if __name__ == "__main__":
    sys.exit(main())
