"""負担割合・所得区分 of households: from the registers and incomes to the law's judgement (AKASHI-08, AKASHI-09)."""
