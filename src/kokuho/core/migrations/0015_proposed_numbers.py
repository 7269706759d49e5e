from django.db import migrations

from kokuho.core.vault import PROPOSALS


class Migration(migrations.Migration):
    """A My Number may wait in the vault for a decision; one number never belongs to two persons."""

    dependencies = [("core", "0014_scheduled_work")]

    operations = [migrations.RunSQL(PROPOSALS, migrations.RunSQL.noop)]
