-- What a city's office has registered beside the neighbours' files before its batches run: on :on, one person in so many.
-- bench_pool: the insured with a number of their own (n), spread over the city; bench_others: residents who are not insured.

CREATE TEMP TABLE bench_pool AS
SELECT row_number() OVER (ORDER BY hashint8(e.atena_no), e.atena_no) AS n, p.atena_no, p.household_no, p.name, p.name_kana, p.search_name,
       p.search_kana, p.birth_date, p.sex, p.postal_code, p.town, p.block, p.is_head
  FROM eligibility_insuredperiod e
  JOIN people_person p ON p.atena_no = e.atena_no AND p.superseded_at IS NULL AND p.valid @> :on
 WHERE e.superseded_at IS NULL AND e.valid @> :on;
CREATE TEMP TABLE bench_others AS
SELECT row_number() OVER (ORDER BY hashint8(p.atena_no), p.atena_no) AS n, p.atena_no, p.household_no
  FROM people_person p
 WHERE p.superseded_at IS NULL AND p.valid @> :on AND p.resident_state = '1'
   AND NOT EXISTS (SELECT FROM eligibility_insuredperiod e WHERE e.atena_no = p.atena_no AND e.superseded_at IS NULL AND e.valid @> :on);
ANALYZE bench_pool;
ANALYZE bench_others;

INSERT INTO eligibility_carduse (recorded_by, origin, valid, atena_no, registered, needs_support, applied, basis)
SELECT :by, 'file:1', daterange(:on - 400, NULL), atena_no, n % 100 < 70, n % 60 = 1, n % 100 BETWEEN 70 AND 72, '中間サーバーの回答' FROM bench_pool;

INSERT INTO eligibility_limitapproval (recorded_by, origin, valid, atena_no, household_no, certificate_kind, income_class, applied_on,
                                       arrears, circumstances)
SELECT :by, 'entry:1', daterange(:on - 300, :on + 31), atena_no, household_no, 'limit', (ARRAY['ア', 'イ', 'ウ', 'エ'])[1 + n % 4], :on - 300, false, ''
  FROM bench_pool WHERE n % 12 = 5;
INSERT INTO eligibility_diseaseapproval (recorded_by, origin, valid, atena_no, household_no, disease, applied_on, opinion, cap, income_class)
SELECT :by, 'entry:1', daterange(:on - 300, NULL), atena_no, household_no, 1, :on - 300, '市立医療センター', 10000, 'ウ' FROM bench_pool WHERE n % 100 = 7;
INSERT INTO eligibility_specialbenefit (recorded_by, origin, valid, household_no, kind, notified_on, hearing_until, hearing, circumstances,
                                        decision)
SELECT DISTINCT ON (household_no) :by, 'entry:1', daterange(:on - 200, NULL), household_no, 'special', :on - 260, :on - 230, '', '', '納付の見込みがない'
  FROM bench_pool WHERE n % 200 = 9;
INSERT INTO eligibility_exclusion (recorded_by, origin, valid, atena_no, code, confirmed_by, review_on)
SELECT :by, 'entry:1', daterange(:on - (n % 2000)::int, NULL), atena_no, CASE n % 3 WHEN 0 THEN 'EX05' ELSE 'EX01' END, '資格確認書の写し', :on + (n % 700)::int - 100
  FROM bench_others WHERE n % 3 = 0;
INSERT INTO eligibility_memberid (recorded_by, origin, atena_no, stay_from, member_id, prefecture_id)
SELECT :by, 'file:1', e.atena_no, lower(e.valid), 'M' || e.atena_no, 'P' || e.atena_no FROM eligibility_insuredperiod e
 WHERE e.superseded_at IS NULL AND e.valid @> :on;
INSERT INTO eligibility_prefecturestay (recorded_by, origin, valid, atena_no, acquired_on, judgement, told_at)
SELECT :by, 'file:1', daterange(lower(e.valid), NULL), e.atena_no, lower(e.valid), '1', now() FROM eligibility_insuredperiod e
 WHERE e.superseded_at IS NULL AND e.valid @> :on;

INSERT INTO people_maildestination (recorded_by, origin, valid, atena_no, business, name, postal_code, address, building, safe, reason)
SELECT :by, 'entry:1', daterange(:on - (n % 900)::int - 1, NULL), atena_no, 0, name, postal_code, town || block, '', true, '本人の申出' FROM bench_pool WHERE n % 20 = 1;
INSERT INTO people_mailstop (recorded_by, origin, valid, atena_no, business, reason)
SELECT :by, 'entry:1', daterange(:on - (n % 300)::int - 1, NULL), atena_no, 0, '返戻のため調査中' FROM bench_pool WHERE n % 150 = 2;
INSERT INTO people_administrator (recorded_by, origin, valid, atena_no, scope, name, postal_code, address, building, safe, reason)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 1, name, postal_code, town || block, '', true, '届出' FROM bench_pool WHERE n % 300 = 3;
INSERT INTO people_contact (recorded_by, origin, valid, atena_no, priority, kind, value, search_value, business, purpose)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 1, 2, '090-0000-' || lpad((n % 10000)::text, 4, '0'), '0900000' || lpad((n % 10000)::text, 4, '0'), 0, ''
  FROM bench_pool WHERE n % 3 = 0;
