-- Records of access and of writes as they gather over a year. The triggers that stamp the moment are off in this copy meanwhile.

CREATE TEMP TABLE bench_pool ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY hashint8(e.atena_no), e.atena_no) AS n, e.atena_no FROM eligibility_insuredperiod e
 WHERE e.superseded_at IS NULL AND e.valid @> :on;
INSERT INTO core_auditrecord (at, staff_no, staff_name, unit, terminal, session, duty, function, operation, result, persons, row_count, reason,
                              detail)
SELECT :on::timestamptz - (random() * 365) * interval '1 day' + interval '9 hours', 'S' || lpad((1 + (p.n * k) % 120)::text, 3, '0'), '職員', '国民健康保険課', 'T' || (p.n % 60), md5((p.n % 997)::text), '資格',
       (ARRAY['household', 'person', 'people.search', 'eligibility.candidates', 'notice.print'])[1 + (p.n + k) % 5],
       (ARRAY['view', 'search', 'view', 'view', 'print'])[1 + (p.n + k) % 5], 'ok', ARRAY[p.atena_no], 1, '', '{}'
  FROM bench_pool p, generate_series(1, 4) k;
INSERT INTO core_writerecord (at, transaction, table_name, operation, row_count, first_id, last_id, staff_no, terminal, session, function, reason,
                              database_role, application)
SELECT :on::timestamptz - (random() * 365) * interval '1 day' + interval '9 hours', p.n, (ARRAY['public.eligibility_status', 'public.people_memo', 'public.core_entry'])[1 + p.n % 3], 'insert', 1, p.n, p.n,
       'S' || lpad((1 + p.n % 120)::text, 3, '0'), 'T' || (p.n % 60), md5((p.n % 997)::text), 'entries', '', 'kokuho_app', '' FROM bench_pool p, generate_series(1, 2) k;
