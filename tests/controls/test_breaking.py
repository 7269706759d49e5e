"""Each control is broken on purpose and must turn red; the sound product passes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from shutil import rmtree
from types import SimpleNamespace
from typing import Any

import pytest

State = Callable[..., Any]
Break = Callable[[pytest.MonkeyPatch], None]


def replace(path: str, value: Any) -> Break:
    """Put something else in the place of an attribute."""
    return lambda patch: patch.setattr(path, value)


def declare(view: str, capability: str | None = None, *, public: bool = False) -> Break:
    """Let a view say something else about who may open it."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from importlib import import_module

        from kokuho.core.screens import guard

        module, _, name = view.rpartition(".")
        patch.setattr(getattr(import_module(module), name), guard._MARK, guard.Declaration(capability, public=public))

    return breaking


def role(name: str, *more: str) -> Break:
    """Give a role rights it must not have."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from kokuho.core.access import catalogue

        entry = catalogue()["roles"][name]
        patch.setitem(entry, "may", [*entry["may"], *more])

    return breaking


def role_for_everybody(name: str) -> Break:
    """Let the applications for rights forget which classes of account a role is for; the table goes on saying it."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from kokuho.core import access
        from kokuho.core.actions import accounts

        table = access.catalogue()
        open_role = {key: value for key, value in table["roles"][name].items() if key != "classes"}
        told = {**table, "roles": {**table["roles"], name: open_role}}
        patch.setattr(accounts.access, "catalogue", lambda: told)

    return breaking


def every_business_at_once(patch: pytest.MonkeyPatch) -> None:
    """Let somebody who holds two 業務 work under both of them, whatever was chosen."""
    from kokuho.core import access

    rights = access.rights_of
    patch.setattr(access, "rights_of", lambda granted, purpose=None: rights(granted, None))


def setting(name: str, value: Any) -> Break:
    """Change one of Django's settings."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from django.conf import settings

        patch.setattr(settings, name, value)

    return breaking


def rights_of_last_week(patch: pytest.MonkeyPatch) -> None:
    """Let sessions go on with rights that have ended."""
    from kokuho.core.access import actor_for
    from kokuho.web import middleware

    patch.setattr(
        middleware, "actor_for", lambda number, *, on, **more: actor_for(number, on=on - timedelta(days=7), **more)
    )


def by_owner(*statements: str) -> Break:
    """What an administrator does to the database; the next renewal makes it whole again."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from kokuho.core.database import owner_address

        with owner_address().connect(autocommit=True) as owner:
            for statement in statements:
                owner.execute(statement)  # type: ignore[arg-type]

    return breaking


def sealed_by_nobody(patch: pytest.MonkeyPatch) -> None:
    """Write received files open."""
    from kokuho.core import sealing

    patch.setattr(sealing.SealedWriter, "write", lambda self, data: self._file.write(data))


def foreign_font(patch: pytest.MonkeyPatch) -> None:
    """Ask a host of outside on every page."""
    import socket

    from kokuho.web import middleware

    inner = middleware.Envelope.__call__
    patch.setattr(middleware.Envelope, "__call__", lambda self, request: (_look_up(socket), inner(self, request))[1])


def _look_up(socket: Any) -> None:
    try:
        socket.getaddrinfo("fonts.example.com", 443)
    except OSError:
        return


def header(name: str, value: str) -> Break:
    """Let every answer carry another header."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from kokuho.web import middleware

        inner = middleware.Envelope.__call__

        def answering(self: Any, request: Any) -> Any:
            answer = inner(self, request)
            answer.headers[name] = value
            return answer

        patch.setattr(middleware.Envelope, "__call__", answering)

    return breaking


def any_copy_elsewhere(patch: pytest.MonkeyPatch) -> None:
    """Record whatever lies elsewhere as the copy of a generation."""
    from kokuho.core import backup
    from kokuho.core.models import BackupEvent

    inner = backup.offsite

    def recording(*, sha256_there: str, **told: Any) -> Any:
        taken = BackupEvent.objects.filter(kind="backup", ok=True, file_name=told["file_name"]).get()
        return inner(sha256_there=taken.sha256, **told)

    patch.setattr(backup, "offsite", recording)


def unnumbered(patch: pytest.MonkeyPatch) -> None:
    """Let the register's door take numbered files in any order."""
    from kokuho.exchange import juki

    patch.setattr(juki, "DOOR", dataclasses.replace(juki.DOOR, check=None))


