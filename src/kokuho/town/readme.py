"""The Japanese README.txt that lies beside a town's files."""

from __future__ import annotations

from typing import Any

from kokuho.town.plan import Plan, data_text

_ASSETS = "  zei-asset.csv               固定資産税額（土地・家屋）。資産割を課す市のときだけあります\n"


def readme(plan: Plan, files: dict[str, dict[str, Any]]) -> str:
    """The text for a plan and its files."""
    return data_text("readme.txt").format(
        municipality=plan.municipality,
        rule="=" * 60,
        seed=plan.seed,
        size=f"--insured {plan.insured}" if plan.insured is not None else f"--households {plan.households}",
        base_date=plan.base_date.isoformat(),
        business_date=plan.business_date.isoformat(),
        era=plan.fiscal_year - 2018,
        income_year=plan.fiscal_year - 1,
        assets=_ASSETS if plan.assets else "",
        asset_order="   4 zei-asset.csv" if plan.assets else "",
        files=len(files),
        rows=sum(file["rows"] for file in files.values()),
    )
