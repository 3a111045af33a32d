-- cpu.sql - what a statement costs: prints the microseconds that the session's
-- process was on a processor for it, divided by :rows, and the milliseconds
-- that it took.
--
-- psql variables: statement, warm (run before, unmeasured), rows.  The shell
-- reads the times while the session waits.
SELECT pg_backend_pid() AS pid \gset
\o /dev/null
:warm;
\set before `cut -d' ' -f1 /proc/:pid/schedstat`
\set begun `date +%s%3N`
:statement;
\set ended `date +%s%3N`
\set after `cut -d' ' -f1 /proc/:pid/schedstat`
\o
SELECT round((:after - :before) / 1000.0 / :rows, 2), :ended - :begun;
