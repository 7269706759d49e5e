from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('eligibility', '0016_past_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='certificate',
            name='former_no',
            field=models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='旧システムの交付番号'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='origin',
            field=models.CharField(
                blank=True, db_default='', default='', help_text='移行した履歴: file:12', max_length=60, verbose_name='出所'
            ),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(condition=~Q(former_no=''), fields=('former_no',), name='certificate_former_once'),
        ),
    ]
