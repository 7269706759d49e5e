-- The work lists and books of an office after some years: mostly done, some open.

UPDATE eligibility_changecandidate SET state = 'applied', entered_by = 'S001', decided_by = 'S002', decided_at = now(), result = 'as_proposed'
 WHERE id % 5 <> 0;
INSERT INTO eligibility_difference (check_code, key, atena_no, household_no, detail, found_on, seen_on, state, worker, result, note, ended_on)
SELECT 'V' || lpad((1 + n % 17)::text, 2, '0'), 'old/' || n, atena_no, household_no, '', :on - (n % 700)::int - 20, :on - (n % 700)::int - 10, 'solved', 'S001', 'gone', '',
       :on - (n % 700)::int - 5 FROM bench_pool WHERE n % 6 = 0;
INSERT INTO eligibility_difference (check_code, key, atena_no, household_no, detail, found_on, seen_on, state, worker, result, note)
SELECT 'V12', 'open/' || n, atena_no, household_no, '喪失と消除', :on - (n % 60)::int, :on, CASE n % 3 WHEN 0 THEN 'known' ELSE 'new' END, '', '', '' FROM bench_pool WHERE n % 60 = 1;
INSERT INTO eligibility_otherinsurancefinding (atena_no, household_no, kind, source, scheme, event_on, origin, found_on, state, result,
                                               decided_by, reason)
SELECT atena_no, household_no, 'joined', 'nenkin-loss', '第2号被保険者', :on - (n % 500)::int, 'file:1', :on - (n % 400)::int,
       CASE n % 4 WHEN 0 THEN 'open' ELSE 'closed' END, CASE n % 4 WHEN 0 THEN '' ELSE 'notified' END, CASE n % 4 WHEN 0 THEN '' ELSE 'S001' END, ''
  FROM bench_pool WHERE n % 13 = 0;
INSERT INTO eligibility_findingstep (finding_id, atena_no, kind, happened_on, text, recorded_by)
SELECT id, atena_no, 'reminded', found_on, '', :by FROM eligibility_otherinsurancefinding;
INSERT INTO eligibility_eligibilitychange (atena_no, household_no, kind, affected, recorded_at, recorded_by, origin)
SELECT atena_no, household_no, 'acquisition', daterange(:on - 30, NULL), now(), :by, 'entry:1' FROM bench_pool WHERE n % 3 = 0;

INSERT INTO people_personchange (atena_no, kind, effective_on, recorded_by, origin)
SELECT atena_no, 'mail_destination', :on - (n % 500)::int, :by, 'entry:1' FROM bench_pool;
INSERT INTO people_changetask (change_id, kind, effective_on, module, todo, done_by, done_at, note)
SELECT c.id, c.kind, c.effective_on, m, '送付先を確かめる', CASE WHEN c.id % 30 = 0 THEN '' ELSE 'S001' END, CASE WHEN c.id % 30 = 0 THEN NULL ELSE now() END, ''
  FROM people_personchange c CROSS JOIN (VALUES ('eligibility'), ('levy')) AS v(m) WHERE c.id % 3 = 0;
INSERT INTO people_pulleddocument (batch_id, document, number, atena_no, reason, pulled_on, outcome, note, done_by, done_at)
SELECT 1 + n % 40, 'decision-notice', n::text, atena_no, 'mail_stopped', :on - (n % 500)::int, CASE n % 5 WHEN 0 THEN '' ELSE 'sent' END, '',
       CASE n % 5 WHEN 0 THEN '' ELSE 'S001' END, CASE n % 5 WHEN 0 THEN NULL ELSE now() END FROM bench_pool WHERE n % 15 = 0;
INSERT INTO people_savedsearch (staff_no, label, typed)
SELECT 'S' || lpad(s::text, 3, '0'), k::text, 'サトウ' FROM generate_series(1, 60) s, generate_series(1, 10) k;

INSERT INTO core_entry (kind, title, payload, persons, household_no, unit, reason, evidence, "on", four_eyes, entered_by, entered_at, state,
                        decided_by, decided_at, decision)
