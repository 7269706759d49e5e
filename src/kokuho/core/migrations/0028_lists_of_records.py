"""When staff signed in last, and the entries of the registers of conduct by day, by their indexes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0027_refused_sign_ins'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditrecord',
            index=models.Index(condition=models.Q(('function', 'sign-in'), ('operation', 'login'), ('result', 'ok')), fields=['staff_no', 'at'], name='audit_sign_ins'),
        ),
        migrations.AddIndex(
            model_name='conductrecord',
            index=models.Index(fields=['on', 'id'], name='conduct_on'),
        ),
    ]
