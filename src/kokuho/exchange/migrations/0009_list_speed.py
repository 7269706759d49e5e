"""Indexes for the lists and dossiers of a large city; histories are asked by person too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0008_issues_by_receiver'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='insuredsnapshot',
            index=models.Index(fields=['atena_no'], name='insuredsnapshot_atena'),
        ),
        migrations.AddIndex(
            model_name='outboxrecord',
            index=models.Index(condition=models.Q(('update__in', ['2', '3'])), fields=['file', 'update', 'record'], name='outboxrecord_update'),
        ),
        migrations.AddIndex(
            model_name='outboxrecord',
            index=models.Index(condition=models.Q(('protected', True)), fields=['file', 'record'], name='outboxrecord_protected'),
        ),
        migrations.AddIndex(
            model_name='workitem',
            index=models.Index(fields=['atena_no'], name='workitem_atena'),
        ),
        migrations.RunSQL(
            "CREATE INDEX workitemevent_atena ON exchange_workitemevent (atena_no)", "DROP INDEX workitemevent_atena"
        ),
    ]
