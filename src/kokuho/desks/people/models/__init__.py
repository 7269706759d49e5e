"""宛名: who the people are, where they live, where their mail goes, who is protected."""

from __future__ import annotations

from kokuho.desks.people.models.account import AccountWish, BankAccount
from kokuho.desks.people.models.change import ChangeTask, HeldChange, PersonChange
from kokuho.desks.people.models.inquiry import Inquiry, InquiryAnswer
from kokuho.desks.people.models.mail import (
    Administrator,
    Contact,
    MailDestination,
    MailStop,
    OwnAddressee,
    PulledDocument,
)
from kokuho.desks.people.models.masters import (
    BankBranch,
    CharacterRule,
    Facility,
    MunicipalityCode,
    Seal,
    SealImage,
    Sender,
    Teaching,
    Town,
    Ward,
    WardMove,
)
from kokuho.desks.people.models.name import NameChoice
from kokuho.desks.people.models.note import Memo, ProcessingStop
from kokuho.desks.people.models.number import IntegratedNumber, NumberDoubt
from kokuho.desks.people.models.outside import AuthenticityCheck, Corporation, JoinCandidate, NumberJoin
from kokuho.desks.people.models.pension import PensionMatter
from kokuho.desks.people.models.person import BELIEVED, Person
from kokuho.desks.people.models.protection import Nondisclosure, Opponent, Protection, ProvisionRefusal
from kokuho.desks.people.models.search import SavedSearch

__all__ = [
    "BELIEVED",
    "AccountWish",
    "Administrator",
    "AuthenticityCheck",
    "BankAccount",
    "BankBranch",
    "ChangeTask",
    "CharacterRule",
    "Contact",
    "Corporation",
    "Facility",
    "HeldChange",
    "Inquiry",
    "InquiryAnswer",
    "IntegratedNumber",
    "JoinCandidate",
    "MailDestination",
    "MailStop",
    "Memo",
    "MunicipalityCode",
    "NameChoice",
    "Nondisclosure",
    "NumberDoubt",
    "NumberJoin",
    "Opponent",
    "OwnAddressee",
    "PensionMatter",
    "Person",
    "PersonChange",
    "ProcessingStop",
    "Protection",
    "ProvisionRefusal",
    "PulledDocument",
    "SavedSearch",
    "Seal",
    "SealImage",
    "Sender",
    "Teaching",
    "Town",
    "Ward",
    "WardMove",
]  # fmt: skip
