"""共通マスタ: towns and their districts, facilities, banks and branches, senders of documents; each row with its days."""

from __future__ import annotations

from django.db import models
from django.db.models import Func

from kokuho.core.models import Act, Fact, PeriodFact, no_overlap
from kokuho.desks.people.blocks import AS_GIVEN, BLOCK_STYLES
from kokuho.desks.people.models.person import BELIEVED


class Town(PeriodFact):
    """大字・町名 of the municipality with its postal code, 行政区 and the office that looks after it (住所辞書)."""

    code = models.BigIntegerField("町コード")
    name = models.CharField("町名", max_length=100)
    name_kana = models.CharField("町名カナ", max_length=200, blank=True)
    search_name = models.CharField("検索用町名", max_length=100)
    postal_code = models.CharField("郵便番号", max_length=7)
    district = models.CharField("行政区", max_length=60, blank=True)
    office = models.CharField("担当の支所・出張所", max_length=60, blank=True)
    block_style = models.SmallIntegerField("番地の印字", choices=BLOCK_STYLES, default=AS_GIVEN, db_default=AS_GIVEN)

    class Meta:
        verbose_name = "町名"
        constraints = [no_overlap("town_one_at_a_time", "code")]
        indexes = [models.Index(fields=["search_name"], name="town_name", condition=BELIEVED)]


class MunicipalityCode(PeriodFact):
    """全国地方公共団体コード: every municipality and ward of the country over the days of its code. A merger ends a row and names
    the code that succeeds it."""

    code = models.BigIntegerField("団体コード（検査数字を含む）")
    prefecture = models.CharField("都道府県", max_length=10)
    name = models.CharField("市区町村名", max_length=60)
    name_kana = models.CharField("市区町村名カナ", max_length=120, blank=True)
    search_name = models.CharField("検索用名称", max_length=70)
    successor = models.BigIntegerField("承継した団体コード", null=True)

    class Meta:
        verbose_name = "地方公共団体"
        constraints = [no_overlap("municipalitycode_one_at_a_time", "code")]
        indexes = [models.Index(fields=["search_name"], name="municipalitycode_name", condition=BELIEVED)]


class Ward(PeriodFact):
    """行政区: which office and who is in charge of it over a period (SHI-21)."""

    code = models.BigIntegerField("行政区コード")
    name = models.CharField("行政区", max_length=60)
    office = models.CharField("担当の区役所・出張所", max_length=60)
    officer = models.CharField("資格・賦課の担当", max_length=60, blank=True)
    collector = models.CharField("収納・滞納の担当", max_length=60, blank=True)
    phone = models.CharField("電話番号", max_length=20, blank=True)

    class Meta:
        verbose_name = "行政区"
        constraints = [no_overlap("ward_one_at_a_time", "code")]


class WardMove(Fact):
    """区間異動: a person of the municipality moved from one 行政区 to another on a day, as the register's addresses tell."""

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号", help_text="移った後の世帯")
    moved_on = models.DateField("異動日")
    from_ward = models.CharField("前の行政区", max_length=60)
    to_ward = models.CharField("新しい行政区", max_length=60)

    class Meta:
        verbose_name = "区間異動"
        constraints = [models.UniqueConstraint(fields=["atena_no", "moved_on"], condition=BELIEVED, name="wardmove_once")]
        indexes = [
            models.Index(fields=["-moved_on", "household_no"], name="wardmove_day", condition=BELIEVED),
            models.Index(fields=["household_no"], name="wardmove_household", condition=BELIEVED),
        ]


class CharacterRule(PeriodFact):
    """文字変換表 of the city's masters (IF-07-1): what a character or sequence becomes, over the days of the table that says so."""

    REDUCE, PRIVATE, VARIANT = 1, 2, 3
    KINDS = ((REDUCE, "縮退"), (PRIVATE, "外字"), (VARIANT, "異体字"))

    code = models.BigIntegerField("変換元のハッシュ", help_text="区分と変換元から決まる")
    kind = models.SmallIntegerField("変換区分", choices=KINDS)
    source = models.CharField("変換元コードポイント", max_length=40)
    target = models.CharField("変換先コードポイント", max_length=40)

    class Meta:
        verbose_name = "文字変換"
        constraints = [no_overlap("characterrule_one_at_a_time", "code")]
        indexes = [models.Index(fields=["kind", "source"], name="characterrule_source", condition=BELIEVED)]