SELECT k.kind, k.title, '{}', ARRAY[atena_no], household_no, '国民健康保険課', '', '{}', :on - (n % 700)::int, true, 'S00' || 1 + n % 5, :on - (n % 700)::int,
       CASE WHEN n % 60 < 2 THEN 'pending' WHEN n % 60 = 3 THEN 'returned' ELSE 'confirmed' END,
       CASE WHEN n % 60 < 2 THEN '' ELSE 'S006' END, CASE WHEN n % 60 < 2 THEN NULL ELSE (:on - (n % 700)::int)::timestamptz + interval '3 hours' END, ''
  FROM bench_pool JOIN (SELECT row_number() OVER () - 1 AS place, kind, title FROM unnest(:kinds::text[], :titles::text[]) AS u(kind, title)) k
    ON k.place = n % cardinality(:kinds::text[]) WHERE n % 2 = 0 OR n % 60 < 2;

INSERT INTO exchange_inboxfile (neighbour, layout, file_name, sha256, size, sender, created_at, received_at, received_by, business_date, state,
                                record_count, applied_count, error_count, work_count, counts, finished_at)
SELECT 'juki', 'juki-changes', 'juki-changes-' || n || '.csv', md5(n::text) || md5(n::text), 100000, '', '', :on - n::int, 'S001', :on - n::int,
       CASE n % 25 WHEN 0 THEN 'refused' ELSE 'applied' END, 300, 298, CASE n % 25 WHEN 0 THEN 3 ELSE 0 END, 2, '{}', :on - n::int
  FROM bench_pool WHERE n <= 1500;
INSERT INTO exchange_inboxerror (file_id, code, record, field, message)
SELECT id, 'F14', r, 'birth_date', '実在しない日付です。' FROM exchange_inboxfile, generate_series(1, 40) r WHERE state = 'refused';
INSERT INTO exchange_workitem (file_id, code, record, atena_no, message, state, decided_by, decided_at, reason)
SELECT f.id, 'J16', p.n % 300, p.atena_no, '生年月日の一部が不詳です。', CASE p.n % 20 WHEN 0 THEN 'open' ELSE 'done' END, CASE p.n % 20 WHEN 0 THEN '' ELSE 'S001' END,
       CASE p.n % 20 WHEN 0 THEN NULL ELSE now() END, '' FROM bench_pool p
  JOIN (SELECT id, row_number() OVER () AS k, count(*) OVER () AS files FROM exchange_inboxfile) f ON f.k = 1 + (p.n / 10) % f.files WHERE p.n % 10 = 0;
INSERT INTO exchange_federationanswer (file_id, record, kind, atena_no, member_id, prefecture_id, acquired_on, judgement, told_at, state)
SELECT (SELECT min(id) FROM exchange_inboxfile), n, 'dates', atena_no, '', '', :on - 100, '1', now(), CASE n % 30 WHEN 0 THEN 'ready' ELSE 'applied' END FROM bench_pool;
INSERT INTO exchange_continuationcandidate (file_id, list_number, month, from_municipality, to_municipality, from_household, to_household,
                                            members, result)
SELECT (SELECT min(id) FROM exchange_inboxfile), 'L' || n, '2026-06', '112038', '111007', household_no, household_no + 1, 2, '' FROM bench_pool WHERE n % 300 = 0;
INSERT INTO exchange_receivedapplication (reception_no, file_name, sha256, size, state, code, message, parts, taken_by, business_date,
                                         automatic, form)
SELECT 'R' || n, 'R' || n || '.zip', md5(n::text) || md5(n::text), 1000, CASE n % 9 WHEN 0 THEN 'stopped' ELSE 'accepted' END, CASE n % 9 WHEN 0 THEN 'E01' ELSE '' END, '', '[]',
       'S001', :on - (n % 300)::int, false, '' FROM bench_pool WHERE n % 30 = 0;
INSERT INTO exchange_outboxfile (system, layout, rule_id, sequence, title, file_name, sha256, content_sha256, size, record_count, person_count,
       counts, business_date, known_at, state, prepared_by, automatic, released_by, released_at, handed_by, handed_at, delivered_at, medium, receipt,
       answered_by, answered_at, accepted_count, rejected_count, withheld_count, marked_count, reason)
