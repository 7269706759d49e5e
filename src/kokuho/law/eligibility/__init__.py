"""資格: who is insured from which day to which day, and the dates and statuses that follow
(国民健康保険法5条–9条、116条).
"""
