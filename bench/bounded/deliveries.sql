-- deliveries.sql - a channel with as many messages that are ready as there are
-- accounts that qualify.
SET search_path = app;
INSERT INTO pls.channels (channel, kind) VALUES ('crm', 'crm');
CALL bench.accounts(100, true);
CALL pls.sweep_all();
