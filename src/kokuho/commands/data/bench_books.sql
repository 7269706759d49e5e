-- The rarer books of an office after some years: what the controls ask for, inquiries, addressees, migrations.

INSERT INTO people_inquiry (number, kind, atena_no, receiver, receiver_place, postal_code, items, purpose, due_on, decided_on, printed_on,
                            entry_id, state, result)
SELECT 'Q' || id, (ARRAY['membership', 'income', 'residence'])[1 + id % 3], persons[1], '見本市長', '見本市1-1', '1000001', '[]', '資格の確認', "on" + 14, "on", "on", id,
       CASE id % 8 WHEN 0 THEN 'sent' ELSE 'closed' END, CASE id % 8 WHEN 0 THEN '' ELSE 'answered' END
  FROM core_entry WHERE state = 'confirmed' AND four_eyes AND decided_by <> '' AND cardinality(persons) > 0 AND id % 15 = 3;
INSERT INTO people_opponent (recorded_by, origin, valid, atena_no, place, opponent_no, name, relation)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 1, NULL, name, '配偶者' FROM bench_pool WHERE n % 300 = 21;
INSERT INTO people_ownaddressee (recorded_by, origin, valid, atena_no, business, name, title, care_of, reason)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 0, name, '様', '', '本人の申出' FROM bench_pool WHERE n % 300 = 22;
INSERT INTO people_namechoice (recorded_by, origin, valid, atena_no, business, form, reason)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 0, 1, '本人の申出' FROM bench_pool WHERE n % 300 = 23;
INSERT INTO people_characterrule (recorded_by, origin, valid, code, kind, source, target)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), n, 1, 'U+' || upper(to_hex(19968 + n::int)), 'U+' || upper(to_hex(19969 + n::int)) FROM bench_pool WHERE n <= 2000;
INSERT INTO people_municipalitycode (recorded_by, origin, valid, code, prefecture, name, name_kana, search_name)
SELECT :by, 'entry:1', daterange(:on - 1000, NULL), n, '埼玉県', '第' || n || '市', 'シ', '第' || n || '市' FROM bench_pool WHERE n <= 1900;
INSERT INTO people_ward (recorded_by, origin, valid, code, name, office, officer, collector, phone)
SELECT :by, 'entry:1', daterange(:on - 1000, NULL), k, '第' || k || '区', '第' || k || '区役所', '', '', '' FROM generate_series(1, 10) k;
INSERT INTO people_wardmove (recorded_by, origin, atena_no, household_no, moved_on, from_ward, to_ward)
SELECT :by, 'entry:1', atena_no, household_no, :on - (n % 400)::int, '第1区', '第2区' FROM bench_pool WHERE n % 30 = 7;
INSERT INTO people_integratednumber (recorded_by, origin, valid, atena_no, number)
SELECT :by, 'file:1', daterange(:on - 1000, NULL), atena_no, lpad(n::text, 15, '1') FROM bench_pool WHERE n % 2 = 0;

INSERT INTO eligibility_arrearshousehold (household_no, payer_no, arrears, overdue, terms, oldest_due, insured, spared, standing, counted_on)
SELECT DISTINCT ON (household_no) household_no, atena_no, 80000, 60000, 4, :on - 400, 2, 0, (ARRAY['open', 'special', 'spared'])[1 + (n / 12) % 3], :on
  FROM bench_pool WHERE n % 12 = 1;
INSERT INTO eligibility_receiptsapplication (recorded_by, origin, valid, household_no, applied_on, basis, receipts)
SELECT DISTINCT ON (household_no) :by, 'entry:1', daterange(:on - 200, NULL), household_no, :on - 200, 'applied', '{}' FROM bench_pool WHERE n % 900 = 31;
INSERT INTO exchange_workcontact (item_id, "on", counterpart, text, staff_no)
SELECT id, :on, '住民記録の担当', '原本を確かめた', 'S001' FROM exchange_workitem WHERE id % 3 = 0;

INSERT INTO core_scheduledrun (code, business_date, state, attempts, started_at, ended_at, ordered_by, results, message)
SELECT 'night-' || k, :on - n::int, CASE WHEN n % 90 = 0 AND k = 1 THEN 'failed' ELSE 'done' END, 1, :on - n::int, :on - n::int, '', '{}', ''
  FROM bench_pool, generate_series(1, 12) k WHERE n <= 700;