def incomplete(patch: pytest.MonkeyPatch) -> None:
    """Leave records of provisions that do not say why."""
    from kokuho.exchange.models import ProvisionRecord

    create = ProvisionRecord.objects.create
    patch.setattr(ProvisionRecord.objects, "create", lambda **given: create(**{**given, "purpose": ""}))


def unpulled(patch: pytest.MonkeyPatch) -> None:
    """Print notices of the protected with all the others."""
    from dataclasses import replace as changed

    from kokuho.documents import decision_facts

    targets = decision_facts.every_target
    patch.setattr(
        decision_facts, "every_target", lambda *given: [changed(one, pull=None, deliverable=True) for one in targets(*given)]
    )
def emptied(title: str, control: str, lines: Any, waiting: Any = frozenset()) -> Any:
    """A section of the evidence that always counts nothing."""
    return SimpleNamespace(title=title, control=control, lines=[(what, 0) for what, _ in lines], open=waiting)


def allowed(code: str) -> Any:
    """A condition of the cloud about which nothing is ever wrong."""
    from kokuho.core.protection import Condition

    return Condition(code, code, None, "")


def to_the_register(patch: pytest.MonkeyPatch) -> None:
    """Send a protected person's letter where the register says that they live."""
    patch.setattr("kokuho.documents.decision_facts.Target.deliverable", True)
    patch.setattr("kokuho.documents.addressed.address_of", lambda target, of: ("9998877", ("隠里町７７番７号",)))


def levied_to_the_register(patch: pytest.MonkeyPatch) -> None:
    """Send a protected payer's notice where the register says that they live, and write it on the notice."""
    from kokuho.documents import decision_notice as made

    patch.setattr("kokuho.documents.addressed.address_of", made._registered)
    patch.setattr(made, "address_of", made._registered)


def open_secrets(patch: pytest.MonkeyPatch) -> None:
    """Keep what an authenticator app is made from as it is."""
    for name in ("seal_secret", "open_secret"):
        patch.setattr(f"kokuho.core.factors.{name}", lambda text: text)


def open_numbers(atena_nos: Any) -> dict[int, str]:
    """Show numbers where the mask should be."""
    from kokuho.controls import fixture

    return {number: fixture.CANARIES.get(number, "") for number in atena_nos}


def anything_goes(until: Any) -> Any:
    """Let the record of any day be purged, as it is now."""
    from kokuho.core import seals

    return next((seal for seal in seals.stored() if seal.day == until), seals.stored()[-1]), 0


def with_a_code() -> Any:
    """An interface with an item for the 符号 of the network."""
    item = SimpleNamespace(name="linkage_code", title="機関別符号")
    return {"x": [SimpleNamespace(id="x", records={"data": SimpleNamespace(fields=[item])})]}


def open_archive(out: Any, passphrase: str, members: Any) -> None:
    """An archive that anybody can open."""
    import zipfile

    with zipfile.ZipFile(out, "w") as archive:
        for name, chunks in members.items():
            archive.writestr(name, b"".join([chunks] if isinstance(chunks, bytes) else chunks))


