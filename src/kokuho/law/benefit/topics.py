"""The topics of `kokuho law` that this package answers."""

from __future__ import annotations

from kokuho.law.benefit.topics_cash import CASH_TOPICS
from kokuho.law.benefit.topics_claims import CLAIM_TOPICS
from kokuho.law.benefit.topics_income import INCOME_TOPICS
from kokuho.law.benefit.topics_month import MONTH_TOPICS
from kokuho.law.benefit.topics_yearly import YEARLY_TOPICS
from kokuho.law.topic import Topic

TOPICS: tuple[Topic, ...] = (*MONTH_TOPICS, *INCOME_TOPICS, *YEARLY_TOPICS, *CASH_TOPICS, *CLAIM_TOPICS)
