-- The Motion Pack: from the rows, deterministic, in both languages, and unbroken
-- by what people write.
\getenv srcdir PG_ABS_SRCDIR
\set gate :srcdir /sql/include/gate.psql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
\set SHOW_CONTEXT never
\set ECHO none
\i :gate
\set ECHO all

-- Who qualifies, as a paragraph and with an entity for each answer.
SELECT pls.definition('trial');
SELECT pls.definition('trial', 'zh');
SELECT qualifies, entity_id, score, why FROM pls.definition_examples('trial');
SELECT why FROM pls.definition_examples('trial', 'zh') WHERE NOT qualifies;

-- Who is excluded shows nothing about the signals, and is no example.
BEGIN;
INSERT INTO pls.exclusions (name, motion, scope, ids, reason)
SELECT 'ours', 'trial', 'entity', ARRAY[e.entity_id], 'our own' FROM pls.definition_examples('trial') e WHERE NOT e.qualifies;
SELECT count(*) AS examples, bool_or(e.entity_id = ANY (x.ids)) AS is_excluded
  FROM pls.definition_examples('trial') e, pls.exclusions x WHERE x.name = 'ours' AND NOT e.qualifies;
ROLLBACK;

-- The paragraph follows the rows.
BEGIN;
UPDATE pls.signals SET required = false;
UPDATE pls.motions SET segment = NULL, triage_at = NULL, release_at = NULL, min_signals = 1, grace_period = NULL,
       min_account_size = NULL, touch_limit = NULL, cooldown = '0', max_score = NULL, qualify_at = 12.5, unit = 'account'
 WHERE motion = 'trial';
DELETE FROM pls.exclusions;
SELECT pls.definition('trial');
ROLLBACK;

-- Two calls at the same instant give the same.
SELECT pls.motion_pack('trial') = pls.motion_pack('trial') AS same, pls.motion_pack('trial', 'zh') = pls.motion_pack('trial', 'zh') AS same_zh;

-- What there is of it.
CREATE TEMP TABLE packs AS
SELECT l.language, p.place, p.line
  FROM unnest('{en,zh}'::text[]) AS l (language),
       string_to_table(pls.motion_pack('trial', l.language), E'\n') WITH ORDINALITY AS p (line, place);
SELECT line FROM packs WHERE language = 'en' AND line LIKE '#%' ORDER BY place;
SELECT line FROM packs WHERE language = 'zh' AND line LIKE '## %' ORDER BY place;

-- No line outside a table is wider than 120 columns; a table has rows, of as many cells as heads.
SELECT language, line FROM packs WHERE line NOT LIKE '|%' AND pls_internal.display_width(line) > 120;
SELECT p.language, p.line FROM packs p
 WHERE p.line LIKE '| --%' AND NOT EXISTS (SELECT FROM packs n WHERE n.language = p.language AND n.place = p.place + 1 AND n.line LIKE '|%');
SELECT p.language, p.line FROM packs p JOIN packs b ON b.language = p.language AND b.place = p.place - 1
 WHERE p.line LIKE '|%' AND b.line LIKE '|%'
   AND (length(regexp_replace(p.line, '\\.', '', 'g')) - length(replace(regexp_replace(p.line, '\\.', '', 'g'), '|', '')))
    <> (length(regexp_replace(b.line, '\\.', '', 'g')) - length(replace(regexp_replace(b.line, '\\.', '', 'g'), '|', '')));
-- Columns of a table are aligned.
SELECT p.language, p.line FROM packs p JOIN packs b ON b.language = p.language AND b.place = p.place - 1
 WHERE p.line LIKE '|%' AND b.line LIKE '|%' AND pls_internal.display_width(p.line) <> pls_internal.display_width(b.line);
-- A fence is closed.
SELECT language, count(*) FROM packs WHERE line LIKE '```%' GROUP BY language ORDER BY language;

-- In Chinese no generated text stays English: what is left are names and texts of the template.
SELECT count(*) FROM packs e JOIN packs z ON z.language = 'zh' AND z.line = e.line WHERE e.language = 'en' AND e.line LIKE '#%';

-- What people write shows as it is.
BEGIN;
UPDATE pls.motions SET product = E'a | b\n# heading', constraints = '<script>alert(1)</script> `x` **y** [z](http://w)', tone = '---' WHERE motion = 'trial';
UPDATE pls.stages SET stage = 'say "hi" | <b> `q`', exit_when = '| |' WHERE stage = 'activation';
INSERT INTO pls.notes (motion, kind, note, owner, due_on) VALUES
    ('trial', 'risk', E'1. first\n2. second', 'a|b', '2026-07-01'), ('trial', 'backlog', 'not shown', NULL, NULL),
    ('trial', 'next_step', repeat('long words ', 30), NULL, NULL);
INSERT INTO pls.notes (motion, kind, note, done_on) VALUES ('trial', 'risk', 'settled', '2026-06-01');
SELECT p.line FROM string_to_table(pls.motion_pack('trial'), E'\n') WITH ORDINALITY AS p (line, place)
 WHERE p.line ~ 'script|a \\\| b|say|second|long words|not shown|settled' ORDER BY p.place;
SELECT kind, point, owner, due_on FROM pls.open_points('trial') WHERE own;
ROLLBACK;

-- Of a motion that nothing is known of: assumptions, and no empty table.
SELECT count(*) FROM pls.create_motion('bare');
SELECT p.line FROM string_to_table(pls.motion_pack('bare'), E'\n') WITH ORDINALITY AS p (line, place)
 WHERE p.line LIKE '## %' OR p.line ~ '^[A-Z].*\.$' ORDER BY p.place;

-- Words: each key in both languages, with the same places.
SELECT w.key FROM pls_internal.words w WHERE btrim(w.en) = '' OR (btrim(w.zh) = '' AND w.key <> 'gate.secrets');
SELECT w.key, w.en, w.zh FROM pls_internal.words w
 CROSS JOIN LATERAL (SELECT count(*) FROM regexp_matches(replace(w.en, '%%', ''), '%(\d\$)?s', 'g')) e
 CROSS JOIN LATERAL (SELECT count(*) FROM regexp_matches(replace(w.zh, '%%', ''), '%(\d\$)?s', 'g')) z
 WHERE e.count <> z.count AND w.key <> 'gate.secrets' ORDER BY w.key;

SELECT pls.motion_pack('nobody');
SELECT pls.motion_pack('trial', NULL);
SELECT pls.definition('trial', 'de');

DROP SCHEMA gate_app CASCADE;
SELECT pls.revoke_access('gate_reader');
DROP ROLE gate_reader;
DROP TABLE packs;
DROP EXTENSION pls;