def protection_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Let papers of people who came under protection since go to the printer, whatever the registry says of them."""
    from kokuho.exchange import registry
    from kokuho.jobs import packages

    def passing(*given: Any, **told: Any) -> Any:
        rule = rule_for(*given, **told)
        rule.protected = rule.PASS
        return rule

    rule_for = registry.rule_for
    patch.setattr(packages, "_may_go", lambda item: item is not None)
    patch.setattr(registry, "rule_for", passing)


def freed_when_confirmed_before(patch: pytest.MonkeyPatch) -> None:
    """Let an edit of what was confirmed once hold at once."""
    from kokuho.core.actions import entries

    submit = entries.submit

    def submitting(**told: Any) -> Any:
        entry = submit(**told)
        if told["payload"].get("fact"):
            entries.confirm(by=dataclasses.replace(told["by"], staff_no="chkOnly2"), on=told["on"], entry_id=entry.pk)
            entry.refresh_from_db()
        return entry

    patch.setattr(entries, "submit", submitting)


def unlooked(file: Any, place: Any) -> None:
    """Hand over whatever lies in the store, also what was not released."""
    from kokuho.exchange import outbox

    outbox.files.beside(file, place).write_bytes(outbox.reopen(file).read())


def open_to_others(patch: pytest.MonkeyPatch) -> None:
    """A process of the product that other machines reach, and no plan that has it."""
    from kokuho.core import netplan

    patch.setattr(netplan, "ends", lambda: iter([netplan.End(netplan.LISTENS, "0.0.0.0", 8000)]))


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


BREAKS: dict[str, Break] = {
    "AUTH-01": by_owner("ALTER TABLE core_staff DROP CONSTRAINT staff_has_owner"),
    "AUTH-02": setting("KOKUHO_TRAINING", True),
    "AUTH-02 open secrets": open_secrets,
    "AUTH-03": declare("kokuho.web.screens.home.home", public=True),
    "AUTH-04": replace("kokuho.web.sign_in_forms.locked_out", lambda number: False),
    "AUTH-05": replace("kokuho.core.terminals.hmac.compare_digest", lambda one, other: True),
    "AUTH-06": replace("kokuho.web.sessions.touch", lambda request, background: None),
    "AUTH-07": replace("kokuho.core.hours._extension", nothing),
    "AUTH-08": replace("kokuho.web.notice.acknowledged", lambda request, by: True),
    "AUTH-09": replace("kokuho.core.environment.guard", nothing),
    "AUTH-09 unseen": replace("kokuho.core.system_accounts.note", nothing),
    "AUTH-09 short": replace("kokuho.core.system_accounts._visitors", set),
    "AUTH-09 nobody's": replace("kokuho.core.system_accounts._OWN", {}),
    "RIGHTS-01": replace("kokuho.core.access.Actor.require", nothing),
    "RIGHTS-02": replace("kokuho.core.territory.Limit", lambda areas, on: None),
    "RIGHTS-02 business": every_business_at_once,
    "RIGHTS-02 class": role_for_everybody("mynumber"),
    "RIGHTS-03": replace("kokuho.core.queries.values._needed", lambda by, code: True),
    "RIGHTS-04": by_owner("DROP TRIGGER pgtrigger_grant_on_application_59093 ON core_grant"),
    "RIGHTS-05": rights_of_last_week,
    "RIGHTS-06": replace("kokuho.core.queries.accounts.months_later", lambda day, count: day.replace(year=day.year + 9)),
    "RIGHTS-07": role("operation", "person.read"),
    "MYNUM-01": replace("kokuho.core.vault.masks", open_numbers),
    "MYNUM-02": role("collection", "mynumber.reveal"),
    "MYNUM-03": replace("kokuho.core.vault.audit.record", nothing),
    "MYNUM-04": replace("kokuho.core.vault.my_number_ok", lambda number: True),
    "MYNUM-05": replace("kokuho.core.vault.my_number_ok", lambda number: True),
    "MYNUM-06": by_owner("ALTER TABLE people_numberdoubt DISABLE TRIGGER USER"),
    "MYNUM-08": replace("kokuho.web.safety.number_typed", lambda request, actor, declared: None),
    "MYNUM-09": replace("kokuho.controls.checks.mynum.library", with_a_code),
    "MYNUM-07": by_owner(
        "GRANT USAGE ON SCHEMA vault TO kokuho_app", "GRANT SELECT ON vault.my_number, vault.data_key TO kokuho_app"
    ),
    "ENTRY-01": replace("kokuho.core.entries.EntryKind.items", frozenset({"check_strange"})),
    "ENTRY-02": by_owner("ALTER TABLE core_entry DROP CONSTRAINT entry_two_persons"),
    "ENTRY-03": by_owner("GRANT UPDATE ON people_person TO kokuho_app"),
    "ENTRY-03 edit": freed_when_confirmed_before,
    "ENTRY-03 removal": by_owner("GRANT DELETE ON people_mailstop TO kokuho_app"),
    "ENTRY-04": replace("kokuho.core.entries.four_problem", lambda evidence: ""),
    "ENTRY-05": replace("kokuho.core.entries.identity_problem", lambda evidence: ""),
    "ENTRY-06": by_owner("ALTER TABLE people_inquiry DISABLE TRIGGER USER"),
    "ENTRY-07": replace("kokuho.exchange.doors.add_work", nothing),
    "ENTRY-08": by_owner("ALTER TABLE core_approval DROP CONSTRAINT approval_two_persons"),
    "ENTRY-08 renewal": by_owner("ALTER TABLE eligibility_renewalline DISABLE TRIGGER USER"),
    "ENTRY-08 bent": replace("kokuho.core.actions.run_approvals.RunApprovals.covers", lambda self, run, content: True),
    "ENTRY-08 change": by_owner("ALTER TABLE assessment_levyinput DISABLE TRIGGER USER"),
    "LOG-01": replace("kokuho.core.reads.audit.record", nothing),
    "LOG-02": replace("kokuho.web.sessions.number", lambda request: ""),
    "LOG-03": by_owner("ALTER TABLE people_person DISABLE TRIGGER USER"),
    "LOG-03 history": replace("kokuho.core.histories.compare", list),
    "LOG-04": replace("kokuho.core.runs.orders.started", nothing),
    "LOG-05": replace("kokuho.core.inspection.sample", lambda by, **told: (1, [])),
    "LOG-06": replace("kokuho.core.inspection.months_later", lambda day, count: day.replace(year=day.year + 9)),
    "LOG-07": replace("kokuho.core.analysis.RULES", {}),
    "LOG-08": replace("kokuho.core.verifying.compare", lambda seal, rows: []),
    "LOG-09": replace("kokuho.core.purging._verified", anything_goes),
    "DV-01": replace("kokuho.desks.people.models.Protection.objects", None),
    "DV-01 by SQL": by_owner("ALTER TABLE people_protection DISABLE TRIGGER USER"),
    "DV-02": replace("kokuho.desks.people.screens.opening.alert", lambda request, protected: None),
    "DV-03": role("qualification", "protected.read"),
    "DV-04": unpulled,
    "DV-05": to_the_register,
    "DV-05 levy": levied_to_the_register,
    "DV-05 not pulled": replace("kokuho.documents.decision_facts.Target.pull", None),
    "DV-06": replace("kokuho.exchange.federation.staging._PERSONS", None),
    "DV-07": replace("kokuho.jobs.extracts._shielded", lambda atena_nos: set()),
    "EXPORT-01": header("Content-Type", "text/csv"),
    "EXPORT-03": by_owner("ALTER TABLE core_extract DISABLE TRIGGER USER", "GRANT UPDATE ON core_extract TO kokuho_app"),
    "EXPORT-04": replace("kokuho.core.media._must_be_empty", nothing),
    "EXPORT-05": replace("kokuho.formats.aeszip.write", open_archive),
    "EXPORT-05 printer": replace("kokuho.exchange.outbox.packing.aeszip", SimpleNamespace(write=open_archive)),
    "EXPORT-05 contract": replace("kokuho.jobs.packages._under_contract", nothing),
    "EXPORT-05 protected": protection_forgotten,
    "EXPORT-02": header("Cache-Control", "private, max-age=600"),
    "EXPORT-07": replace("kokuho.core.printing.mark", lambda again, *, on, reason: ""),
    "EXPORT-07 right": replace("kokuho.core.printing.allow", nothing),
    "EXPORT-07 printer": replace("kokuho.core.printing.told", lambda by, **_: {}),
    "EXPORT-06": replace("kokuho.core.workplace.sweep", nothing),
    "LINK-01": replace("kokuho.exchange.doors._unconnected", nothing),
    "LINK-02": replace("kokuho.exchange.registry.refuse", nothing),
    "LINK-03": replace("kokuho.exchange.outbox.deciding.may_release", lambda by: True),
    "LINK-04": incomplete,
    "LINK-05": replace("kokuho.desks.people.actions.integrated._doubt", nothing),
    "LINK-06": sealed_by_nobody,
    "LINK-06 out": replace("kokuho.exchange.outbox.sending.files.write_beside", unlooked),
    "FED-02": replace("kokuho.exchange.routes.key_needed", lambda system: False),
    "FED-03": replace("kokuho.exchange.doors.numberscan.held_in", lambda stream: False),
    "FED-04": replace("kokuho.exchange.federation.answers._DATES", ()),
    "FED-05": replace("kokuho.exchange.federation.staging.HOLDS", ()),
    "FED-01": replace("kokuho.exchange.doors._faults", lambda decoder: []),
    "FED-06": unnumbered,
    "FED-06 late": replace("kokuho.exchange.cycles.cycles", tuple),
    "KEEP-01": replace("kokuho.core.retention.targets.histories", dict),
    "OUT-01": replace("kokuho.exchange.applications.numberscan.held_in", lambda stream: False),
    "OUT-02": replace("kokuho.exchange.applications._asks_for_number", lambda name, data: False),
    "OUT-03": replace("kokuho.core.entries.identity_problem", lambda evidence: ""),
    "OUT-04": replace("kokuho.exchange.intake._ACTIVE_PDF", ()),
    "KEEP-02": replace("kokuho.core.retention.periods.may_order", lambda mode, pressure: ""),
    "KEEP-03": by_owner("GRANT DELETE ON eligibility_status, core_erasurerecord TO kokuho_app"),
    "KEEP-04": replace("kokuho.core.retention.archive.required", lambda: False),
    "KEEP-05": by_owner("GRANT USAGE ON SCHEMA keep TO kokuho_app", "GRANT SELECT ON keep.put_aside TO kokuho_app"),
    "KEEP-06": by_owner("ALTER TABLE core_erasurerecord DISABLE TRIGGER USER", "GRANT UPDATE, DELETE ON core_erasurerecord TO kokuho_app"),
    "KEEP-07": replace("kokuho.core.retention.again.journals", lambda since: []),
    "NET-05": replace("kokuho.web.accounts.protection.blocked", lambda terminal, *, on: False),
    "NET-07": replace("kokuho.core.protection._condition", lambda code, entry, fact, on, region: allowed(code)),
    "OPS-01": replace("kokuho.core.evidence_pack.Section", emptied),
    "OPS-02": replace("kokuho.core.conduct.due", lambda on: []),
    "OPS-03": replace("kokuho.core.conduct.lacks", lambda on, staff_no="": []),
    "OPS-04": replace("kokuho.core.conduct.interval", lambda kind, topic: 0),
    "BACKUP-03": role("qualification", "backup.run"),
    "NET-01": foreign_font,
    "NET-02": open_to_others,
    "NET-03": header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'"),
    "NET-06": replace("kokuho.exchange.doors._foreign", lambda decoder, file: []),
    "BACKUP-02": any_copy_elsewhere,
    "VENDOR-01": replace("kokuho.core.actions.accounts.contractor_problem", lambda *period: ""),
    "VENDOR-02": replace("kokuho.web.terminals.fits", lambda request, staff: True),
    "VENDOR-03": replace("kokuho.core.vendors.never", frozenset),
    "VENDOR-04": replace("kokuho.core.actions.migration.problem", lambda file: ""),
    "OPS-05": replace("kokuho.core.purging.Incident.objects", None),
    "OPS-05 medium": replace("kokuho.core.incidents._TELLING", []),
    "OPS-07 history": replace("kokuho.core.queries.parameters._change_rows", lambda rows: []),
    "VENDOR-05": replace("kokuho.core.queries.vendors.standing_problem", lambda worker, on: ""),
    "OPS-06": replace("kokuho.core.suspensions.suspended", lambda items: set()),
    "OPS-07": by_owner(
        "ALTER TABLE core_entry DROP CONSTRAINT entry_two_persons",
        "GRANT UPDATE ON core_parameterbaseline TO kokuho_app",
    ),
}


def printed_openly(patch: pytest.MonkeyPatch) -> None:
    """Write the papers of a print run open."""
    from kokuho.core import config, sealing

    rmtree(config.home() / "prints", ignore_errors=True)  # else the sound run's files are kept: the data is the same
    patch.setattr(sealing, "write_sealed", lambda path, content: path.write_bytes(content))


def one_generation(patch: pytest.MonkeyPatch) -> None:
    """Let a file that was cut pass as a whole backup."""
    from kokuho.core import backup

    whole = backup.verify
    patch.setattr(backup, "verify", lambda path: None if path.name == "cut.backup" else whole(path))


# Broken where nobody's facts are; what the installation itself shows is broken below.
INSIDE_BREAKS: dict[str, Break] = {
    "NET-04": printed_openly,
    "NET-04 key": replace("kokuho.core.vault.rotate", lambda by: None),
    "NET-04 right": replace("kokuho.jobs.papers.RIGHTS", dict.fromkeys(("notices", "certificates", "age-letters"), "batch.read")),
    "BACKUP-01": one_generation,
    "BACKUP-04": replace("kokuho.core.restore.evidence.differences", lambda kept, found: ["core_staff"]),
}


def volume_declared(**more: Any) -> Callable[[], object]:
    """Say that the volume under the database is encrypted."""

    def declaring() -> object:
        from kokuho.controls.scene import with_only
        from kokuho.core import protection

        told = {"value": "LUKS2", "holds": True, "evidence": "構築報告書 12", "valid_until": date(2099, 3, 31), **more}
        return protection.declare(by=with_only("conduct.write"), topic="volume_encryption", **told)

    return declaring


def backups(count: int, *, hours: float = 1, kind: str = "backup", ok: bool = True) -> Callable[[], object]:
    """Some backups or drills, the newest so many hours old."""

    def taking() -> object:
        from kokuho.core import config
        from kokuho.core.clock import now
        from kokuho.core.models import BackupEvent

        rmtree(config.home() / "backups", ignore_errors=True)
        known: dict[str, Any] = {"sha256": "", "size": 1, "seconds": 1, "staff_no": "t", "kind": kind, "ok": ok}
        return [
            BackupEvent.objects.create(at=now() - timedelta(hours=hours + 24 * n), file_name=f"{kind}-{n}", **known) for n in range(count)
        ]

    return taking


# Control → the state in which the installation passes, and states in which it must not.
REAL_BREAKS: dict[str, tuple[Callable[[], object], tuple[Callable[[], object], ...]]] = {
    "NET-04": (
        volume_declared(), (lambda: None, volume_declared(holds=False), volume_declared(valid_until=date(2020, 3, 31))),
    ),
    "BACKUP-01": (backups(2), (lambda: None, backups(1), backups(2, hours=27))),
    "BACKUP-04": (
        backups(1, kind="drill"),
        (backups(1, kind="drill", hours=24 * 400), backups(1, kind="drill", ok=False), backups(1, hours=24 * 400)),
    ),
}  # fmt: skip


def left_behind(scene: Any) -> None:
    """Take away what a broken product left: open prints and extracts, rights and triggers are not the next test's."""
    from kokuho.core import config

    _, renew = scene
    renew()
    for folder in ("prints", "extracts", "inbox", "handover", "eapp"):
        rmtree(config.home() / folder, ignore_errors=True)


