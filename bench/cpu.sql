-- cpu.sql - what a statement costs: prints the microseconds that the session's
-- process was on a processor for it, divided by :rows, the milliseconds that it
-- took, the MB by which the most memory that its process has had has grown, and
-- the microseconds of its parallel workers, divided by :rows.
--
-- psql variables: statement, or file (of statements, each sent by itself), warm
-- (run before, unmeasured), rows.  The shell reads the times while the session
-- waits.  What workers took is what the server's first process counts of children
-- that have ended, to a hundredth of a second: a statement ends after its workers.
SELECT pg_backend_pid() AS pid \gset
\set parent `awk '/^PPid/ { print $2 }' /proc/:pid/status`
\set ticks `getconf CLK_TCK`
\o /dev/null
:warm;
\set children_before `awk '{ print $16 + $17 }' /proc/:parent/stat`
\set before `cut -d' ' -f1 /proc/:pid/schedstat`
\set had `awk '/^VmHWM/ { most = $2 } /^RssShmem/ { shared = $2 } END { print most - shared }' /proc/:pid/status`
\set begun `date +%s%3N`
\if :{?file}
\i :file
\else
:statement;
\endif
\set ended `date +%s%3N`
\set after `cut -d' ' -f1 /proc/:pid/schedstat`
\set children_after `awk '{ print $16 + $17 }' /proc/:parent/stat`
\o
\set has `awk '/^VmHWM/ { most = $2 } /^RssShmem/ { shared = $2 } END { print most - shared }' /proc/:pid/status`
SELECT round((:after - :before) / 1000.0 / :rows, 2), :ended - :begun, (:has - :had) / 1024,
       round((:children_after - :children_before) * 1000000.0 / :ticks / :rows, 2);
