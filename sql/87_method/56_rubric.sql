/* 56_rubric.sql - ten points of view on a motion, each 0, 1 or 2.
 *
 * A point of view is a set of lines of the quality gate: 2 if all of them that
 * apply pass, 1 if at least half do.
 */

CREATE FUNCTION pls_internal.rubric_lines() RETURNS TABLE (place integer, lines text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.place, r.lines
      FROM (VALUES (1, '{C2,C4,C5}'::text[]),
                   (2, '{A1,A2,A3,A4}'),
                   (3, '{A1,H2,H3}'),
                   (4, '{A1,B1,C4,E2,F1,G1,G2,H1}'),
                   (5, '{B1,B2,B3,E1,E2,E3}'),
                   (6, '{C3,D1,D2,D5}'),
                   (7, '{B4,D3,E2,E4}'),
                   (8, '{F1,F2,F3,F4}'),
                   (9, '{D6,E5,G1,G2,G3,G4}'),
                   (10, '{A3,A4,B5,D6,F4,H3}')) AS r (place, lines);
END;
COMMENT ON FUNCTION pls_internal.rubric_lines IS
'The points of view of pls.rubric(), in order, and the lines of pls.quality_gate() by which each is judged.';

CREATE FUNCTION pls_internal.rubric_points(gate pls_internal.gate_line[])
    RETURNS TABLE (place integer, points integer, evidence text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.place,
           CASE WHEN bool_and(g.ok) THEN 2 WHEN count(*) FILTER (WHERE g.ok) * 2 >= count(*) FILTER (WHERE g.ok IS NOT NULL)
                                              AND count(*) FILTER (WHERE g.ok) > 0 THEN 1 ELSE 0 END,
           concat(count(*) FILTER (WHERE g.ok), ' of ', count(*) FILTER (WHERE g.ok IS NOT NULL), ' lines pass',
                  '; not ' || string_agg(g.line, ', ' ORDER BY g.line) FILTER (WHERE NOT g.ok))
      FROM pls_internal.rubric_lines() r
      JOIN unnest(gate) g ON g.line = ANY (r.lines)
     GROUP BY r.place
     ORDER BY r.place
$$;
COMMENT ON FUNCTION pls_internal.rubric_points IS
'The points of pls.rubric() by the lines of the quality gate.';

CREATE FUNCTION pls.rubric(motion text, language text DEFAULT 'en')
    RETURNS TABLE (place integer, criterion text, points integer, evidence text)
    LANGUAGE plpgsql VOLATILE ROWS 11
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    gate CONSTANT pls_internal.gate_line[] := ARRAY(SELECT g FROM pls_internal.gate_lines(pls_internal.facts_of_gate(motion)) g);
    -- of 20
    enough CONSTANT integer := 16;
BEGIN
    PERFORM pls_internal.check_language(language);
    RETURN QUERY
    SELECT r.place, pls_internal.say(language, 'rubric.' || r.place), r.points, r.evidence
      FROM pls_internal.rubric_points(gate) r ORDER BY r.place;
    RETURN QUERY
    SELECT 11, pls_internal.say(language, 'rubric.sum'), sum(r.points)::integer,
           pls_internal.say(language, CASE WHEN sum(r.points) >= enough THEN 'rubric.passes' ELSE 'rubric.fails' END, enough::text)
      FROM pls_internal.rubric_points(gate) r;
END;
$$;
COMMENT ON FUNCTION pls.rubric IS
'Ten points of view on a motion, 0, 1 or 2 points each, and their sum: 16 of 20 pass. Each is judged by lines of pls.quality_gate(): 2 if all that apply pass, 1 if at least half do; evidence says which do not. language: en or zh. Errors as for pls.quality_gate().';
