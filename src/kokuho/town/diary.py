"""What happens to one household between the full load and the business date, day by day.

A story first may prepare the state of the base date (a 在留期間 that is to be renewed must be near its end), then it
schedules actions. `run` carries them out in the order of their days; every change leaves the whole row after it, as the
register sends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from kokuho.town.days import ELDERLY_SYSTEM, age_on, birthday, next_office_day, office_days
from kokuho.town.people import ELDERLY, HEAD, LOST_ELDERLY, RESIDENT, WELFARE, Household, Person
from kokuho.town.streams import Stream
from kokuho.town.succession import relation_to
from kokuho.town.world import World, lost_on

# 異動事由 of juki-changes
ARRIVED, BORN, MOVED, HOUSEHOLD_CHANGED, DEPARTED, DIED, RECORDED, STRUCK = (f"{n:02d}" for n in range(1, 9))
CORRECTED, RENAMED, NEW_HEAD, PROTECTED, STATUS, INSURANCE, CANCELLED = (f"{n:02d}" for n in range(9, 16))


class Event(NamedTuple):
    """One row of juki-changes but for its number; `day` is the day of the file."""

    day: date
    event: str
    event_date: date
    notified_on: date
    row: tuple[str | None, ...]


class Diary:
    """The days of a household (and of one that arrives beside it)."""

    def __init__(self, world: World, rng: Stream, household: Household) -> None:
        self.world, self.rng, self.household = world, rng, household
        self.arrivals: list[Household] = []
        self.events: list[Event] = []
        self.days = office_days(world.plan.base_date, world.plan.business_date)
        self._actions: list[tuple[date, int, Callable[[date], None]]] = []

    def day(self) -> date:
        """An office day of the time told; notifications and files are of this day."""
        return self.rng.pick(self.days)

    def early_day(self) -> date:
        """An office day of the first third, for a story that goes on."""
        return self.rng.pick(self.days[: max(1, len(self.days) // 3)])

    def later(self, day: date) -> date | None:
        """An office day after `day`, None when there is none."""
        after = [other for other in self.days if other > day]
        return self.rng.pick(after) if after else None

    def back(self, day: date, least: int, most: int) -> date:
        """Some days before an office day: things happen before they are notified."""
        return day - timedelta(days=self.rng.between(least, most))

    def age(self, person: Person) -> int:
        """Age on the base date."""
        return age_on(person.birth, self.world.plan.base_date)

    def at(self, day: date, action: Callable[[date], None]) -> None:
        """Do something on an office day."""
        self._actions.append((day, len(self._actions), action))

    def note(self, person: Person, event: str, event_date: date, day: date) -> None:
        """Send the person's row as it is now."""
        self.events.append(Event(day, event, event_date, day, person.row()))

    def here(self, person: Person) -> bool:
        """Whether the person still lives here when an action's day has come."""
        return person.state == RESIDENT

    def schedule_birthdays(self, people: list[Person]) -> None:
        """75歳到達: the elderly scheme begins on the birthday, the file comes on the next office day.

        People on 生活保護 stay outside the elderly scheme too.
        """
        plan = self.world.plan
        for person in people:
            if (
                not person.here
                or person.scheme in (ELDERLY, WELFARE)
                or person.birth.year > plan.business_date.year - 75
            ):
                continue
            reached = max(birthday(person.birth, 75), ELDERLY_SYSTEM)
            day = next_office_day(reached)
            if plan.base_date < reached and day <= plan.business_date:
                self.at(day, _Turning(self, person, reached))

    def run(self) -> list[Event]:
        """Carry everything out; the events in the order of their days."""
        for day, _, action in sorted(self._actions, key=lambda entry: entry[:2]):
            action(day)
        return self.events

    # ------------------------------------------------------------------------------------------- what stories share

    def hand_over(self, event_date: date, day: date) -> bool:
        """世帯主変更 after the head has gone: a successor is found, the others' 続柄 follow. False when nobody can."""
        number = self.household.members[0].household_number
        left = [person for person in self.household.here() if person.household_number == number]
        successor = successor_of(left, self.world.plan.base_date)
        if successor is None:
            return not left
        self.make_head(successor, left, event_date, day)
        return True

    def make_head(self, successor: Person, members: list[Person], event_date: date, day: date) -> None:
        """Give the household a new head and send everybody whose 続柄 changes."""
        before = {person.number: person.relation for person in members}
        for person in members:
            if person is not successor:
                person.relation = relation_to(before[successor.number], before[person.number], person.sex)
        successor.relation = HEAD
        for person in members:
            if person.relation != before[person.number]:
                self.note(person, NEW_HEAD, event_date, day)


class _Turning:
    """The action of a 75th birthday."""

    def __init__(self, diary: Diary, person: Person, reached: date) -> None:
        self.diary, self.person, self.reached = diary, person, reached

    def __call__(self, day: date) -> None:
        person = self.person
        if person.here and person.scheme not in (ELDERLY, WELFARE):
            person.scheme, person.elderly_from = ELDERLY, self.reached
            person.lose(lost_on(LOST_ELDERLY, self.reached), LOST_ELDERLY)
            self.diary.note(person, INSURANCE, self.reached, day)


def successor_of(members: list[Person], on: date) -> Person | None:
    """Who heads a household next: wife or husband, eldest child, parent, anybody of age; None when all are minors."""
    adults = [person for person in members if birthday(person.birth, 18) <= on]
    order = {"11": 0, "12": 0, "15": 0, "16": 0, "20": 1, "51": 2, "52": 2, "25": 3, "26": 3, "61": 4, "30": 5}
    return min(adults, key=lambda person: (order.get(person.relation, 9), person.birth), default=None)


Story = Callable[[Diary], None]
