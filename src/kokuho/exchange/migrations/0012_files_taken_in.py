from django.db import migrations

# The doors' answer to the desks' rules: the file of this origin came from the neighbour, and is being taken in at the moment.
ANSWERED = """
CREATE OR REPLACE FUNCTION public.kokuho_taken_in(origin text, neighbour text, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM public.exchange_inboxfile f
                    WHERE $1 = 'file:' || f.id AND f.neighbour = $2 AND coalesce(f.finished_at, now()) > $3 - interval '10 minutes')
$$
"""
NOBODY = """
CREATE OR REPLACE FUNCTION public.kokuho_taken_in(origin text, neighbour text, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE AS 'SELECT false'
"""


class Migration(migrations.Migration):

    dependencies = [("core", "0032_files_taken_in"), ("exchange", "0011_records_by_household")]

    operations = [migrations.RunSQL(ANSWERED, NOBODY)]
