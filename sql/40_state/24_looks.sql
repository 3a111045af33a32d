/* 24_looks.sql - standings to be looked at although no event calls for it.
 */

CREATE TABLE pls_internal.looks (
    entity_id       text NOT NULL,
    motion          text NOT NULL,
    not_before      timestamptz NOT NULL,
    look_id         uuid NOT NULL DEFAULT gen_random_uuid(),
    once_ended      xid[],
    gone_to         text,
    PRIMARY KEY (not_before, entity_id, motion, look_id)
);
SELECT pg_extension_config_dump('pls_internal.looks', '');

COMMENT ON TABLE pls_internal.looks IS
    'Standings that the sweep looks at although there was no event and it is not yet time: something that decisions about them depend on has changed.';
COMMENT ON COLUMN pls_internal.looks.entity_id IS 'The user or account; empty: all of the motion.';
COMMENT ON COLUMN pls_internal.looks.motion IS 'The motion; empty: the user or account, and the users of the account, in every motion.';
COMMENT ON COLUMN pls_internal.looks.not_before IS 'When it is due; -infinity: at once, whatever the clock said when it was made.';
COMMENT ON COLUMN pls_internal.looks.look_id IS 'Makes rows unique; has no other meaning.';
COMMENT ON COLUMN pls_internal.looks.once_ended IS 'Only once these transactions have ended, which may still judge by what was before; NULL: at once.';
COMMENT ON COLUMN pls_internal.looks.gone_to IS 'For a whole motion: entities up to this one have been looked at; NULL: none yet.';
