"""Accounts have an owner, a class and an end; rights stand on their application; terminals are registered."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_conduct'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_no', models.CharField(max_length=20, verbose_name='利用者ID')),
                ('kind', models.CharField(choices=[('unlock', '停止の解除'), ('password', '初期パスワードの発行'), ('factors', '認証手段の再設定'), ('end', '利用の終了')], max_length=10, verbose_name='種類')),
                ('by', models.CharField(max_length=20, verbose_name='行った者')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='日時')),
            ],
            options={
                'verbose_name': 'IDの取扱い',
            },
        ),
        migrations.CreateModel(
            name='AccountTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_no', models.CharField(max_length=20, verbose_name='利用者ID')),
                ('what', models.CharField(max_length=100, verbose_name='すること')),
                ('opened_on', models.DateField(verbose_name='発生日')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('done_by', models.CharField(blank=True, max_length=20, verbose_name='確認者')),
                ('done_at', models.DateTimeField(null=True, verbose_name='確認日時')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='確認したこと')),
            ],
            options={
                'verbose_name': '端末アカウントの停止',
            },
        ),
        migrations.CreateModel(
            name='AccountTaskEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('staff_no', models.CharField(max_length=20, verbose_name='利用者ID')),
                ('what', models.CharField(max_length=100, verbose_name='すること')),
                ('opened_on', models.DateField(verbose_name='発生日')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('done_by', models.CharField(blank=True, max_length=20, verbose_name='確認者')),
                ('done_at', models.DateTimeField(null=True, verbose_name='確認日時')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='確認したこと')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FactorCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('factor', models.CharField(max_length=20, verbose_name='手段')),
                ('reference', models.CharField(max_length=128, verbose_name='照合の番号')),
                ('valid_from', models.DateField(verbose_name='開始日')),
                ('valid_until', models.DateField(verbose_name='終了日')),
                ('is_active', models.BooleanField(default=True, verbose_name='有効')),
                ('origin', models.CharField(max_length=60, verbose_name='出所')),
            ],
            options={
                'verbose_name': '外部の認証手段',
            },
        ),
        migrations.CreateModel(
            name='FactorCredentialEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('factor', models.CharField(max_length=20, verbose_name='手段')),
                ('reference', models.CharField(max_length=128, verbose_name='照合の番号')),
                ('valid_from', models.DateField(verbose_name='開始日')),
                ('valid_until', models.DateField(verbose_name='終了日')),
                ('is_active', models.BooleanField(default=True, verbose_name='有効')),
                ('origin', models.CharField(max_length=60, verbose_name='出所')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PasswordHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('encoded', models.CharField(max_length=255, verbose_name='ハッシュ')),
                ('at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='日時')),
            ],
            options={
                'verbose_name': '過去のパスワード',
            },
        ),
        migrations.CreateModel(
            name='RightsReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period_from', models.DateField(verbose_name='対象期間（から）')),
                ('period_until', models.DateField(verbose_name='対象期間（まで）')),
                ('reviewed_on', models.DateField(verbose_name='点検日')),
                ('reviewed_by', models.CharField(max_length=20, verbose_name='点検者')),
                ('changes', models.IntegerField(verbose_name='変更の件数')),
                ('leftovers', models.IntegerField(verbose_name='残っているIDの件数')),
                ('findings', models.TextField(verbose_name='結果')),
                ('follow_up', models.TextField(blank=True, verbose_name='措置')),
                ('at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='記録日時')),
            ],
            options={
                'verbose_name': '権限の再点検',
            },
        ),
        migrations.CreateModel(
            name='Terminal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True, verbose_name='端末ID')),
                ('place', models.CharField(max_length=100, verbose_name='設置場所')),
                ('kind', models.CharField(choices=[('desk', '業務端末'), ('work', '委託先の作業用端末'), ('room', '電算機室の作業用端末'), ('management', '運用管理の端末')], default='desk', max_length=12, verbose_name='種類')),
                ('network', models.CharField(blank=True, help_text='空は確かめない', max_length=60, verbose_name='IPアドレスの範囲')),
                ('certificate', models.CharField(blank=True, max_length=64, verbose_name='証明書の指紋（SHA-256）')),
                ('valid_from', models.DateField(verbose_name='利用開始日')),
                ('valid_until', models.DateField(verbose_name='利用終了日')),
                ('is_active', models.BooleanField(default=True, verbose_name='利用可')),
                ('secret_hash', models.CharField(blank=True, max_length=64, verbose_name='端末の鍵のハッシュ')),
                ('enrol_hash', models.CharField(blank=True, max_length=64, verbose_name='登録コードのハッシュ')),
                ('enrol_until', models.DateTimeField(null=True, verbose_name='登録コードの期限')),
                ('enrolled_at', models.DateTimeField(null=True, verbose_name='鍵を置いた日時')),
                ('seen_on', models.DateField(null=True, verbose_name='最後に使われた日')),
                ('origin', models.CharField(max_length=60, verbose_name='出所')),
            ],
            options={
                'verbose_name': '端末',
            },
        ),
        migrations.CreateModel(
            name='TerminalEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=30, verbose_name='端末ID')),
                ('place', models.CharField(max_length=100, verbose_name='設置場所')),
                ('kind', models.CharField(choices=[('desk', '業務端末'), ('work', '委託先の作業用端末'), ('room', '電算機室の作業用端末'), ('management', '運用管理の端末')], default='desk', max_length=12, verbose_name='種類')),
                ('network', models.CharField(blank=True, help_text='空は確かめない', max_length=60, verbose_name='IPアドレスの範囲')),
                ('certificate', models.CharField(blank=True, max_length=64, verbose_name='証明書の指紋（SHA-256）')),
                ('valid_from', models.DateField(verbose_name='利用開始日')),
                ('valid_until', models.DateField(verbose_name='利用終了日')),
                ('is_active', models.BooleanField(default=True, verbose_name='利用可')),
                ('enrol_until', models.DateTimeField(null=True, verbose_name='登録コードの期限')),
                ('enrolled_at', models.DateTimeField(null=True, verbose_name='鍵を置いた日時')),
                ('origin', models.CharField(max_length=60, verbose_name='出所')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UnitEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=10, verbose_name='所属コード')),
                ('name', models.CharField(max_length=60, verbose_name='所属名')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None, verbose_name='この所属に認めた役割')),
                ('opens', models.CharField(blank=True, help_text='空は安全管理の設定のとおり', max_length=5, verbose_name='利用時間の始まり')),
                ('closes', models.CharField(blank=True, max_length=5, verbose_name='利用時間の終わり')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UseExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts', models.DateTimeField(verbose_name='開始')),
                ('ends', models.DateTimeField(verbose_name='終了')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
            ],
            options={
                'verbose_name': '時間外の利用',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='grant',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='grant',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staff',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staff',
            name='update_update',
        ),
        migrations.AddField(
            model_name='grant',
            name='ended_by',
            field=models.CharField(blank=True, help_text='entry:5、transfer:2026-04-01 など', max_length=60, verbose_name='失効の出所'),
        ),
        migrations.AddField(
            model_name='grant',
            name='entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.entry', verbose_name='申請'),
        ),
        migrations.AddField(
            model_name='grantevent',
            name='ended_by',
            field=models.CharField(blank=True, help_text='entry:5、transfer:2026-04-01 など', max_length=60, verbose_name='失効の出所'),
        ),
        migrations.AddField(
            model_name='grantevent',
            name='entry',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.entry', verbose_name='申請'),
        ),
        migrations.AddField(
            model_name='staff',
            name='account_class',
            field=models.CharField(choices=[('staff', '職員'), ('temporary', '会計年度任用職員'), ('administrator', '管理者'), ('contractor', '委託先')], default='staff', max_length=15, verbose_name='IDの種類'),
        ),
        migrations.AddField(
            model_name='staff',
            name='must_change_password',
            field=models.BooleanField(default=False, verbose_name='次のログインでパスワードを変える'),
        ),
        migrations.AddField(
            model_name='staff',
            name='name_kana',
            field=models.CharField(blank=True, max_length=60, verbose_name='氏名カナ'),
        ),
        migrations.AddField(
            model_name='staff',
            name='password_changed_at',
            field=models.DateTimeField(null=True, verbose_name='パスワード変更日時'),
        ),
        migrations.AddField(
            model_name='staff',
            name='person_no',
            field=models.CharField(default='', help_text='この番号の一人がIDの持ち主', max_length=20, verbose_name='職員番号・作業従事者番号'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='staff',
            name='session_number',
            field=models.CharField(blank=True, max_length=64, verbose_name='利用中のセッション'),
        ),
        migrations.AddField(
            model_name='staffevent',
            name='account_class',
            field=models.CharField(choices=[('staff', '職員'), ('temporary', '会計年度任用職員'), ('administrator', '管理者'), ('contractor', '委託先')], default='staff', max_length=15, verbose_name='IDの種類'),
        ),
        migrations.AddField(
            model_name='staffevent',
            name='must_change_password',
            field=models.BooleanField(default=False, verbose_name='次のログインでパスワードを変える'),
        ),
        migrations.AddField(
            model_name='staffevent',
            name='name_kana',
            field=models.CharField(blank=True, max_length=60, verbose_name='氏名カナ'),
        ),
        migrations.AddField(
            model_name='staffevent',
            name='person_no',
            field=models.CharField(default='', help_text='この番号の一人がIDの持ち主', max_length=20, verbose_name='職員番号・作業従事者番号'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='unit',
            name='closes',
            field=models.CharField(blank=True, max_length=5, verbose_name='利用時間の終わり'),
        ),
        migrations.AddField(
            model_name='unit',
            name='opens',
            field=models.CharField(blank=True, help_text='空は安全管理の設定のとおり', max_length=5, verbose_name='利用時間の始まり'),
        ),
        migrations.AddField(
            model_name='unit',
            name='roles',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None, verbose_name='この所属に認めた役割'),
        ),
        # Every account belongs to somebody and ends; every right ends with its account at the latest.
        migrations.RunSQL(
            """
            UPDATE core_staff SET person_no = staff_no WHERE person_no = '';
            UPDATE core_staff SET valid_until = greatest(valid_from, current_date) + 366 WHERE valid_until IS NULL;
            UPDATE core_grant g SET valid_until = greatest(g.valid_from, s.valid_until) FROM core_staff s
             WHERE s.id = g.staff_id AND g.valid_until IS NULL;
            UPDATE core_staffevent SET valid_until = '9999-12-31' WHERE valid_until IS NULL;
            UPDATE core_grantevent SET valid_until = '9999-12-31' WHERE valid_until IS NULL;
            UPDATE core_unit u SET roles = coalesce((SELECT array_agg(DISTINCT g.role ORDER BY g.role) FROM core_grant g
                JOIN core_staff s ON s.id = g.staff_id WHERE s.unit_id = u.id), '{}');
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='grant',
            name='valid_until',
            field=models.DateField(help_text='この日まで有効', verbose_name='失効日'),
        ),
        migrations.AlterField(
            model_name='grantevent',
            name='valid_until',
            field=models.DateField(help_text='この日まで有効', verbose_name='失効日'),
        ),
        migrations.AlterField(
            model_name='staff',
            name='staff_no',
            field=models.CharField(max_length=20, unique=True, verbose_name='利用者ID'),
        ),
        migrations.AlterField(
            model_name='staff',
            name='valid_until',
            field=models.DateField(help_text='この日まで利用できる', verbose_name='利用終了日'),
        ),
        migrations.AlterField(
            model_name='staffevent',
            name='staff_no',
            field=models.CharField(max_length=20, verbose_name='利用者ID'),
        ),
        migrations.AlterField(
            model_name='staffevent',
            name='valid_until',
            field=models.DateField(help_text='この日まで利用できる', verbose_name='利用終了日'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grant',
            trigger=pgtrigger.compiler.Trigger(name='grant_on_application', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' THEN\n        IF NEW.staff_id <> OLD.staff_id OR NEW.role <> OLD.role OR NEW.valid_from <> OLD.valid_from\n           OR NEW.applied_by <> OLD.applied_by OR NEW.approved_by <> OLD.approved_by\n           OR NEW.entry_id IS DISTINCT FROM OLD.entry_id\n           OR NEW.valid_until > OLD.valid_until THEN\n            RAISE EXCEPTION 'a right can only be shortened: apply for another one' USING ERRCODE = 'insufficient_privilege';\n        END IF;\n    ELSIF NOT EXISTS (\n        SELECT FROM core_entry e JOIN core_staff s ON s.id = NEW.staff_id\n         WHERE e.id = NEW.entry_id AND e.kind = 'rights.grant' AND e.state = 'confirmed' AND e.four_eyes\n           AND e.entered_by = NEW.applied_by AND e.decided_by = NEW.approved_by AND e.decided_by <> s.staff_no\n           AND e.payload ->> 'staff_no' = s.staff_no AND e.payload -> 'roles' ? NEW.role) THEN\n        RAISE EXCEPTION 'a right needs an application that another person approved' USING ERRCODE = 'insufficient_privilege';\n    END IF;\n    RETURN NEW;\n", hash='379d529a4fc26014f01fb95a3e7cfbeb651fdc5f', operation='INSERT OR UPDATE', pgid='pgtrigger_grant_on_application_59093', table='core_grant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grant',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_grantevent" ("applied_by", "approved_by", "ended_by", "entry_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "role", "staff_id", "valid_from", "valid_until") VALUES (NEW."applied_by", NEW."approved_by", NEW."ended_by", NEW."entry_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."role", NEW."staff_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='44baa741af117d5aabac8069a9e30f1d0ea220ff', operation='INSERT', pgid='pgtrigger_insert_insert_97adc', table='core_grant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grant',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_grantevent" ("applied_by", "approved_by", "ended_by", "entry_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "role", "staff_id", "valid_from", "valid_until") VALUES (NEW."applied_by", NEW."approved_by", NEW."ended_by", NEW."entry_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."role", NEW."staff_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='3f0a620a73a1311e5de6a527cbb9ec4ea04147bb', operation='UPDATE', pgid='pgtrigger_update_update_b1514', table='core_grant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_staffevent" ("account_class", "id", "is_active", "must_change_password", "name", "name_kana", "person_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_no", "unit_id", "valid_from", "valid_until") VALUES (NEW."account_class", NEW."id", NEW."is_active", NEW."must_change_password", NEW."name", NEW."name_kana", NEW."person_no", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."staff_no", NEW."unit_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='8856651f35f7a7ec3b49f267ddeb68b6919bf7fd', operation='INSERT', pgid='pgtrigger_insert_insert_4af0a', table='core_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account_class" IS DISTINCT FROM (NEW."account_class") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."must_change_password" IS DISTINCT FROM (NEW."must_change_password") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_kana" IS DISTINCT FROM (NEW."name_kana") OR OLD."person_no" IS DISTINCT FROM (NEW."person_no") OR OLD."staff_no" IS DISTINCT FROM (NEW."staff_no") OR OLD."unit_id" IS DISTINCT FROM (NEW."unit_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))', func='INSERT INTO "core_staffevent" ("account_class", "id", "is_active", "must_change_password", "name", "name_kana", "person_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "staff_no", "unit_id", "valid_from", "valid_until") VALUES (NEW."account_class", NEW."id", NEW."is_active", NEW."must_change_password", NEW."name", NEW."name_kana", NEW."person_no", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."staff_no", NEW."unit_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='e6660048ebd1c6c3464dc3efce88ab50170ad1f2', operation='UPDATE', pgid='pgtrigger_update_update_be735', table='core_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='unit',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_unitevent" ("closes", "code", "id", "name", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles") VALUES (NEW."closes", NEW."code", NEW."id", NEW."name", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."roles"); RETURN NULL;', hash='6dba4027e19c59b6748d5886fac7766406196f66', operation='INSERT', pgid='pgtrigger_insert_insert_94584', table='core_unit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='unit',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_unitevent" ("closes", "code", "id", "name", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles") VALUES (NEW."closes", NEW."code", NEW."id", NEW."name", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."roles"); RETURN NULL;', hash='5cd96209e4c292f2630f70812406a7977d10e844', operation='UPDATE', pgid='pgtrigger_update_update_61150', table='core_unit', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='staff',
            constraint=models.CheckConstraint(condition=models.Q(('person_no__regex', '^\\s*$'), _negated=True), name='staff_has_owner'),
        ),
        migrations.AddConstraint(
            model_name='staff',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__gte', models.F('valid_from'))), name='staff_period'),
        ),
        migrations.AddConstraint(
            model_name='staff',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('person_no', 'account_class'), name='staff_one_id_a_class'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes', ''), ('opens', '')), models.Q(models.Q(('opens', ''), _negated=True), ('closes__gt', models.F('opens'))), _connector='OR'), name='unit_hours_in_order'),
        ),
        migrations.AddIndex(
            model_name='accountevent',
            index=models.Index(fields=['staff_no', 'kind', '-at'], name='accountevent_staff'),
        ),
        migrations.AddConstraint(
            model_name='accountevent',
            constraint=models.CheckConstraint(condition=models.Q(('by', models.F('staff_no')), _negated=True), name='accountevent_by_another'),
        ),
        migrations.AddConstraint(
            model_name='accountevent',
            constraint=models.CheckConstraint(condition=models.Q(('reason__regex', '^\\s*$'), _negated=True), name='accountevent_reason'),
        ),
        migrations.AddConstraint(
            model_name='accounttask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('done_by', '')), models.Q(('done_at__isnull', False), models.Q(('done_by', ''), _negated=True), models.Q(('note', ''), _negated=True)), _connector='OR'), name='accounttask_done_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accounttask',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_accounttaskevent" ("done_at", "done_by", "id", "note", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "staff_no", "what") VALUES (NEW."done_at", NEW."done_by", NEW."id", NEW."note", NEW."opened_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."staff_no", NEW."what"); RETURN NULL;', hash='964d0704de80277f586d4b731a94db264479174d', operation='INSERT', pgid='pgtrigger_insert_insert_350cc', table='core_accounttask', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accounttask',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_accounttaskevent" ("done_at", "done_by", "id", "note", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "staff_no", "what") VALUES (NEW."done_at", NEW."done_by", NEW."id", NEW."note", NEW."opened_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."staff_no", NEW."what"); RETURN NULL;', hash='0c2546ecf08e940d28b8e88adbefb61ff903bdae', operation='UPDATE', pgid='pgtrigger_update_update_13760', table='core_accounttask', when='AFTER')),
        ),
        migrations.AddField(
            model_name='accounttaskevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='accounttaskevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.accounttask'),
        ),
        migrations.AddField(
            model_name='factorcredential',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to=settings.AUTH_USER_MODEL, verbose_name='職員'),
        ),
        migrations.AddField(
            model_name='factorcredentialevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='factorcredentialevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.factorcredential'),
        ),
        migrations.AddField(
            model_name='factorcredentialevent',
            name='staff',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='職員'),
        ),
        migrations.AddField(
            model_name='passwordhistory',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_passwords', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='rightsreview',
            constraint=models.CheckConstraint(condition=models.Q(('findings__regex', '^\\s*$'), _negated=True), name='rightsreview_findings'),
        ),
        migrations.AddConstraint(
            model_name='rightsreview',
            constraint=models.CheckConstraint(condition=models.Q(('period_until__gte', models.F('period_from'))), name='rightsreview_period'),
        ),
        migrations.AddField(
            model_name='terminal',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.unit', verbose_name='所属'),
        ),
        migrations.AddField(
            model_name='terminalevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='terminalevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.terminal'),
        ),
        migrations.AddField(
            model_name='terminalevent',
            name='unit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.unit', verbose_name='所属'),
        ),
        migrations.AddField(
            model_name='unitevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='unitevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.unit'),
        ),
        migrations.AddField(
            model_name='useextension',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.entry', verbose_name='申請'),
        ),
        migrations.AddField(
            model_name='useextension',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='factorcredential',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('factor', 'reference'), name='factorcredential_of_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factorcredential',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_factorcredentialevent" ("factor", "id", "is_active", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "staff_id", "valid_from", "valid_until") VALUES (NEW."factor", NEW."id", NEW."is_active", NEW."origin", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reference", NEW."staff_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='0ef60956e2bb0417d29ee41328e69fa055735d2e', operation='INSERT', pgid='pgtrigger_insert_insert_e0901', table='core_factorcredential', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factorcredential',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_factorcredentialevent" ("factor", "id", "is_active", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "staff_id", "valid_from", "valid_until") VALUES (NEW."factor", NEW."id", NEW."is_active", NEW."origin", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reference", NEW."staff_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='fb81e6f3346988defed8e4b053adc5bb3ac3ecf1', operation='UPDATE', pgid='pgtrigger_update_update_af025', table='core_factorcredential', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='passwordhistory',
            index=models.Index(fields=['staff', '-id'], name='passwordhistory_staff'),
        ),
        migrations.AddConstraint(
            model_name='terminal',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__gte', models.F('valid_from'))), name='terminal_period'),
        ),
        migrations.AddConstraint(
            model_name='terminal',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('certificate', ''), _negated=True), ('is_active', True)), fields=('certificate',), name='terminal_certificate'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='terminal',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_terminalevent" ("certificate", "code", "enrol_until", "enrolled_at", "id", "is_active", "kind", "network", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "unit_id", "valid_from", "valid_until") VALUES (NEW."certificate", NEW."code", NEW."enrol_until", NEW."enrolled_at", NEW."id", NEW."is_active", NEW."kind", NEW."network", NEW."origin", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."unit_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='63b4b4a04e5cee1c112c9f75f87ac26660fbb7fa', operation='INSERT', pgid='pgtrigger_insert_insert_17d5f', table='core_terminal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='terminal',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."certificate" IS DISTINCT FROM (NEW."certificate") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."enrol_until" IS DISTINCT FROM (NEW."enrol_until") OR OLD."enrolled_at" IS DISTINCT FROM (NEW."enrolled_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."unit_id" IS DISTINCT FROM (NEW."unit_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))', func='INSERT INTO "core_terminalevent" ("certificate", "code", "enrol_until", "enrolled_at", "id", "is_active", "kind", "network", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "unit_id", "valid_from", "valid_until") VALUES (NEW."certificate", NEW."code", NEW."enrol_until", NEW."enrolled_at", NEW."id", NEW."is_active", NEW."kind", NEW."network", NEW."origin", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."unit_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='9fced3593a1844f9f4d04b2587b0f3653089f45f', operation='UPDATE', pgid='pgtrigger_update_update_c99ce', table='core_terminal', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='useextension',
            index=models.Index(fields=['staff', 'ends'], name='extension_staff'),
        ),
        migrations.AddConstraint(
            model_name='useextension',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='extension_period'),
        ),
    ]
