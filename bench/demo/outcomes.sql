-- outcomes.sql - what became of those who were alerted and of the others.
--
-- The outcomes are read from the logs afterwards; the motions never see them
-- ahead.  Both views have one row per entity that could still come to the
-- outcome when it was first seen.  "Alerted" is who was alerted before the
-- outcome: an alert after it has brought nothing about.

-- A company comes to the outcome when its domain is put on the public list
-- of users of the product, by whomever.  "Seen" is the first event of a
-- person, not a bot, with an address of the company.
CREATE VIEW demo.adoption_outcomes AS
WITH companies AS (
    SELECT pls.company_domain(email_domain) AS entity_id, min(occurred_at) AS seen_at
      FROM recorded.adoption
     WHERE (properties @@ '$.bot == true') IS NOT TRUE
     GROUP BY 1
), declared AS (
    SELECT properties ->> 'organisation_domain' AS entity_id, min(occurred_at) AS at
      FROM recorded.adoption WHERE event = 'adoption_declared' GROUP BY 1
)
SELECT c.entity_id, c.seen_at, a.alerted_at, d.at AS outcome_at
  FROM companies AS c
  LEFT JOIN (SELECT entity_id, min(created_at) AS alerted_at FROM pls.alerts
              WHERE motion = 'adoption' GROUP BY 1) AS a USING (entity_id)
  LEFT JOIN declared AS d USING (entity_id)
 WHERE c.entity_id IS NOT NULL AND (d.at > c.seen_at) IS NOT FALSE
   AND NOT EXISTS (SELECT FROM pls.exclusions AS x
                    WHERE x.motion = 'adoption' AND x.scope = 'entity' AND c.entity_id = ANY (x.domains));

CREATE VIEW demo.upgrade_outcomes AS
WITH users AS (
    SELECT user_id AS entity_id, min(occurred_at) AS seen_at
      FROM recorded.music WHERE properties @@ '$.level == "free"' AND user_id <> '' GROUP BY 1
), upgraded AS (
    SELECT user_id AS entity_id, min(occurred_at) AS at
      FROM recorded.music WHERE event = 'Submit Upgrade' GROUP BY 1
)
SELECT u.entity_id, u.seen_at, a.alerted_at, g.at AS outcome_at
  FROM users AS u
  LEFT JOIN (SELECT entity_id, min(created_at) AS alerted_at FROM pls.alerts
              WHERE motion = 'upgrade' GROUP BY 1) AS a USING (entity_id)
  LEFT JOIN upgraded AS g USING (entity_id);

CREATE VIEW demo.outcomes AS
SELECT motion, alerted, count(*) AS entities, count(outcome_at) AS with_outcome
  FROM (SELECT 'adoption' AS motion, o.* FROM demo.adoption_outcomes AS o
        UNION ALL
        SELECT 'upgrade', o.* FROM demo.upgrade_outcomes AS o) AS o,
       LATERAL (SELECT coalesce(alerted_at < coalesce(outcome_at, 'infinity'), false) AS alerted) AS a
 GROUP BY motion, alerted;

-- Who could not be an account: the addresses of mail for everybody.
CREATE VIEW demo.not_accounts AS
SELECT email_domain, count(*) AS events, count(DISTINCT user_id) AS users
  FROM recorded.adoption
 WHERE pls.company_domain(email_domain) IS NULL
 GROUP BY email_domain;
