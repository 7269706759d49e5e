"""`kokuho formats …`: the wire formats as a command.

kokuho formats list                          every layout with its certainty and source
kokuho formats show LAYOUT                   its records and items
kokuho formats decode LAYOUT [FILE]          bytes to JSON; exit 1 when anything is wrong with the file
kokuho formats encode LAYOUT [FILE]          the same JSON to bytes on standard output
kokuho formats check KIND VALUE…             check digits, one line a value; exit 1 when any is bad
kokuho formats barcode KIND VALUE [--svg FILE | --png FILE]
kokuho formats validate [FILE…]              layout files: the package's, or the ones named
kokuho formats docs --out DIRECTORY          tables of every layout as Markdown
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from kokuho.formats import describe
from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.customer_barcode import CustomerBarcodeError, customer_barcode, customer_barcode_ok
from kokuho.formats.decode import Decoding
from kokuho.formats.encode import encode
from kokuho.formats.errors import EncodeError, LayoutError
from kokuho.formats.gs1 import PaymentBarcodeError, read_payment_barcode
from kokuho.formats.load import layout, layout_file, library
from kokuho.formats.model import Layout
from kokuho.formats.pictures import Symbol, customer_symbol, payment_symbol, qr_symbol

KINDS = {**CHECKS, "customer-barcode": customer_barcode_ok}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 done, 1 the file, value or layout is wrong, 2 the call was wrong."""
    parser = _parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return 2 if stop.code else 0
    try:
        return int(options.run(options))
    except KeyError as error:
        print(f"kokuho formats: レイアウト {error} はありません（kokuho formats list で一覧）", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    except (LayoutError, OSError) as error:
        print(f"kokuho formats: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kokuho formats", description="the wire formats of every neighbour")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("list", help="every layout")
    command.set_defaults(run=_list)
    command = commands.add_parser("show", help="the records and items of a layout")
    command.add_argument("layout")
    command.set_defaults(run=_show)
    command = commands.add_parser("decode", help="bytes to JSON")
    command.add_argument("layout")
    command.add_argument("file", nargs="?")
    command.add_argument("--max-errors", type=int, default=1_000, help="errors to list (all are counted)")
    command.set_defaults(run=_decode)
    command = commands.add_parser("encode", help="JSON to bytes")
    command.add_argument("layout")
    command.add_argument("file", nargs="?")
    command.set_defaults(run=_encode)
    command = commands.add_parser("check", help="check digits")
    command.add_argument("kind", choices=sorted(KINDS))
    command.add_argument("values", nargs="+", metavar="VALUE")
    command.set_defaults(run=_check)
    command = commands.add_parser("barcode", help="a barcode as text or picture")
    command.add_argument("kind", choices=["gs1-128-payment", "qr", "customer-barcode"])
    command.add_argument("value")
    picture = command.add_mutually_exclusive_group()
    picture.add_argument("--svg", metavar="FILE")
    picture.add_argument("--png", metavar="FILE")
    command.set_defaults(run=_barcode)
    command = commands.add_parser("validate", help="check layout files")
    command.add_argument("files", nargs="*")
    command.set_defaults(run=_validate)
    command = commands.add_parser("docs", help="layout tables as Markdown")
    command.add_argument("--out", required=True)
    command.set_defaults(run=_docs)
    return parser


def _list(_: argparse.Namespace) -> int:
    for versions in library().values():
        for found in versions:
            print(describe.line(found))
    return 0


def _show(options: argparse.Namespace) -> int:
    print(describe.text(layout(options.layout)), end="")
    return 0


def _decode(options: argparse.Namespace) -> int:
    found = layout(options.layout)
    with ExitStack() as stack:
        stream: BinaryIO = stack.enter_context(open(options.file, "rb")) if options.file else sys.stdin.buffer
        return write_json(found, stream, sys.stdout, options.max_errors)


def write_json(found: Layout, stream: BinaryIO, out: TextIO, max_errors: int) -> int:
    """Decode a stream and write the JSON of the contract record by record; 1 when anything is wrong."""
    decoding = Decoding(found, stream, max_errors=max_errors)
    out.write(f'{{"layout": {json.dumps(found.id)}, "certainty": {json.dumps(found.certainty)}, "records": [')
    first = True
    for record in decoding.records(include_bad=True):
        out.write(("\n  " if first else ",\n  ") + json.dumps(record.as_json(), ensure_ascii=False))
        first = False
    tail = {
        "totals": decoding.totals,
        "framing": decoding.framing,
        "errors": [_brief(error.as_json()) for error in decoding.errors],
        "error_count": decoding.error_count,
        "warnings": [_brief(warning.as_json()) for warning in decoding.warnings],
    }
    out.write("],\n " + json.dumps(tail, ensure_ascii=False)[1:] + "\n")
    return 0 if decoding.ok else 1


def _brief(error: dict[str, Any]) -> dict[str, Any]:
    return {key: error[key] for key in ("code", "record", "field", "offset", "message")}


def _encode(options: argparse.Namespace) -> int:
    found = layout(options.layout)
    try:
        text = Path(options.file).read_text(encoding="utf-8") if options.file else sys.stdin.buffer.read().decode()
        content = json.loads(text)
        records = content["records"]
        if content.get("layout", found.id) != found.id:
            raise ValueError(f"JSONは {content['layout']} のものです")
        encode(found, records, sys.stdout.buffer, framing=content.get("framing"))
        sys.stdout.buffer.flush()
    except EncodeError as error:
        for fault in error.errors:
            print(fault, file=sys.stderr)
        return 1
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        print(f"kokuho formats encode: 読めないJSONです（{type(error).__name__}: {error}）", file=sys.stderr)
        return 1
    return 0


def _check(options: argparse.Namespace) -> int:
    results = [(value, KINDS[options.kind](value)) for value in options.values]
    for value, good in results:
        print(f"{value} {'ok' if good else 'bad'}")
    return 0 if all(good for _, good in results) else 1


def _barcode(options: argparse.Namespace) -> int:
    try:
        symbol, text = _symbol(options.kind, options.value)
    except (PaymentBarcodeError, CustomerBarcodeError, ValueError) as error:
        print(f"kokuho formats barcode: {error}", file=sys.stderr)
        return 1
    if options.svg:
        Path(options.svg).write_text(symbol.svg(), encoding="utf-8")
    elif options.png:
        Path(options.png).write_bytes(symbol.png())
    else:
        print(text)
    return 0


def _symbol(kind: str, value: str) -> tuple[Symbol, str]:
    """The symbol and what is printed when no picture is asked for."""
    if kind == "gs1-128-payment":
        return payment_symbol(value), "\n".join(read_payment_barcode(value).readable)
    if kind == "qr":
        symbol = qr_symbol(value)
        return symbol, f"{symbol.width - 8}×{symbol.height - 8}"
    zip_code, _, number = value.partition(" ")
    code = customer_barcode(zip_code, number.strip())
    return customer_symbol(code), f"{' '.join(code.characters)} {code.check_digit}\n{code.bars}"


def _validate(options: argparse.Namespace) -> int:
    bad = 0
    if not options.files:
        library()
    for path in options.files:
        try:
            layout_file(path)
        except LayoutError as error:
            bad += 1
            print(error)
    return 1 if bad else 0


def _docs(options: argparse.Namespace) -> int:
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    pages = describe.pages()
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(pages)} pages in {folder}")
    return 0
