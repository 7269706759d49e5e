"""`kokuho law`: the rules for other programs, for officials checking a figure, and for tests. Needs no database.

    kokuho law TOPIC [FILE] [--explain]    one JSON case or an array of them, from FILE or standard input
    kokuho law TOPIC --schema              the JSON Schema of the topic's input and output
    kokuho law parameters --year 2026      the national values of a fiscal year, with article, source and certainty
    kokuho law ordinances                  the built-in ordinances with source and certainty of every setting
    kokuho law parameters|ordinances --schema   the JSON Schema of those files

Exit status 2 and one JSON object ``{"error": {"code", "path", "message"}}`` on standard error for a case that cannot be
judged; then nothing is written to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.topic import Topic

_PACKAGES = ("premium", "collection", "elderly", "benefit", "eligibility")


def topics() -> dict[str, Topic]:
    """Every topic of the law by name."""
    found: dict[str, Topic] = {}
    for package in _PACKAGES:
        for topic in import_module(f"kokuho.law.{package}.topics").TOPICS:
            if topic.name in found:
                raise RuntimeError(f"two topics named {topic.name}")
            found[topic.name] = topic
    return found


def answer(topic: Topic, data: Any, explain: bool) -> Any:
    """The results for one case or for an array of them. In an array the error's path starts with the place."""
    if isinstance(data, list):
        return [_one(topic, case, explain, f"[{index}]") for index, case in enumerate(data)]
    return _one(topic, data, explain, "")


def _one(topic: Topic, case: Any, explain: bool, place: str) -> dict[str, Any]:
    try:
        if not isinstance(case, dict):
            raise LawError("type", "", "1件はJSONのオブジェクトでなければなりません。")
        result = topic.run(case, explain)
    except LawError as error:
        path = f"{place}.{error.path}" if place and error.path else place or error.path
        raise LawError(error.code, path, error.message) from error
    return {"id": case["id"], **result} if "id" in case else result


def _reject_constant(text: str) -> None:
    raise LawError("json", "", f"{text} はJSONの数ではありません。")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise LawError("json", key, "同じ項目が2回あります。")
        found[key] = value
    return found


def read(file: str | None) -> Any:
    """JSON from a file or standard input; `LawError` ``json`` or ``file`` when there is none."""
    try:
        text = sys.stdin.read() if file in (None, "-") else Path(str(file)).read_text(encoding="utf-8-sig")
        return json.loads(text, parse_constant=_reject_constant, object_pairs_hook=_unique)
    except OSError as error:
        raise LawError("file", str(file), f"読めません: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LawError("json", "", "UTF-8のJSONではありません。") from error
    except json.JSONDecodeError as error:
        raise LawError("json", f"line {error.lineno} column {error.colno}", "JSONとして読めません。") from error


def write(result: Any) -> None:
    """One object indented for people; an array one case a line."""
    if isinstance(result, list):
        lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in result)
        text = f"[\n{lines}\n]" if result else "[]"
    else:
        text = json.dumps(result, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kokuho law", description="国民健康保険と後期高齢者医療の規則を計算します。")
    parser.add_argument("topic", nargs="?", help="題目。省くと一覧を表示します。parameters・ordinances も使えます。")
    parser.add_argument("file", nargs="?", help="JSONのファイル。省くと標準入力から読みます。")
    parser.add_argument("--explain", action="store_true", help="計算の過程を付けます。")
    parser.add_argument("--schema", action="store_true", help="入力と出力のJSON Schemaを表示します。")
    parser.add_argument("--year", type=int, help="parameters: 年度（西暦）")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run `kokuho law`; 0 done, 2 the call or a case was wrong."""
    args = _parser().parse_intermixed_args(list(argv))
    try:
        return _run(args)
    except LawError as error:
        print(json.dumps({"error": error.as_dict()}, ensure_ascii=False), file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    if args.topic == "parameters":
        from kokuho.law.parameters.listing import national_values
        from kokuho.law.parameters.schema import NATIONAL_SCHEMA

        if args.schema:
            write(NATIONAL_SCHEMA)
            return 0
        if args.year is None:
            raise LawError("missing_key", "year", "年度を --year 2026 のように書いてください。")
        write({"fiscal_year": args.year, "parameters": national_values(args.year)})
        return 0
    if args.topic == "ordinances":
        from kokuho.law.parameters.listing import built_in_ordinances
        from kokuho.law.premium.ordinance import file_schema

        if args.schema:
            write(file_schema())
            return 0
        write({"ordinances": built_in_ordinances()})
        return 0
    known = topics()
    if args.topic is None:
        for topic in known.values():
            print(f"{topic.name:22} {topic.title}")
        return 0
    if args.topic not in known:
        raise LawError("unknown_topic", args.topic, f"題目は {'・'.join(known)} です。")
    topic = known[args.topic]
    if args.schema:
        write({"topic": topic.name, "title": topic.title, "input": topic.input_schema, "output": topic.output_schema})
        return 0
    write(answer(topic, read(args.file), args.explain))
    return 0
