"""給付: what a patient pays, what is paid back, and every other benefit of 国民健康保険法36条–68条, exact and
explained.
"""