SELECT r.system, r.layout, r.id, n, '日次の差分', r.layout || '-' || n || '.csv', md5(n::text) || md5(r.layout), md5(n::text) || md5(r.layout), 1000, 300, 300, '{}',
       :on - n::int, :on - n::int, 'answered', 'S001', false, 'S002', now(), 'S003', now(), now(), '', '', 'S001', now(), 300, 0, 0, 0, ''
  FROM bench_pool, (SELECT * FROM exchange_releaserule WHERE superseded_at IS NULL ORDER BY id LIMIT 2) r WHERE n <= 700;
INSERT INTO exchange_provisionrecord (file_id, system, receiver, duty, kind, items, carries_number, basis, purpose, approval_no, business_date,
                                      medium, record_count, person_count, prepared_by, released_by, handed_by)
SELECT f.id, f.system, '提供先', r.duty, r.kind, r.items, r.carries_number, r.basis, r.purpose, r.approval_no, f.business_date, '', 300, 300, 'S001', 'S002', 'S003'
  FROM exchange_outboxfile f JOIN exchange_releaserule r ON r.id = f.rule_id WHERE f.state = 'answered';
INSERT INTO exchange_outboxrejection (file_id, atena_no, code, message)
SELECT (SELECT min(id) FROM exchange_outboxfile), atena_no, 'E1', '照合できません。' FROM bench_pool WHERE n % 500 = 0;

INSERT INTO core_batchrun (kind, title, parameters, state, ordered_by, ordered_at, business_date, started_at, ended_at, chunks_total, results,
                           message)
SELECT 'eligibility-checks', '資格の点検', '{}', 'done', 'S001', :on - (n / 3)::int, :on - (n / 3)::int, :on - (n / 3)::int, :on - (n / 3)::int, 0, '{"found": 1, "fresh": 1, "gone": 0}', ''
  FROM bench_pool WHERE n <= 3000;
INSERT INTO core_approval (kind, subject, title, content_hash, summary, entered_by, entered_at, state, decided_by, decided_at, reason)
SELECT 'levy', 'levy-run:' || 1000 + n, '当初賦課 試算', repeat('0', 64), '{}', 'S001', :on - n::int, CASE n % 40 WHEN 0 THEN 'pending' ELSE 'approved' END,
       CASE n % 40 WHEN 0 THEN '' ELSE 'S002' END, CASE n % 40 WHEN 0 THEN NULL ELSE now() END, '' FROM bench_pool WHERE n <= 1200;
INSERT INTO core_workorder (kind, title, instruction, suitability, planned_on, requested_by, requested_at, state, result, confirmed_by, confirmed_at)
SELECT 'other', '作業' || n, '手順のとおり', '適', :on - n::int, 'S001', :on - n::int, 'confirmed', '終了', 'S002', now() FROM bench_pool WHERE n <= 800;
INSERT INTO core_disclosurerequest (kind, atena_no, requester, identity, received_on, due_on, scope, with_accesses, withheld, item, proposal,
                                    registered_by, state, decided_by, reason)
SELECT 'disclose', atena_no, 'self', '運転免許証', :on - n::int, :on - n::int + 30, '全部', true, '{}', '', '', 'S001', 'open', '', '' FROM bench_pool WHERE n <= 400;
INSERT INTO core_retentionhold (atena_no, kind, category, set_on, reason, set_by, lifted_by)
SELECT atena_no, 'dispute', '', :on - n::int, '審査請求', 'S001', '' FROM bench_pool WHERE n <= 600;
INSERT INTO core_medium (code, kind, serial, place, keeper, state, registered_on, registered_by, reason)
SELECT 'USB-' || n, 'usb', n::text, '保管庫', 'S001', 'usable', :on - n::int, 'S002', '引渡し' FROM bench_pool WHERE n <= 60;
INSERT INTO core_journalnote (day, text, staff_no) SELECT :on - n::int, '異常なし', 'S001' FROM bench_pool WHERE n <= 900;
INSERT INTO core_conductrecord (kind, topic, "on", staff_no, result, follow_up, recorded_by)
SELECT 'training', '情報保護', :on - (n % 300)::int, 'S00' || 1 + n % 9, '受講', '', 'S001' FROM bench_pool WHERE n <= 600;
INSERT INTO core_auditmark (day, rule, staff_no, records, figure, detail)
SELECT :on - (n / 4)::int, 'many-persons', 'S' || n % 4, ARRAY[]::bigint[], 500, '{}' FROM bench_pool WHERE n <= 2000;
