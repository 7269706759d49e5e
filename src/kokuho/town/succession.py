"""続柄 when the head changes: what everybody is to the new head, from what both were to the old one."""

from __future__ import annotations

from kokuho.town.names import MALE
from kokuho.town.people import (
    CHILD,
    CHILDS_HUSBAND,
    CHILDS_WIFE,
    FATHER,
    GRANDCHILD,
    HEAD,
    HUSBAND,
    LODGER,
    MOTHER,
    RELATIVE,
    SIBLING,
    SPOUSES,
    UNMARRIED_HUSBAND,
    UNMARRIED_WIFE,
    WIFE,
)

_PARENTS = (FATHER, MOTHER)
_CHILDS_SPOUSES = (CHILDS_WIFE, CHILDS_HUSBAND)


def relation_to(successor: str, person: str, sex: str) -> str:
    """続柄 of a person to the successor, both given by their 続柄 to the former head (who has "02")."""
    male = sex == MALE
    if LODGER in (successor, person):
        return LODGER
    if successor in SPOUSES:
        if person == HEAD:
            unmarried = successor in (UNMARRIED_HUSBAND, UNMARRIED_WIFE)
            return (UNMARRIED_HUSBAND if male else UNMARRIED_WIFE) if unmarried else HUSBAND if male else WIFE
        return person if person in (CHILD, GRANDCHILD, *_CHILDS_SPOUSES) else RELATIVE
    if successor == CHILD:
        if person == HEAD or person in (HUSBAND, WIFE):
            return FATHER if male else MOTHER
        if person == CHILD:
            return SIBLING
        if person in _CHILDS_SPOUSES:
            return HUSBAND if male else WIFE
        return CHILD if person == GRANDCHILD else RELATIVE
    if successor in _PARENTS:
        if person == HEAD:
            return CHILD
        if person in _PARENTS:
            return HUSBAND if male else WIFE
        if person in SPOUSES:
            return CHILDS_HUSBAND if male else CHILDS_WIFE
        return {CHILD: GRANDCHILD, SIBLING: CHILD}.get(person, RELATIVE)
    if successor == SIBLING:
        if person in (HEAD, SIBLING):
            return SIBLING
        return person if person in _PARENTS else RELATIVE
    if successor in _CHILDS_SPOUSES:
        if person == CHILD:
            return HUSBAND if male else WIFE
        return CHILD if person == GRANDCHILD else RELATIVE
    return RELATIVE
