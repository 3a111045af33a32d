-- declared.sql - companies that put themselves on the list of users, as outcomes
-- of the motion, once everything has been replayed: its funnel ends there.
INSERT INTO pls.outcomes (motion, entity_id, account_id, outcome, at)
SELECT 'adoption', o.entity_id, o.entity_id, 'adoption', o.outcome_at
  FROM demo.adoption_outcomes AS o WHERE o.outcome_at IS NOT NULL;
