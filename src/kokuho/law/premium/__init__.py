"""国民健康保険料・保険税: incomes, reduction, levy, instalments, special collection, reassessment.

Start at `assess.prepare` and `assess.assess`; `explain.explain` turns the trace of a levy into an official's sheet.
"""