class SealImage(Act):
    """A picture of an official seal (公印) as it was uploaded and checked: PNG, never changed."""

    KNOWN_WHEN = "t.uploaded_at < {known}"

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    data = models.BinaryField("画像")
    width = models.IntegerField("幅（画素）")
    height = models.IntegerField("高さ（画素）")
    title = models.CharField("名称", max_length=60)
    uploaded_by = models.CharField("登録者", max_length=20)
    uploaded_at = models.DateTimeField("登録日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "公印の画像"


class Facility(PeriodFact):
    """施設 that matters to eligibility: 住所地特例 (法第116条の2) or exemption from the care levy (介護適用除外)."""

    WELFARE, HOSPITAL, DISABILITY, EXEMPT, OTHER = 1, 2, 3, 4, 9
    KINDS = (
        (WELFARE, "老人福祉施設・有料老人ホーム等（住所地特例）"), (HOSPITAL, "病院・介護保険施設（住所地特例）"),
        (DISABILITY, "障害者支援施設等（住所地特例）"),
        (EXEMPT, "介護適用除外施設"), (OTHER, "その他"),
    )  # fmt: skip

    code = models.BigIntegerField("施設番号")
    kind = models.SmallIntegerField("種別", choices=KINDS)
    name = models.CharField("名称", max_length=200)
    search_name = models.CharField("検索用名称", max_length=200)
    municipality_code = models.CharField("所在地の団体コード", max_length=6)
    address = models.CharField("所在地", max_length=400)

    class Meta:
        verbose_name = "施設"
        constraints = [no_overlap("facility_one_at_a_time", "code")]
        indexes = [models.Index(fields=["search_name"], name="facility_name", condition=BELIEVED)]


class BankBranch(PeriodFact):
    """A branch of a bank under the codes of bank files. A merger ends a row and may say which branch succeeds it."""

    code = models.BigIntegerField("銀行コード×1000＋支店コード")
    bank_name = models.CharField("金融機関名", max_length=60)
    bank_kana = models.CharField("金融機関名カナ", max_length=60)
    branch_name = models.CharField("支店名", max_length=60)
    branch_kana = models.CharField("支店名カナ", max_length=60)
    successor = models.BigIntegerField("承継した支店", null=True)

    class Meta:
        verbose_name = "金融機関・支店"
        constraints = [no_overlap("bankbranch_one_at_a_time", "code")]


class Sender(PeriodFact):
    """発信者 of a kind of document and office over a period. What is empty stays as the print settings say."""

    LEVY, ELIGIBILITY, COLLECTION, BENEFIT = 2, 1, 3, 4
    DOCUMENTS = ((LEVY, "賦課の通知書"), (ELIGIBILITY, "資格の証・通知"), (COLLECTION, "納付書・督促状"), (BENEFIT, "給付の通知"))

    code = models.BigIntegerField("帳票", choices=DOCUMENTS)
    head_title = models.CharField("職名", max_length=40, blank=True)
    head_name = models.CharField("氏名", max_length=40, blank=True)
    desk = models.CharField("担当係", max_length=60, blank=True)
    phone = models.CharField("電話番号", max_length=20, blank=True)
    hours = models.CharField("受付時間", max_length=60, blank=True)

    class Meta:
        verbose_name = "発信者"
        constraints = [no_overlap("sender_one_at_a_time", "code")]


class Seal(PeriodFact):
    """公印 on a kind of document over a period: which picture is printed in place of 印影. Without a row: as the print settings say."""

    code = models.BigIntegerField("帳票", choices=Sender.DOCUMENTS)
    title = models.CharField("公印の名称", max_length=60)
    image = models.BigIntegerField("画像の番号")
    size_mm = models.BigIntegerField("印字の大きさ（mm）")

    class Meta:
        verbose_name = "公印"
        constraints = [no_overlap("seal_one_at_a_time", "code")]


class Teaching(PeriodFact):
    """教示 (不服申立て・取消訴訟) of a kind of document over a period. What is empty stays as the wording file says."""

    DOCUMENTS = ((Sender.LEVY, "賦課の通知書"), (Sender.ELIGIBILITY, "資格の決定の通知"))

    code = models.BigIntegerField("帳票", choices=DOCUMENTS)
    request = models.CharField("審査請求", max_length=600, blank=True)
    order = models.CharField("審査請求と訴えの順序", max_length=600, blank=True)
    action = models.CharField("取消しの訴え", max_length=600, blank=True)
    exceptions = models.CharField("裁決を経ない訴え", max_length=600, blank=True)

    class Meta:
        verbose_name = "教示"
        constraints = [no_overlap("teaching_one_at_a_time", "code")]
