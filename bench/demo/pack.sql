-- pack.sql - the Motion Pack of the motion whose log has just been replayed,
-- at the instant of its last event, in both languages.
--
-- The sweep takes the samples by which the pack knows what events come.
SELECT format('SET pls.now = %L', max(ended_at)) FROM demo.replays WHERE log = :'log' \gexec
CALL pls.sweep_all();
INSERT INTO demo.packs SELECT :'motion', l.language, pls.motion_pack(:'motion', l.language) FROM unnest('{en,zh}'::text[]) AS l (language);