INSERT INTO core_terminal (code, place, kind, network, certificate, valid_from, valid_until, is_active, secret_hash, enrol_hash, origin, unit_id)
SELECT 'T-' || n, '窓口' || n, 'desk', '', '', :on - 400, :on + 400, true, '', '', 'entry:1', (SELECT min(id) FROM core_unit) FROM bench_pool WHERE n <= 250;
INSERT INTO core_accounttask (staff_no, what, opened_on, reason, done_by, done_at, note)
SELECT 'S' || lpad((1 + n % 120)::text, 3, '0'), 'terminal_account', :on - n::int, '異動', CASE n % 20 WHEN 0 THEN '' ELSE 'S001' END,
       CASE n % 20 WHEN 0 THEN NULL ELSE now() END, CASE n % 20 WHEN 0 THEN '' ELSE '停止を確かめた' END FROM bench_pool WHERE n <= 600;
INSERT INTO core_incident (title, about, known_at, deliberate, since, until, state, opened_by, opened_at, closed_by, closed_on, conclusion)
SELECT '誤送付 ' || n, '封入の誤り', :on - n::int, false, (:on - n::int)::timestamptz - interval '1 day', :on - n::int, 'closed', 'S001', :on - n::int, 'S002', :on - n::int + 30, '回収した'
  FROM bench_pool WHERE n <= 60;
INSERT INTO core_inspection (period_from, period_until, inspected_on, inspected_by, sample_size, matched, findings, follow_up)
SELECT :on - 30 * n::int - 30, :on - 30 * n::int, :on - 30 * n::int, 'S003', 30, 30, '異常なし', '' FROM bench_pool WHERE n <= 60;
INSERT INTO core_rightsreview (period_from, period_until, reviewed_on, reviewed_by, changes, leftovers, findings, follow_up)
SELECT :on - 30 * n::int - 30, :on - 30 * n::int, :on - 30 * n::int, 'S003', 3, 0, '異常なし', '' FROM bench_pool WHERE n <= 60;
INSERT INTO core_contract (number, company, subject, consent, valid_from, valid_until, origin)
SELECT 'C' || n, '株式会社' || n, '保守', '', :on - 300, :on + 300, 'entry:1' FROM bench_pool WHERE n <= 20;
INSERT INTO core_contractworker (worker_no, name, level, valid_from, valid_until, is_active, origin, contract_id)
SELECT 'W' || n, '作業者' || n, 0, :on - 300, :on + 300, true, 'entry:1', (SELECT min(id) FROM core_contract) FROM bench_pool WHERE n <= 200;
INSERT INTO core_extract (definition, definition_hash, purpose, legal_basis, items, conditions, recipient, form, use_by, content_hash, applied_by,
                          applied_at, state, passphrase_shown_to, written_by, sha256, message, medium_id)
SELECT 'insured', repeat('0', 64), '統計', '国民健康保険法', ARRAY['atena_no'], '{}', '企画課', 'csv', :on, repeat('0', 64), 'S001', :on - n::int, 'applied', '', '', '', '', (SELECT min(id) FROM core_medium)
  FROM bench_pool WHERE n <= 300;
INSERT INTO core_entry (kind, title, payload, persons, unit, reason, evidence, "on", four_eyes, entered_by, entered_at, state, decided_by,
                        decided_at, decision)
SELECT 'migration.work', '標準化の移行 ' || k, '{}', ARRAY[]::bigint[], '国民健康保険課', '', '{}', :on - k, true, 'S001', :on - k, 'confirmed', 'S006',
       :on - k + interval '1 day', '' FROM generate_series(1, 30) k;
INSERT INTO core_migrationwork (title, scope, staff_nos, valid_from, valid_until, entry_no, completed_by, finding)
SELECT title, '資格', ARRAY['S010'], :on - 100, :on + 100, id, '', '' FROM core_entry
 WHERE kind = 'migration.work' AND state = 'confirmed' AND four_eyes AND decided_by = 'S006' ORDER BY id DESC LIMIT 30;
INSERT INTO core_usesuspension (atena_no, item, since, lifted_by, request_id)
SELECT atena_no, 'eligibility', :on - 10, '', (SELECT min(id) FROM core_disclosurerequest) FROM bench_pool WHERE n <= 100;
INSERT INTO core_correction (atena_no, origin, "table", item, before, after, recorded_by, request_id)
SELECT atena_no, 'entry:1', 'people.person', 'name_kana', 'ア' || n, 'イ', 'S001', (SELECT min(id) FROM core_disclosurerequest) FROM bench_pool WHERE n <= 100;
INSERT INTO core_backupevent (kind, file_name, sha256, size, ok, seconds, staff_no, evidence, at)
SELECT 'backup', 'b-' || n, repeat('0', 64), 1000000, true, 60, 'S001', '{}', :on - n::int FROM bench_pool WHERE n <= 900;