def in_turn(broken: Iterable[str]) -> list[Any]:
    """The breaks, every other control for the second process: each process has an installation and a database of its own."""
    controls = sorted({name.partition(" ")[0] for name in broken})
    return [
        pytest.param(name, marks=pytest.mark.xdist_group(f"breaking-{controls.index(name.partition(' ')[0]) % 2}")) for name in broken
    ]


@pytest.mark.proof
@pytest.mark.parametrize("broken", in_turn(INSIDE_BREAKS))
def test_what_is_broken_inside_turns_red(broken: str, scene: Any, state: State) -> None:
    control = broken.partition(" ")[0]
    whole = state(control, "inside")
    assert whole.state == "適合", whole.reason
    with pytest.MonkeyPatch.context() as patch:
        INSIDE_BREAKS[broken](patch)
        assert state(control, "inside").state == "不適合"
    left_behind(scene)


@pytest.mark.xdist_group("breaking-1")
@pytest.mark.proof
@pytest.mark.parametrize("control", REAL_BREAKS)
def test_an_installation_that_falls_short_is_red(control: str, scene: Any, state: State) -> None:
    sound, wanting = REAL_BREAKS[control]
    whole = state(control, "real", sound)
    assert whole.state == "適合", whole.reason
    for short in wanting:
        assert state(control, "real", short).state == "不適合"


@pytest.mark.proof
@pytest.mark.parametrize("broken", in_turn(BREAKS))
def test_a_broken_control_turns_red(broken: str, scene: Any, state: State) -> None:
    control = broken.partition(" ")[0]
    whole = state(control)
    assert whole.state == "適合", whole.reason
    with pytest.MonkeyPatch.context() as patch:
        BREAKS[broken](patch)
        assert state(control).state == "不適合"
    left_behind(scene)


@pytest.mark.xdist_group("breaking-1")
@pytest.mark.proof
def test_a_row_changed_behind_its_history_is_red_in_the_installation(scene: Any, state: State) -> None:
    whole = state("LOG-03", "real")
    assert whole.state == "適合", whole.reason
    with pytest.MonkeyPatch.context() as patch:
        by_owner(
            "ALTER TABLE core_unit DISABLE TRIGGER USER", "UPDATE core_unit SET name = 'x'", "ALTER TABLE core_unit ENABLE TRIGGER USER"
        )(patch)
        assert "HIST-CHANGED core_unit" in state("LOG-03", "real").reason
    left_behind(scene)
