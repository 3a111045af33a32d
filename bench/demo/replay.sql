-- replay.sql - one recorded log, in the order of time, through the trigger.
--
-- Variables: log (adoption or music), motion, bin (length of a batch) and
-- close_after.  A batch is what happened within one bin; it is inserted by
-- one statement into the watched table, with pls.now set to the end of the
-- bin, so that nothing is known before it has happened.  pls.now may be set
-- by superusers only: an application's clock is the real one.
--
-- Nobody worked these alerts when the events happened.  In a rep's place the
-- replay closes each alert "no response" after close_after, which starts the
-- cooldown of that disposition.
SELECT clock_timestamp() AS began \gset

WITH bins AS (
    SELECT date_bin(:'bin', occurred_at, '2000-01-01 00:00+00') AS starts, count(*) AS events
      FROM recorded.:log GROUP BY 1
), steps AS (
    SELECT starts, starts + interval :'bin' AS ends,
           sum(events) OVER (ORDER BY starts) AS done,
           10 * sum(events) OVER (ORDER BY starts) / sum(events) OVER () AS tenths,
           10 * (sum(events) OVER (ORDER BY starts) - events) / sum(events) OVER () AS tenths_before
      FROM bins
)
SELECT format('SET pls.now = %L', ends) AS clock,
       format('UPDATE pls.alerts SET disposition = %L WHERE motion = %L AND status = %L AND created_at <= %L',
              'no response', :'motion', 'open', ends - interval :'close_after') AS close,
       format('INSERT INTO app.events_%1$s SELECT * FROM recorded.%1$s WHERE occurred_at >= %2$L AND occurred_at < %3$L',
              :'log', starts, ends) AS insert,
       CASE WHEN floor(tenths) > floor(tenths_before) THEN
           format('SELECT format(%L, count(*)) FROM pls.alerts WHERE motion = %L',
                  format('  %3s %%%%   up to %s %7s events   %%3s alerts',
                         10 * floor(tenths), to_char(ends, 'YYYY-MM-DD'), done),
                  :'motion') END AS progress
  FROM steps
 ORDER BY starts
\gexec

SELECT extract(epoch FROM clock_timestamp() - :'began')::numeric AS seconds \gset
INSERT INTO demo.replays
SELECT :'log', :'motion', count(*),
       count(DISTINCT date_bin(:'bin', occurred_at, '2000-01-01 00:00+00')),
       :seconds, max(occurred_at)
  FROM recorded.:log;
