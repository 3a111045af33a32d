-- report.sql - what the replays led to.

---- the alerts -------------------------------------------------------------
\echo
\echo 'TOP ALERTS (the best of each account or user; their due times are as old as the events)'
SELECT E'\n' || format(E'  %-9s %-17s score %6s  grade %s  owner %-9s  respond by %s\n    why   %s\n    next  %s',
              motion, entity_id, trim_scale(score), grade, assigned_to,
              to_char(respond_by, 'Dy YYYY-MM-DD HH24:MI'), reason, next_best_action)
  FROM (SELECT t.*, row_number() OVER (PARTITION BY motion ORDER BY score DESC, entity_id) AS place
          FROM (SELECT DISTINCT ON (motion, entity_id) * FROM pls.alerts
                 ORDER BY motion, entity_id, score DESC, created_at) AS t) AS t
 WHERE place <= 4
 ORDER BY motion, place;

\echo
SELECT format('%s alerts in all, %s with an owner, %s with a time to respond by; by owner: ',
              count(*), count(assigned_to), count(respond_by))
       || (SELECT string_agg(format('%s %s', assigned_to, n), ', ' ORDER BY assigned_to)
             FROM (SELECT assigned_to, count(*) AS n FROM pls.alerts GROUP BY 1) AS o)
  FROM pls.alerts;

---- why --------------------------------------------------------------------
SELECT motion, entity_id, ended_at
  FROM (SELECT DISTINCT ON (s.motion, s.entity_id) s.motion, s.entity_id, r.ended_at,
               pls.score(s.evidence, r.ended_at) AS score
          FROM pls.standings AS s JOIN demo.replays AS r USING (motion)
          JOIN pls.alerts AS a USING (motion, entity_id)
         WHERE s.motion = 'adoption') AS s
 ORDER BY score DESC, entity_id LIMIT 1 \gset shown_

\echo
\echo 'WHY: pls.explain of' :shown_entity_id 'as of the end of the log,' :shown_ended_at
\echo
\pset format aligned
\pset tuples_only off
\pset border 1
\pset footer off
\pset null ''
SELECT x.signal, x.category,
       CASE WHEN x.op IS NULL THEN ''
            WHEN g.measure IN ('recency', 'first') THEN pls_internal.span_text(make_interval(secs => x.value::float8))
            ELSE trim_scale(x.value)::text END AS value,
       CASE WHEN g.measure IN ('recency', 'first') THEN x.op || ' ' || pls_internal.span_text(g.within)
            ELSE x.op || ' ' || trim_scale(x.threshold) END AS wanted,
       x.met, x.points
  FROM pls.standings AS s
 CROSS JOIN LATERAL pls.explain(s.evidence, :'shown_ended_at') AS x
  LEFT JOIN pls.signals AS g ON g.motion = s.motion AND g.signal = x.signal
 WHERE s.motion = :'shown_motion' AND s.entity_id = :'shown_entity_id'
 ORDER BY x.line;
\pset tuples_only on
\pset format unaligned
SELECT format('sum of points %s, score %s',
              (SELECT sum(x.points) FROM pls.explain(s.evidence, :'shown_ended_at') AS x),
              pls.score(s.evidence, :'shown_ended_at'))
  FROM pls.standings AS s
 WHERE s.motion = :'shown_motion' AND s.entity_id = :'shown_entity_id';
SELECT format('the same for all %s accounts and users: %s add up, %s do not',
              count(*), count(*) FILTER (WHERE total = score), count(*) FILTER (WHERE total IS DISTINCT FROM score))
  FROM (SELECT pls.score(s.evidence, r.ended_at) AS score,
               (SELECT sum(x.points) FROM pls.explain(s.evidence, r.ended_at) AS x) AS total
          FROM pls.standings AS s JOIN demo.replays AS r USING (motion)) AS t;

---- decisions --------------------------------------------------------------
\echo
\echo 'DECISIONS by reason, each a row of pls.decisions with score and evidence'
\echo
\pset tuples_only off
\pset format aligned
SELECT d.motion, d.reason, count(*) AS decisions, count(DISTINCT d.entity_id) AS "accounts or users",
       CASE d.reason
            WHEN 'raised' THEN 'an alert in lane sales'
            WHEN 'triage' THEN 'an alert in lane triage: somebody looks first'
            WHEN 'open_alert' THEN 'crossed again; the open alert was refreshed'
            WHEN 'cooldown' THEN 'crossed again too soon after the last alert'
            WHEN 'excluded' THEN 'the company that makes the product'
            WHEN 'already_customer' THEN 'has upgraded already'
       END AS meaning
  FROM pls.decisions AS d
 GROUP BY d.motion, d.reason ORDER BY d.motion, count(*) DESC, d.reason;

---- accounts ---------------------------------------------------------------
\pset tuples_only on
\pset format unaligned
\echo 'ACCOUNTS from email domains'
\echo
SELECT format('%s domains became accounts; %s free-mail domains never do, with %s of %s events:',
              (SELECT count(*) FROM pls.standings WHERE motion = 'adoption'),
              (SELECT count(*) FROM demo.not_accounts), (SELECT sum(events) FROM demo.not_accounts),
              (SELECT count(*) FROM recorded.adoption));
SELECT '  ' || string_agg(format('%s (%s)', email_domain, events), ', ' ORDER BY events DESC) || ' ...'
  FROM (SELECT * FROM demo.not_accounts ORDER BY events DESC LIMIT 6) AS n;
SELECT format('%s events of bots matched no signal, whatever their domain',
              count(*) FILTER (WHERE properties @@ '$.bot == true'))
  FROM recorded.adoption;

---- outcomes ---------------------------------------------------------------
\echo
\echo 'OUTCOMES: alerted first, outcome later'
\echo '  adoption: the domain declared itself a public user of the product; not counted: the maker,'
\echo '            and domains that had declared by the time of their first event'
\echo '  upgrade:  the user submitted an upgrade; counted: users seen on the free plan'
\echo
\pset tuples_only off
\pset format aligned
SELECT motion, CASE WHEN alerted THEN 'alerted before' ELSE 'not alerted before' END AS "group",
       entities AS "accounts or users", with_outcome AS "with outcome",
       round(100.0 * with_outcome / entities, 1) || ' %' AS share
  FROM demo.outcomes ORDER BY motion, alerted DESC;
\pset tuples_only on
\pset format unaligned
\echo 'So few outcomes prove nothing: the thresholds were set on these same logs, for a reasonable number'
\echo 'of alerts, and nobody worked them. This shows where the alerts point, not what they cause;'
\echo 'a pilot with a holdout shows that.'

---- a threshold --------------------------------------------------------------
\ir threshold.sql

---- speed ------------------------------------------------------------------
\echo
SELECT format('SPEED, one session, fsync %s, closing the alerts included', current_setting('fsync'));
SELECT format('  %-9s %6s events in %4s batches through the trigger: %s s, %s events a second',
              log, events, batches, round(seconds, 2), round(events / seconds))
  FROM demo.replays ORDER BY log;
SELECT format('  everything since CREATE EXTENSION: %s s, on PostgreSQL %s',
              round(extract(epoch FROM clock_timestamp() - :'started')::numeric, 1),
              current_setting('server_version'));