INSERT INTO people_bankaccount (recorded_by, origin, valid, atena_no, purpose, tax_item, bank_code, branch_code, account_type,
                                account_number, holder_kana, yucho_symbol, yucho_number, source)
SELECT :by, 'entry:1', daterange(:on - 100, NULL), atena_no, 1, 0, '0001', '001', '1', lpad((n % 10000000)::text, 7, '0'), left(search_kana, 48), '', '', 1
  FROM bench_pool WHERE n % 2 = 0;
INSERT INTO people_memo (recorded_by, origin, valid, atena_no, business, text)
SELECT :by, 'entry:1', daterange(:on - 50, NULL), atena_no, 0, '窓口で相談' FROM bench_pool WHERE n % 10 = 4;
INSERT INTO people_processingstop (recorded_by, origin, valid, atena_no, kind, reason)
SELECT :by, 'entry:1', daterange(:on - 50, NULL), atena_no, 2, '調査中' FROM bench_pool WHERE n % 400 = 5;
INSERT INTO people_nondisclosure (recorded_by, origin, valid, atena_no, reason)
SELECT :by, 'entry:1', daterange(:on - 50, NULL), atena_no, '本人の申出' FROM bench_pool WHERE n % 500 = 6;

-- 住登外者: people who live elsewhere, among them former residents under a second number; corporations.
INSERT INTO people_person (recorded_by, origin, valid, atena_no, household_no, resident_kind, resident_state, name, name_kana,
       former_family_name, alias_name, alias_kana, roman_name, search_name, search_kana, search_other, search_place, birth_date,
       birth_date_as_given, sex, relation, is_head, postal_code, town, block, building, resident_since, resident_reason, address_since,
       previous_address, moved_to_address, nationality, residence_status)
SELECT :by, 'entry:1', daterange(:on - 1000, NULL), :first + n, :first + n, '3', '2', name, name_kana, '', '', '', '', search_name, search_kana,
       '', '', birth_date + CASE WHEN n % 40 = 9 THEN 0 ELSE 1 END, '', sex, '99', false, postal_code, town, block, '', :on - 1000, '99', :on - 1000, '', '', '', ''
  FROM bench_pool WHERE n % 10 = 9;
INSERT INTO people_corporation (recorded_by, origin, valid, atena_no, kind, corporate_number, name, name_kana, search_name, search_kana,
                                representative, postal_code, address, building, phone)
SELECT :by, 'entry:1', daterange(:on - 1000, NULL), :first + 9000000 + n, 1 + n % 5, lpad(n::text, 13, '1'), '株式会社' || name, name_kana, '株式会社' || search_name,
       search_kana, name, postal_code, town || block, '', '' FROM bench_pool WHERE n % 100 = 11;
INSERT INTO people_numberjoin (recorded_by, origin, valid, atena_no, joined_to, reason)
SELECT :by, 'entry:1', daterange(:on - 30, NULL), :first + n, atena_no, '4情報と本人への確認' FROM bench_pool WHERE n % 400 = 9;

INSERT INTO people_town (recorded_by, origin, valid, code, name, name_kana, search_name, postal_code, district, office)
SELECT :by, 'entry:1', daterange(:on - 1000, NULL), row_number() OVER (), town, '', left(town, 100), max(postal_code),
       '第' || 1 + row_number() OVER () % 10 || '区', ''
  FROM bench_pool WHERE town <> '' GROUP BY town;
INSERT INTO people_bankbranch (recorded_by, origin, valid, code, bank_name, bank_kana, branch_name, branch_kana)
SELECT :by, 'file:1', daterange(:on - 1000, NULL), 1000 * (n / 100) + n % 1000 + 1000000, '第' || n / 100 || '銀行', 'ギンコウ', n || '支店', 'シテン'
  FROM bench_pool WHERE n <= 30000;
INSERT INTO people_facility (recorded_by, origin, valid, code, kind, name, search_name, municipality_code, address)
SELECT :by, 'file:1', daterange(:on - 1000, NULL), n, 1, '第' || n || '園', '第' || n || '園', '112038', town || block FROM bench_pool WHERE n <= 2000;

-- Last year's papers, which this year's renewal replaces.
INSERT INTO eligibility_certificate (kind, atena_no, household_no, symbol, number, branch, issued_on, reason, method, office, valid_from,
       valid_until, name, kana, real_name, real_kana, sex_on_back, undisclosed, printed, recorded_by)
SELECT 'confirmation', p.atena_no, p.household_no, b.symbol, b.number, b.branch, :on - 334, 'renewal', 'mail', '国民健康保険課', NULL, :on + 30, p.name,
       p.name_kana, '', '', false, false, '{"head": "", "ratio": ""}', :by
  FROM bench_pool p JOIN eligibility_insuredbranch b ON b.atena_no = p.atena_no AND b.superseded_at IS NULL AND b.valid @> :on ORDER BY p.n;
INSERT INTO eligibility_certificateholding (certificate_id, atena_no, kind, state, valid_until, cause, changed_on)
SELECT id, atena_no, kind, CASE id % 80 WHEN 1 THEN 'returned' WHEN 2 THEN 'lost' WHEN 3 THEN 'due_back' ELSE 'held' END, valid_until, '', issued_on
  FROM eligibility_certificate;
INSERT INTO eligibility_certificateevent (certificate_id, kind, "on", detail, note, recorded_by)
SELECT id, 'printed', issued_on, '{}', '', :by FROM eligibility_certificate;
