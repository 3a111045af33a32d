-- One normal form of addresses and domains, however they are written; the
-- tables of aliases, domains and ids that name nobody check what is written.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pls;
BEGIN;
\pset format unaligned
\pset null -
\set SHOW_CONTEXT never
SELECT written, pls_internal.normal_domain(written), pls_internal.normal_user(written)
  FROM unnest(ARRAY[
    'Rob <X@Rival.example>', 'x@rival.example ', 'x@rival.example.', E'x@ri\u200bval.example', E'\u00a0x@rival.example\ufeff',
    '"Last, First" <x@rival.example>', '<x@rival.example>', 'mailto:X@rival.example?subject=a@b', 'x@RIVAL.EXAMPLE', 'x @ rival . example',
    'x@Bücher.example', 'x@BÜCHER.example', E'x@bu\u0308cher.example', 'x@xn--bcher-kva.example', 'X@XN--BCHER-KVA.EXAMPLE',
    'x@例え.テスト', 'x@пример.испытание', 'x@ПРИМЕР.испытание', 'x@faß.example', 'x@ａｃｍｅ．example', 'x@acme。example', 'x@παράδειγμα.δοκιμή',
    'https://www.Acme.example:8080/path?q=a@b#c', 'http://user:word@www.acme.example', '//acme.example/x', 'www.acme.example', 'WWW.acme.example/', 'acme.example/about',
    'www.example', 'acme.example:443', 'ftp://ftp.acme.example', 'bücher.example',
    E'\tmailto:X@rival.example', E'\u200bMAILTO:x@rival.example?subject=a', E'\u00a0"x"@rival.example', '"X Y"@rival.example', '"x@y"@rival.example',
    'acme.example/@ann.lee', 'acme.example/a?mail=x@rival.example',
    'auth0|Ann', 'Ann@localhost', 'ANN', '@', '<>', 'x@-a.example', 'x@a..example', 'see acme.example']) written;
-- RFC 3492, section 7.1
SELECT pls_internal.normal_domain(label || '.example') = 'xn--' || lower(ascii) || '.example' AS as_said, label
  FROM (VALUES ('ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'), ('他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'), ('他們爲什麽不說中文', 'ihqwctvzc91f659drss3x8bo0yb'),
       ('Pročprostěnemluvíčesky', 'Proprostnemluvesky-uyb24dma41a'), ('למההםפשוטלאמדבריםעברית', '4dbcagdahymbxekheh6e0a7fei0b'),
       ('почемужеонинеговорятпорусски', 'b1abfaaepdrnnbgefbadotcwatmq2g4l'), ('PorquénopuedensimplementehablarenEspañol', 'PorqunopuedensimplementehablarenEspaol-fmd56a'),
       ('3年b組金八先生', '3b-ww4c5e180e575a65lsy2b'), ('安室奈美恵-with-super-monkeys', '-with-super-monkeys-pc58ag80a8qai00g7n9n'), ('ひとつ屋根の下2', '2-u9tlzr9756bt3uc0v'),
       ('そのスピードで', 'd9juau41awczczp')) v (label, ascii);
-- domains above one that everybody shares are nobody's
INSERT INTO pls.account_domains VALUES ('co.uk', 'everybody'), ('acme.co.uk', 'acme');
INSERT INTO pls.account_domains VALUES ('x.example', 'top');
SELECT address, pls_internal.account_of_event(NULL, NULL, address)
  FROM unnest('{a@acme.co.uk,a@de.acme.co.uk,a@b.c.d.acme.co.uk,a@other.co.uk,a@co.uk,a@y.x.example}'::text[]) address;
-- a domain that is an id of nobody is no account, and who is nobody has none:
-- the next one that has it does
INSERT INTO pls.ignored_ids (id) VALUES ('ours.example');
INSERT INTO pls.accounts (account_id, domain) VALUES ('0', 'y1.example'), ('null', 'y1.example'), ('z1', 'y1.example'), ('none', 'y2.example'), ('z3', 'y3.example');
INSERT INTO pls.account_domains VALUES ('y3.example', 'NULL'), ('ours2.example', 'ours.example');
SELECT address, pls_internal.account_of_event(NULL, NULL, address)
  FROM unnest('{a@ours.example,a@ours2.example,a@y1.example,a@de.y1.example,a@y2.example,a@y3.example}'::text[]) address;

