"""The day and the kind of a change stand on what it leaves to do, so that the list of it is sorted by an index."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# What is said of a task is no new write about anybody: nothing is recorded of it. A history may have outlived its change.
FILL = "; ".join(
    f"""ALTER TABLE {table} DISABLE TRIGGER USER;
    UPDATE {table} t SET kind = c.kind, effective_on = c.effective_on FROM people_personchange c WHERE c.id = t.change_id;
    {rest}ALTER TABLE {table} ENABLE TRIGGER USER"""
    for table, rest in (
        ("people_changetask", ""),
        (
            "people_changetaskevent",
            "UPDATE people_changetaskevent SET kind = '', effective_on = pgh_created_at::date WHERE effective_on IS NULL;",
        ),
    )
)


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0021_residents_as_known'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='changetask',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='changetask',
            name='update_update',
        ),
        migrations.RemoveIndex(
            model_name='changetask',
            name='changetask_open',
        ),
        migrations.AddField(
            model_name='changetask',
            name='effective_on',
            field=models.DateField(null=True, verbose_name='異動日'),
        ),
        migrations.AddField(
            model_name='changetask',
            name='kind',
            field=models.CharField(null=True, max_length=30, verbose_name='異動の種類'),
        ),
        migrations.AddField(
            model_name='changetaskevent',
            name='effective_on',
            field=models.DateField(null=True, verbose_name='異動日'),
        ),
        migrations.AddField(
            model_name='changetaskevent',
            name='kind',
            field=models.CharField(null=True, max_length=30, verbose_name='異動の種類'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(
            migrations.AlterField(model, name, field)
            for model in ('changetask', 'changetaskevent')
            for name, field in (
                ('effective_on', models.DateField(verbose_name='異動日')),
                ('kind', models.CharField(max_length=30, verbose_name='異動の種類')),
            )
        ),
        migrations.AlterField(
            model_name='changetask',
            name='change',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='people.personchange'),
        ),
        migrations.AddIndex(
            model_name='changetask',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['module', 'id'], include=('kind',), name='changetask_open'),
        ),
        migrations.AddIndex(
            model_name='changetask',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['effective_on', 'id'], include=('module', 'kind'), name='changetask_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changetask',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "people_changetaskevent" ("change_id", "done_at", "done_by", "effective_on", "id", "kind", "module", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "todo") VALUES (NEW."change_id", NEW."done_at", NEW."done_by", NEW."effective_on", NEW."id", NEW."kind", NEW."module", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."todo"); RETURN NULL;', hash='8fe5ba569ec5e6ef26c05fc6e75099f8c647b67e', operation='INSERT', pgid='pgtrigger_insert_insert_4d0a5', table='people_changetask', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changetask',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "people_changetaskevent" ("change_id", "done_at", "done_by", "effective_on", "id", "kind", "module", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "todo") VALUES (NEW."change_id", NEW."done_at", NEW."done_by", NEW."effective_on", NEW."id", NEW."kind", NEW."module", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."todo"); RETURN NULL;', hash='835b23d184ba908ad70d24ba4ded4058684a9cbe', operation='UPDATE', pgid='pgtrigger_update_update_6d55d', table='people_changetask', when='AFTER')),
        ),
    ]
