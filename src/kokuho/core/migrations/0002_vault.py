from django.db import migrations

from kokuho.core.vault import SCHEMA


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(SCHEMA, "DROP SCHEMA vault CASCADE")]
