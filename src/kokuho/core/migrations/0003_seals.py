"""The record of writes, the seals of days, inspections and marks. Triggers are installed by `core/journal.py`."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_vault'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='DaySeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='日')),
                ('payload', models.TextField(verbose_name='封の内容')),
                ('hash', models.CharField(max_length=64, verbose_name='ハッシュ')),
                ('signature', models.CharField(max_length=128, verbose_name='署名')),
                ('index', models.BinaryField(help_text='表・行番号・ハッシュの先頭。どの行が違うかを示すため', verbose_name='行の一覧')),
            ],
            options={
                'verbose_name': '日次の封',
            },
        ),
        migrations.CreateModel(
            name='AuditMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='日')),
                ('rule', models.CharField(max_length=40, verbose_name='規則')),
                ('staff_no', models.CharField(max_length=20, verbose_name='職員番号')),
                ('records', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='操作記録')),
                ('figure', models.IntegerField(help_text='規則が数えたもの', verbose_name='数値')),
                ('detail', models.JSONField(default=dict, verbose_name='内容')),
                ('made_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='作成日時')),
            ],
            options={
                'verbose_name': '要確認の印',
                'constraints': [models.UniqueConstraint(fields=('day', 'rule', 'staff_no'), name='auditmark_once')],
            },
        ),
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period_from', models.DateField(verbose_name='対象期間（から）')),
                ('period_until', models.DateField(verbose_name='対象期間（まで）')),
                ('inspected_on', models.DateField(verbose_name='点検日')),
                ('inspected_by', models.CharField(max_length=20, verbose_name='点検者')),
                ('sample_size', models.IntegerField(verbose_name='標本の数')),
                ('matched', models.IntegerField(verbose_name='書面と一致した数')),
                ('findings', models.TextField(verbose_name='結果')),
                ('follow_up', models.TextField(blank=True, verbose_name='措置')),
                ('recorded_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='記録日時')),
            ],
            options={
                'verbose_name': '操作記録の点検',
                'constraints': [models.CheckConstraint(condition=models.Q(('sample_size__gt', 0)), name='inspection_has_sample'), models.CheckConstraint(condition=models.Q(('findings__regex', '^\\s*$'), _negated=True), name='inspection_has_findings'), models.CheckConstraint(condition=models.Q(('matched__gte', 0), ('matched__lte', models.F('sample_size'))), name='inspection_matched'), models.CheckConstraint(condition=models.Q(('period_until__gte', models.F('period_from'))), name='inspection_period')],
            },
        ),
        migrations.CreateModel(
            name='StaffResident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('atena_no', models.BigIntegerField(verbose_name='宛名番号')),
                ('staff', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='resident', to=settings.AUTH_USER_MODEL, verbose_name='職員')),
            ],
            options={
                'verbose_name': '職員の宛名番号',
            },
        ),
        migrations.CreateModel(
            name='StaffResidentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('atena_no', models.BigIntegerField(verbose_name='宛名番号')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.staffresident')),
                ('staff', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='職員')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WriteRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='日時')),
                ('transaction', models.BigIntegerField(verbose_name='トランザクション')),
                ('table_name', models.CharField(max_length=130, verbose_name='表')),
                ('operation', models.CharField(max_length=8, verbose_name='操作')),
                ('row_count', models.BigIntegerField(help_text='TRUNCATE は空', null=True, verbose_name='行数')),
                ('first_id', models.BigIntegerField(null=True, verbose_name='最小の行番号')),
                ('last_id', models.BigIntegerField(null=True, verbose_name='最大の行番号')),
                ('staff_no', models.CharField(help_text='空は、名乗らずに書き込まれたもの', max_length=20, verbose_name='職員番号')),
                ('terminal', models.CharField(max_length=60, verbose_name='端末')),
                ('session', models.CharField(max_length=64, verbose_name='セッション')),
                ('function', models.CharField(max_length=60, verbose_name='機能')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('database_role', models.CharField(max_length=130, verbose_name='データベースの役割')),
                ('application', models.CharField(max_length=64, verbose_name='アプリケーション')),
            ],
            options={
                'verbose_name': '書込み記録',
                'indexes': [models.Index(fields=['at'], name='writerecord_at'), models.Index(fields=['staff_no', 'at'], name='writerecord_staff'), models.Index(fields=['table_name', 'first_id'], name='writerecord_table')],
            },
        ),
        migrations.CreateModel(
            name='MarkDisposition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_no', models.CharField(max_length=20, verbose_name='印を受けた職員')),
                ('outcome', models.CharField(choices=[('explained', '業務上の利用'), ('warned', '注意・指導'), ('incident', '事故として調査')], max_length=10, verbose_name='判断')),
                ('reason', models.TextField(verbose_name='理由')),
                ('decided_by', models.CharField(max_length=20, verbose_name='判断者')),
                ('decided_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='判断日時')),
                ('mark', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='disposition', to='core.auditmark')),
            ],
            options={
                'verbose_name': '印の処理',
                'constraints': [models.CheckConstraint(condition=models.Q(('staff_no', models.F('decided_by')), _negated=True), name='disposition_by_another'), models.CheckConstraint(condition=models.Q(('reason__regex', '^\\s*$'), _negated=True), name='disposition_has_reason')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffresident',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_staffresidentevent" ("atena_no", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_id") VALUES (NEW."atena_no", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."staff_id"); RETURN NULL;', hash='1e74a32e4c07f54d7e9b1daec3557a46dc950f2c', operation='INSERT', pgid='pgtrigger_insert_insert_33b2b', table='core_staffresident', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffresident',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_staffresidentevent" ("atena_no", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_id") VALUES (NEW."atena_no", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."staff_id"); RETURN NULL;', hash='98e629f9d87d637f0d699ac5753d0678002cd7f5', operation='UPDATE', pgid='pgtrigger_update_update_eeaae', table='core_staffresident', when='AFTER')),
        ),
    ]
