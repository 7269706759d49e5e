"""What was refused or failed, among a million records that were not."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0030_account_sightings'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditrecord',
            index=models.Index(condition=models.Q(('result', 'ok'), _negated=True), fields=['result', 'at'], name='audit_not_ok'),
        ),
    ]
