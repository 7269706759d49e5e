-- The only thing that deletes issued acts. The application's role has no DELETE on them and no table of this schema; it may
-- call three functions, which run as the owner and hold an order to its approval.
CREATE SCHEMA IF NOT EXISTS keep;
COMMENT ON SCHEMA keep IS '保存年限と消去。消去の対象の表と、物理消去を待つ行を持つ';

CREATE TABLE IF NOT EXISTS keep.target (
    category text NOT NULL, seq int NOT NULL, relation text NOT NULL, match text NOT NULL, direct boolean NOT NULL,
    PRIMARY KEY (category, seq)
);
ALTER TABLE keep.target ADD COLUMN IF NOT EXISTS subject text NOT NULL DEFAULT 'person';
ALTER TABLE keep.target ADD COLUMN IF NOT EXISTS day text NOT NULL DEFAULT '';
CREATE TABLE IF NOT EXISTS keep.put_aside (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL, relation text NOT NULL, data jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS put_aside_order ON keep.put_aside (order_id);

-- A line that stands for everything of one day carries the day as a negative number: -20260701.
CREATE OR REPLACE FUNCTION keep.line(day date) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT -(extract(year FROM day) * 10000 + extract(month FROM day) * 100 + extract(day FROM day))::bigint $$;
CREATE OR REPLACE FUNCTION keep.day(line bigint) RETURNS date LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN line < 0 THEN make_date((-line / 10000)::int, (-line / 100 % 100)::int, (-line % 100)::int) END $$;
CREATE OR REPLACE FUNCTION keep.day(day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT day $$;
CREATE OR REPLACE FUNCTION keep.day(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS
    $$ SELECT (moment AT TIME ZONE 'Asia/Tokyo')::date $$;

-- Who has a number in the vault and since when; no number.
CREATE OR REPLACE FUNCTION keep.number_holders() RETURNS TABLE (atena_no bigint, since date) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT n.atena_no, max((n.recorded_at AT TIME ZONE 'Asia/Tokyo')::date) FROM vault.my_number n GROUP BY n.atena_no
$$;

-- Whether a hold on one of these persons keeps a row of a category.
CREATE OR REPLACE FUNCTION keep.held(persons bigint[], asked text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM core_retentionhold h WHERE h.atena_no = ANY(persons) AND h.lifted_on IS NULL AND h.category IN ('', asked))
$$;

-- The days on which a category by day has rows that are closed and not held.
CREATE OR REPLACE FUNCTION keep.days(asked text) RETURNS SETOF date LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    query text;
BEGIN
    SELECT string_agg(format('SELECT %s FROM %s t', t.day, t.relation), ' UNION ') INTO query
      FROM keep.target t WHERE t.category = asked AND t.day <> '' AND to_regclass(t.relation) IS NOT NULL;
    IF query IS NOT NULL THEN
        RETURN QUERY EXECUTE format('SELECT day FROM (%s) days(day) WHERE day IS NOT NULL ORDER BY day', query);
    END IF;
END $$;

-- Rows and content of the lines of an order as they are now. The digest does not depend on the order of rows.
CREATE OR REPLACE FUNCTION keep.measured(asked bigint, ids bigint[])
    RETURNS TABLE (line bigint, rows bigint, digest numeric) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET bytea_output = 'hex' AS $$
DECLARE
    target record; query text := '';
BEGIN
    FOR target IN SELECT t.* FROM keep.target t JOIN core_erasureorder o ON o.category = t.category
                   WHERE o.id = asked AND to_regclass(t.relation) IS NOT NULL ORDER BY t.seq LOOP
        query := query || CASE WHEN query = '' THEN '' ELSE ' UNION ALL ' END || format(
            'SELECT l.id, count(*) AS rows, sum(hashtextextended(%L || t::text, 0)::numeric) AS digest '
            'FROM core_erasureline l JOIN %s t ON %s WHERE l.order_id = $1 AND ($2 IS NULL OR l.id = ANY($2)) GROUP BY l.id',
            target.relation, target.relation, target.match);
    END LOOP;
    IF query <> '' THEN
        RETURN QUERY EXECUTE format('SELECT id, sum(rows)::bigint, sum(digest) FROM (%s) m GROUP BY id', query) USING asked, ids;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION keep.hash_of(asked bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to(
             o.category || '|' || o.plan_id || '|' || o.files::text || '|' || coalesce(string_agg(
               format('%s:%s:%s:%s', l.atena_no, l.fiscal_year, l.row_count, l.digest), '|' ORDER BY l.atena_no, l.fiscal_year), ''),
             'UTF8')), 'hex')
      FROM core_erasureorder o LEFT JOIN core_erasureline l ON l.order_id = o.id WHERE o.id = asked GROUP BY o.id
$$;

-- The dry run: lines without rows are dropped, the others get their figures, the order gets counts and hash. Returns the
-- number of lines.
CREATE OR REPLACE FUNCTION keep.prepare(asked bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    target record; counted bigint; told jsonb := '{}'; remaining bigint;
BEGIN
    PERFORM FROM core_erasureorder WHERE id = asked AND state = 'proposed' FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM core_approval WHERE subject = 'erasure:' || asked) THEN
        RAISE EXCEPTION 'erasure order % is no longer open', asked USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE core_erasureline l SET row_count = m.rows, digest = m.digest FROM keep.measured(asked, NULL) m WHERE m.line = l.id;
    DELETE FROM core_erasureline WHERE order_id = asked AND row_count = 0;
    FOR target IN SELECT t.* FROM keep.target t JOIN core_erasureorder o ON o.category = t.category
                   WHERE o.id = asked AND to_regclass(t.relation) IS NOT NULL ORDER BY t.seq LOOP
        EXECUTE format('SELECT count(*) FROM %s t JOIN core_erasureline l ON %s WHERE l.order_id = $1', target.relation, target.match)
           INTO counted USING asked;
        told := told || jsonb_build_object(target.relation, counted);
    END LOOP;
    UPDATE core_erasureorder SET counts = told, content_hash = keep.hash_of(asked) WHERE id = asked;
    SELECT count(*) INTO remaining FROM core_erasureline WHERE order_id = asked;
    RETURN remaining;
END $$;

-- One batch of the logical erasure. Returns the lines that remain; at 0 the erasure record is written.
CREATE OR REPLACE FUNCTION keep.erase(asked bigint, operator text, size int, purge_day date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ordered core_erasureorder; approved core_approval; target record; ids bigint[]; counted bigint; remaining bigint; about text;
    found jsonb; picked jsonb := '{}';
BEGIN
    SELECT * INTO ordered FROM core_erasureorder WHERE id = asked FOR UPDATE;
    SELECT * INTO approved FROM core_approval WHERE subject = 'erasure:' || asked AND kind = 'erasure' AND state = 'approved';
    IF ordered.id IS NULL OR ordered.state NOT IN ('proposed', 'running') OR approved.id IS NULL
       OR approved.content_hash <> ordered.content_hash OR approved.decided_by IN ('', approved.entered_by) THEN
        RAISE EXCEPTION 'erasure order % is not approved', asked USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ordered.state = 'proposed' THEN
        -- A data change between dry run and run makes the whole order void.
        IF keep.hash_of(asked) <> ordered.content_hash OR EXISTS (
            SELECT FROM core_erasureline l LEFT JOIN keep.measured(asked, NULL) m ON m.line = l.id
             WHERE l.order_id = asked AND (l.row_count, l.digest) IS DISTINCT FROM (m.rows, m.digest)) THEN
            UPDATE core_erasureorder SET state = 'void' WHERE id = asked;
            RETURN -1;
        END IF;
        UPDATE core_erasureorder SET state = 'running' WHERE id = asked;
    END IF;
    ids := ARRAY(SELECT id FROM core_erasureline WHERE order_id = asked AND outcome = '' ORDER BY id LIMIT size FOR UPDATE);
    -- A line about a person is held by the person's hold, a household by that of whoever was of it; the rows of a day each know.
    SELECT coalesce(max(subject), 'person') INTO about FROM keep.target WHERE category = ordered.category;
    UPDATE core_erasureline l SET outcome = 'held' WHERE l.id = ANY(ids) AND (
        (about = 'person' AND keep.held(ARRAY[l.atena_no], ordered.category))
        OR (about = 'household' AND EXISTS (
            SELECT FROM people_person p WHERE p.household_no = l.atena_no AND keep.held(ARRAY[p.atena_no], ordered.category))));
    UPDATE core_erasureline l SET outcome = 'changed' WHERE l.id = ANY(ids) AND l.outcome = '' AND NOT EXISTS (
        SELECT FROM keep.measured(asked, ids) m WHERE m.line = l.id AND m.rows = l.row_count AND m.digest = l.digest);
    ids := ARRAY(SELECT id FROM core_erasureline WHERE id = ANY(ids) AND outcome = '');
    -- All rows are found before the first goes: one whose last reference goes with this batch was not measured and stays for another order.
    FOR target IN SELECT * FROM keep.target WHERE category = ordered.category AND to_regclass(relation) IS NOT NULL ORDER BY seq LOOP
        EXECUTE format(
            'SELECT coalesce(jsonb_agg(p.place), ''[]'') FROM (SELECT t.ctid::text AS place FROM %s t JOIN core_erasureline l ON %s '
            'WHERE l.id = ANY($1) FOR UPDATE OF t) p', target.relation, target.match) INTO found USING ids;
        picked := picked || jsonb_build_object(target.seq::text, found);
    END LOOP;
    FOR target IN SELECT * FROM keep.target WHERE category = ordered.category AND to_regclass(relation) IS NOT NULL ORDER BY seq LOOP
        IF target.direct THEN
            EXECUTE format('DELETE FROM %s t WHERE t.ctid = ANY(ARRAY(SELECT jsonb_array_elements_text($1)::tid))', target.relation)
              USING picked->target.seq::text;
        ELSE
            EXECUTE format(
                'WITH gone AS (DELETE FROM %s t WHERE t.ctid = ANY(ARRAY(SELECT jsonb_array_elements_text($1)::tid)) RETURNING t.*) '
                'INSERT INTO keep.put_aside (order_id, relation, data) SELECT $2, %L, to_jsonb(gone) FROM gone',
                target.relation, target.relation) USING picked->target.seq::text, asked;
        END IF;
        GET DIAGNOSTICS counted = ROW_COUNT;
        UPDATE core_erasureorder SET erased = erased || jsonb_build_object(
            target.relation, coalesce((erased->>target.relation)::bigint, 0) + counted) WHERE id = asked;
    END LOOP;
    UPDATE core_erasureline SET outcome = 'erased' WHERE id = ANY(ids);
    SELECT count(*) INTO remaining FROM core_erasureline WHERE order_id = asked AND outcome = '';
    IF remaining = 0 THEN
        UPDATE core_erasureorder SET state = 'erased', purge_on = purge_day WHERE id = asked;
        INSERT INTO core_erasurerecord (order_no, step, category, subjects, counts, files, content_hash, approval_id, entered_by,
                                        approved_by, operated_by, "left")
        SELECT asked, 'erase', o.category, (SELECT count(*) FROM core_erasureline WHERE order_id = asked AND outcome = 'erased'),
               o.erased, jsonb_array_length(o.files), o.content_hash, approved.id, approved.entered_by, approved.decided_by, operator,
               (SELECT coalesce(jsonb_object_agg(outcome, n), '{}') FROM (SELECT outcome, count(*) AS n FROM core_erasureline
                 WHERE order_id = asked AND outcome <> 'erased' GROUP BY outcome) x)
          FROM core_erasureorder o WHERE o.id = asked;
    END IF;
    RETURN remaining;
END $$;

-- The physical erasure of what was put aside, and of the list of persons. Returns the rows.
CREATE OR REPLACE FUNCTION keep.purge(asked bigint, operator text, today date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    counted bigint;
BEGIN
    PERFORM FROM core_erasureorder WHERE id = asked AND state = 'erased' AND purge_on <= today FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'erasure order % is not due for purging', asked USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM keep.put_aside WHERE order_id = asked;
    GET DIAGNOSTICS counted = ROW_COUNT;
    INSERT INTO core_erasurerecord (order_no, step, category, subjects, counts, files, content_hash, approval_id, entered_by, approved_by,
                                    operated_by, "left")
    SELECT order_no, 'purge', category, subjects, jsonb_build_object('keep.put_aside', counted), files, content_hash, approval_id,
           entered_by, approved_by, operator, "left"
      FROM core_erasurerecord WHERE order_no = asked AND step = 'erase';
    DELETE FROM core_erasureline WHERE order_id = asked;
    UPDATE core_erasureorder SET state = 'purged' WHERE id = asked;
    RETURN counted;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA keep FROM PUBLIC;
GRANT USAGE ON SCHEMA keep TO kokuho_app;
GRANT EXECUTE ON FUNCTION keep.prepare(bigint), keep.erase(bigint, text, int, date), keep.purge(bigint, text, date), keep.days(text),
    keep.line(date), keep.number_holders() TO kokuho_app;
