-- cpu.sql - what a statement costs: prints the microseconds that the session's
-- process was on a processor for it, divided by :rows, the milliseconds that it
-- took, and the MB by which the most memory that its process has had has grown.
--
-- psql variables: statement, or file (of statements, each sent by itself), warm
-- (run before, unmeasured), rows.  The shell reads the times while the session
-- waits.
SELECT pg_backend_pid() AS pid \gset
\o /dev/null
:warm;
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
\o
\set has `awk '/^VmHWM/ { most = $2 } /^RssShmem/ { shared = $2 } END { print most - shared }' /proc/:pid/status`
SELECT round((:after - :before) / 1000.0 / :rows, 2), :ended - :begun, (:has - :had) / 1024;