-- what is written is checked
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(': ', SQLSTATE, message, hint);
END $$;
INSERT INTO pls.account_aliases VALUES ('a', 'b'), ('b', 'c'), ('d', 'c');
INSERT INTO pls.user_aliases VALUES ('Anon <A@X.example>', 'U1'), ('u0', 'a@x.EXAMPLE');
SELECT alias, user_id FROM pls.user_aliases ORDER BY alias;
SELECT pls_internal.user_of_event('u0'), pls_internal.user_of_event(' "A" <a@x.example>'), pls_internal.ids_of_user('U1'), pls_internal.ids_of_account('c');
SELECT pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('c', 'a')$$);
SELECT pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('e', 'f'), ('f', 'e')$$);
SELECT pg_temp.try($$UPDATE pls.account_aliases SET account_id = 'd' WHERE alias = 'd'$$);
SELECT pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('', 'a')$$);
SELECT pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('g', repeat('x', 1025))$$);
SELECT pg_temp.try($$INSERT INTO pls.user_aliases VALUES ('u1@x.example', 'U1@X.example.')$$);
SELECT pg_temp.try($$INSERT INTO pls.user_aliases VALUES ('U1', 'u0')$$);
SELECT pg_temp.try($$INSERT INTO pls.account_aliases SELECT 'x' || i, 'x' || i + 1 FROM generate_series(1, 16) i$$);
SELECT pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('x17', 'y')$$), pg_temp.try($$INSERT INTO pls.account_aliases VALUES ('x0', 'x1')$$);
SELECT pls_internal.account_of_event('x1', NULL, NULL);
SELECT pg_temp.try($$INSERT INTO pls.account_domains VALUES ('nonsense', 'a')$$), pg_temp.try($$INSERT INTO pls.account_domains VALUES ('y.example', '')$$);
SELECT pg_temp.try($$INSERT INTO pls.ignored_ids VALUES ('  ')$$);
INSERT INTO pls.ignored_ids VALUES (' N/A '), ('NULL');
DELETE FROM pls.ignored_ids WHERE id = '0';
SELECT id, shipped FROM pls.ignored_ids ORDER BY id COLLATE "C";
SELECT id, pls_internal.account_of_event(id, NULL, NULL) AS account, pls_internal.user_of_event(id) AS member
  FROM unnest(ARRAY['0', 'n/a', 'NULL', ' null', 'nulls', '', E' \t', E'\u200b', 'a', 'NONE.']) id;
-- a circle that came about nevertheless is nobody's alias
SET LOCAL session_replication_role = replica;
INSERT INTO pls.account_aliases VALUES ('r1', 'r2'), ('r2', 'r1'), ('r0', 'r1');
SET LOCAL session_replication_role = origin;
SELECT id, pls_internal.account_of_event(id, NULL, NULL) FROM unnest('{r0,r1,r2}'::text[]) id;
-- shipped ids are back where a dump without them is loaded, deleted ones are not
SELECT pls.ship_rows();
-- ids of users that are addresses
CREATE TABLE people (mail text, org text);
INSERT INTO people VALUES ('Ann@Acme.example', 'acme'), ('BOB', 'acme');
SELECT pls.map_users('people', user_id => 'mail', account => 'org');
SELECT user_id, account_id FROM pls.users ORDER BY user_id;
SELECT pls.map_users('people', user_id => 'mail', account => 'org') AS again;
INSERT INTO people VALUES ('<ann@acme.EXAMPLE>', 'other');
SELECT pg_temp.try($$SELECT pls.map_users('people', user_id => 'mail', account => 'org')$$);
-- what people write of them
INSERT INTO pls.exclusions (name, scope, ids, reason) VALUES ('x', 'actor', '{Ann@Acme.example,BOB}', 'ours');
SELECT ids FROM pls.exclusions;
SELECT object, rows FROM pls.forget_user('A@X.example') WHERE rows > 0;
SELECT object, rows FROM pls.forget_account('acme') WHERE rows > 0;
SELECT alias, user_id FROM pls.user_aliases;
ROLLBACK;
