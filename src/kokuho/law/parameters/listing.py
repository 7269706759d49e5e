"""The registered values as lists: what `kokuho law parameters` and the settings screens show."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from kokuho.law.parameters import table
from kokuho.law.premium.plan import check_year


def national_values(fiscal_year: int) -> list[dict[str, Any]]:
    """Every national value that holds on some day of the fiscal year (1 April to 31 March), by file and name.

    `LawError` ``no_parameters`` when the year's levy is not registered.
    """
    first, last = date(fiscal_year, 4, 1), date(fiscal_year + 1, 3, 31)
    check_year(fiscal_year)
    values = []
    names = sorted(
        place.name.removesuffix(".yaml")
        for place in files(__package__).joinpath("national").iterdir()
        if place.name.endswith(".yaml")
    )
    for name in names:
        national = table(name)
        for key in national:
            for row in national.history(key):
                if row.start <= last and (row.end is None or row.end >= first):
                    values.append(
                        {
                            "table": name, "name": row.name, "label": row.label, "unit": row.unit, "value": row.value,
                            "from": row.start.isoformat(), "until": row.end.isoformat() if row.end else None,
                            "article": row.article, "source": row.source, "certainty": row.certainty, "note": row.note,
                        }
                    )  # fmt: skip
    return values


def built_in_ordinances() -> list[dict[str, Any]]:
    """Code, name, kind and years of every built-in ordinance, with the certainty of each year's rates."""
    found = []
    places = files(__package__).joinpath("ordinances").iterdir()
    for place in sorted((p for p in places if p.name.endswith(".yaml")), key=lambda p: p.name):
        raw = yaml.safe_load(place.read_text(encoding="utf-8"))
        found.append(
            {
                "municipality": raw["municipality"],
                "name": raw["name"],
                "levy_kind": raw["levy_kind"],
                "years": {
                    str(year): {key: {k: node.get(k, "") for k in ("certainty", "source", "note")}
                                for key, node in {**raw.get("common", {}), **nodes}.items()}
                    for year, nodes in raw["years"].items()
                },
            }
        )  # fmt: skip
    return found
