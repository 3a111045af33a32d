/* 20_motions.sql - what is being looked for: motions and their signals.
 *
 * Everything here is configuration: rows that people edit.  A row is
 * validated when it is written (35_motion_checks.sql); a change of a row
 * that the compiled model reads is announced to all backends by the trigger
 * pls.model_changed() (src/model.c).  Shipped rows carry shipped = true
 * (88_shipped.sql).  What a column refers to is in 63_references.sql.
 *
 * Plain ranges are constraints with speaking names.  Whatever needs a hint,
 * a default that depends on other columns, or more than one column to be
 * judged is in the triggers.
 */

CREATE TABLE pls.motions (
    motion              text PRIMARY KEY
        CONSTRAINT motion_name_has_1_to_63_bytes
        CHECK (pg_catalog.octet_length(motion) OPERATOR(pg_catalog.>=) 1
               AND pg_catalog.octet_length(motion) OPERATOR(pg_catalog.<=) 63),
    unit                text NOT NULL DEFAULT 'account',
    objective           text NOT NULL DEFAULT 'conversion',
    status              text NOT NULL DEFAULT 'draft',
    segment             jsonpath,
    qualify_at          numeric NOT NULL DEFAULT 60,
    triage_at           numeric,
    release_at          numeric,
    min_score           numeric DEFAULT 0,
    max_score           numeric DEFAULT 100,
    min_signals         integer NOT NULL DEFAULT 2
        CONSTRAINT min_signals_is_0_to_256
        CHECK (min_signals OPERATOR(pg_catalog.>=) 0
               AND min_signals OPERATOR(pg_catalog.<=) 256),
    time_zone           text NOT NULL DEFAULT 'UTC',
    cooldown            interval NOT NULL DEFAULT '14 days',
    touch_limit         integer
        CONSTRAINT touch_limit_is_positive
        CHECK (touch_limit OPERATOR(pg_catalog.>) 0),
    touch_window        interval NOT NULL DEFAULT '30 days',
    grace_period        interval,
    min_account_size    integer
        CONSTRAINT min_account_size_is_positive
        CHECK (min_account_size OPERATOR(pg_catalog.>) 0),
    holdout             numeric NOT NULL DEFAULT 0
        CONSTRAINT holdout_is_a_share_from_0_to_below_1
        CHECK (holdout OPERATOR(pg_catalog.>=) 0
               AND holdout OPERATOR(pg_catalog.<) 1),
    holdout_salt        text NOT NULL DEFAULT 'pls',
    calendar            text,
    -- context and goal
    product             text,
    self_serve_model    text,
    end_user            text,
    buyer               text,
    goal_metric         text,
    goal_target         numeric,
    goal_date           date,
    constraints         text,
    tone                text,
    expire_after        interval,
    created_at          timestamptz NOT NULL DEFAULT pg_catalog.now()
);
SELECT pg_catalog.pg_extension_config_dump('pls.motions', '');

COMMENT ON TABLE pls.motions IS
'One row per motion: a product-led sales play with its objective, its qualified unit and its thresholds. An impossible row is refused (22023, with a hint). pls.create_motion() makes one from a template.';
COMMENT ON COLUMN pls.motions.motion IS 'Name, 1 to 63 bytes. All configuration follows a renaming, which is refused once the motion has standings.';
COMMENT ON COLUMN pls.motions.unit IS 'What is qualified: user (PQL) or account (PQA). Fixed once the motion has standings.';
COMMENT ON COLUMN pls.motions.objective IS 'What the motion is for: conversion, expansion, acv_lift or pipeline.';
COMMENT ON COLUMN pls.motions.status IS 'draft: events are not observed. pilot or live: they are, and alerts are raised. paused: observed, every decision is "paused".';
COMMENT ON COLUMN pls.motions.segment IS 'Predicate on the attributes of the account (unit user: of the user''s account) that says who is in scope. NULL: everyone.';
COMMENT ON COLUMN pls.motions.qualify_at IS 'Score from which an entity is qualified, within min_score and max_score. At most 3 decimals.';
COMMENT ON COLUMN pls.motions.triage_at IS 'Score from which an entity that is not qualified goes to the triage lane; below qualify_at. NULL: no triage.';
COMMENT ON COLUMN pls.motions.release_at IS 'A qualified entity ceases to be when its score falls below this; at most qualify_at. NULL: qualify_at.';
COMMENT ON COLUMN pls.motions.min_score IS 'The score is never less. NULL: no lower bound.';
COMMENT ON COLUMN pls.motions.max_score IS 'The score is never more. NULL: no upper bound.';
COMMENT ON COLUMN pls.motions.min_signals IS 'Distinct signals with positive points that must be met to qualify, 0 to 256.';
COMMENT ON COLUMN pls.motions.time_zone IS 'Name from pg_timezone_names whose midnight divides the days of measure "days". Spelt as there when written.';
COMMENT ON COLUMN pls.motions.cooldown IS 'Time after a decision during which the same entity raises no further alert, unless its disposition says otherwise. 0: none. No months or years.';
COMMENT ON COLUMN pls.motions.touch_limit IS 'Greatest number of alerts per account within touch_window, over all motions. NULL: no limit.';
COMMENT ON COLUMN pls.motions.touch_window IS 'Window of touch_limit. No months or years.';
COMMENT ON COLUMN pls.motions.grace_period IS 'An entity that signed up more recently than this is left alone. NULL: nobody is.';
COMMENT ON COLUMN pls.motions.min_account_size IS 'Accounts that are known to be smaller are left alone unless their grade is the best. NULL: no limit.';
COMMENT ON COLUMN pls.motions.holdout IS 'Share of eligible entities, from 0 to below 1, that get a decision but no alert.';
COMMENT ON COLUMN pls.motions.holdout_salt IS 'Text hashed with the entity to tell who is held out.';
COMMENT ON COLUMN pls.motions.calendar IS 'Calendar of routes that name none. NULL: round the clock.';
COMMENT ON COLUMN pls.motions.product IS 'Motion Pack: the product that is sold.';
COMMENT ON COLUMN pls.motions.self_serve_model IS 'Motion Pack: trial or freemium, its length, its paywall.';
COMMENT ON COLUMN pls.motions.end_user IS 'Motion Pack: who uses the product.';
COMMENT ON COLUMN pls.motions.buyer IS 'Motion Pack: who decides to pay.';
COMMENT ON COLUMN pls.motions.goal_metric IS 'Motion Pack: the one number that the motion is to move.';
COMMENT ON COLUMN pls.motions.goal_target IS 'Motion Pack: the value of goal_metric to be reached.';
COMMENT ON COLUMN pls.motions.goal_date IS 'Motion Pack: when it is to be reached.';
COMMENT ON COLUMN pls.motions.constraints IS 'Motion Pack: regions, reviews, signals that must not be used.';
COMMENT ON COLUMN pls.motions.tone IS 'Motion Pack: how outreach is to sound.';
COMMENT ON COLUMN pls.motions.expire_after IS 'An alert that nobody has touched for so long expires with the next sweep (24 hours a day, from when it was raised, was reopened or came back from being snoozed; not while its clock is paused). NULL: never. No months or years.';
COMMENT ON COLUMN pls.motions.created_at IS 'When the row was made.';

CREATE TABLE pls.signals (
    motion                text NOT NULL,
    signal                text NOT NULL
        CONSTRAINT signal_name_has_1_to_63_bytes
        CHECK (pg_catalog.octet_length(signal) OPERATOR(pg_catalog.>=) 1
               AND pg_catalog.octet_length(signal) OPERATOR(pg_catalog.<=) 63),
    category              text NOT NULL,
    events                text[],
    match                 jsonpath,
    measure               text NOT NULL DEFAULT 'count',
    property              text,
    numeric_strings       boolean NOT NULL DEFAULT false,
    within                interval,
    period                interval,
    op                    text NOT NULL,
    threshold             numeric,
    collapse              interval,
    min_base              numeric,
    points                numeric NOT NULL DEFAULT 0,
    per_unit              boolean NOT NULL DEFAULT false,
    min_points            numeric,
    max_points            numeric,
    decay                 text NOT NULL DEFAULT 'none',
    decay_span            interval,
    required              boolean NOT NULL DEFAULT false,
    outcome               text,
    approved_for_outreach boolean NOT NULL DEFAULT false,
    enabled               boolean NOT NULL DEFAULT true,
    why                   text,
    false_positive_risk   text,
    data_source           text,
    next_best_action      text,
    PRIMARY KEY (motion, signal)
);
SELECT pg_catalog.pg_extension_config_dump('pls.signals', '');

COMMENT ON TABLE pls.signals IS
'One row per signal of a motion: what matches, how it is measured, when it is met and what it is worth. Every number has at most 3 decimals, no interval has months or years. An impossible row is refused (22023, 54000 or 0A000, with a hint).';
COMMENT ON COLUMN pls.signals.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.signals.signal IS 'Name within the motion, 1 to 63 bytes.';
COMMENT ON COLUMN pls.signals.category IS 'activation, depth, breadth, integration, invite, admin, billing or risk (engagement dimension), fit (fit dimension), or outcome (worth nothing; a match is written to pls.outcomes).';
COMMENT ON COLUMN pls.signals.events IS 'Names of the events that match, any of them; for sequence the steps in their order, 2 to 32, where a name may be there several times. NULL: every event of the source.';
COMMENT ON COLUMN pls.signals.match IS 'Predicate on the properties of the event (measure attribute: on the attributes of the account), evaluated as @@ does; unknown and error count as false. It must be a condition such as $.plan == "team"; a bare path such as $.plan is refused, as are .datetime() and variables. NULL: no condition.';
COMMENT ON COLUMN pls.signals.measure IS 'count, actors, days, sum, max, last, recency, growth, first, sequence or attribute.';
COMMENT ON COLUMN pls.signals.property IS 'Top-level property that sum, max and last read; NULL for all others.';
COMMENT ON COLUMN pls.signals.numeric_strings IS 'Whether a string that is a number is taken as the value of property.';
COMMENT ON COLUMN pls.signals.within IS 'Window: rows with now - within < at <= now count. For recency and first it is what the age is compared with; for sequence the time that the steps may take. Required, except for last (NULL: ever) and attribute (always NULL).';
COMMENT ON COLUMN pls.signals.period IS 'Measure days: what counts once. 1 day (the default): the local date; otherwise a period aligned with 1970-01-01 UTC. Measure sequence: how long rows are remembered, twice within by default, not less than within. NULL for all others.';
COMMENT ON COLUMN pls.signals.op IS 'How the value is compared with the threshold: >=, >, <=, < or =. NULL becomes <= for recency and first (did it lately), otherwise >=. There is no "not equal": a signal that is met by any other value says nothing about how much.';
COMMENT ON COLUMN pls.signals.threshold IS 'What the value is compared with. NULL becomes 1 for count, actors, days and attribute, the number of steps for sequence; required for sum, max, last and growth; NULL for recency and first. A whole number for counts and steps.';
COMMENT ON COLUMN pls.signals.collapse IS 'Measure count only: rows of one actor within one bin of this length, aligned with 1970-01-01 UTC, count once. NULL: every row counts.';
COMMENT ON COLUMN pls.signals.min_base IS 'Measure growth only: rows that the earlier window must have for the ratio to have a value. NULL becomes 1.';
COMMENT ON COLUMN pls.signals.points IS 'What the signal is worth when met; with per_unit, what each counted unit is worth. Negative points count against the entity.';
COMMENT ON COLUMN pls.signals.per_unit IS 'Whether points are for each counted unit (row, actor, day, or unit of the value). Measures count, actors, days, sum and max only.';
COMMENT ON COLUMN pls.signals.min_points IS 'The signal is never worth less. NULL: no lower bound.';
COMMENT ON COLUMN pls.signals.max_points IS 'The signal is never worth more. NULL: no upper bound.';
COMMENT ON COLUMN pls.signals.decay IS 'How points fall with age: none, linear, exponential or step.';
COMMENT ON COLUMN pls.signals.decay_span IS 'linear, step: age at which nothing is left. exponential: half-life. NULL for none.';
COMMENT ON COLUMN pls.signals.required IS 'Whether an entity must meet it to qualify.';
COMMENT ON COLUMN pls.signals.outcome IS 'Category outcome only: the word written to pls.outcomes, such as conversion, expansion, meeting or churn.';
COMMENT ON COLUMN pls.signals.approved_for_outreach IS 'Whether a message to the customer may be personalised by it.';
COMMENT ON COLUMN pls.signals.enabled IS 'false: the signal is as if it were not there.';
COMMENT ON COLUMN pls.signals.why IS 'Why it shows value or intent: a phrase about the account or user, such as "invites teammates as for a roll-out". The reason of an alert strings these together.';
COMMENT ON COLUMN pls.signals.false_positive_risk IS 'When it is met without meaning anything, and what is done about that.';
COMMENT ON COLUMN pls.signals.data_source IS 'Where the events or attributes come from.';
COMMENT ON COLUMN pls.signals.next_best_action IS 'What a rep does when this is the strongest signal.';

CREATE TABLE pls.category_limits (
    motion      text NOT NULL,
    category    text NOT NULL,
    min_points  numeric,
    max_points  numeric,
    PRIMARY KEY (motion, category)
);
SELECT pg_catalog.pg_extension_config_dump('pls.category_limits', '');

COMMENT ON TABLE pls.category_limits IS
'Bounds of what all signals of one category are worth together. Where one bites, pls.explain() shows a line for it.';
COMMENT ON COLUMN pls.category_limits.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.category_limits.category IS 'A category of pls.signals, except outcome.';
COMMENT ON COLUMN pls.category_limits.min_points IS 'The category is never worth less. NULL: no lower bound.';
COMMENT ON COLUMN pls.category_limits.max_points IS 'The category is never worth more. NULL: no upper bound.';

CREATE TABLE pls.grades (
    motion      text NOT NULL,
    dimension   text NOT NULL,
    at_least    numeric NOT NULL,
    grade       text NOT NULL,
    PRIMARY KEY (motion, dimension, at_least)
);
SELECT pg_catalog.pg_extension_config_dump('pls.grades', '');

COMMENT ON TABLE pls.grades IS
'Bands of the two dimensions. The grade of an entity is the letter of its fit followed by the digit of its engagement, such as A1; a band reaches up to the next one''s at_least.';
COMMENT ON COLUMN pls.grades.motion IS 'The motion it belongs to.';
COMMENT ON COLUMN pls.grades.dimension IS 'fit or engagement.';
COMMENT ON COLUMN pls.grades.at_least IS 'Points of the dimension from which the band holds.';
COMMENT ON COLUMN pls.grades.grade IS 'One capital letter for fit, A the best; one digit for engagement, 1 the best.';

CREATE TABLE pls.exclusions (
    name        text PRIMARY KEY
        CONSTRAINT exclusion_name_is_not_empty
        CHECK (name OPERATOR(pg_catalog.<>) ''),
    motion      text,
    scope       text NOT NULL,
    match       jsonpath,
    ids         text[],
    domains     text[],
    reason      text NOT NULL
        CONSTRAINT exclusion_reason_is_not_empty
        CHECK (reason OPERATOR(pg_catalog.<>) ''),
    enabled     boolean NOT NULL DEFAULT true,
    shipped     boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('pls.exclusions', '');

COMMENT ON TABLE pls.exclusions IS
'Who never counts (scope actor) and who never makes an alert (scope entity). A row excludes whoever satisfies any of match, ids and domains.';
COMMENT ON COLUMN pls.exclusions.name IS 'Name of the rule, shown in decisions.';
COMMENT ON COLUMN pls.exclusions.motion IS 'The motion it holds for. NULL: every motion.';
COMMENT ON COLUMN pls.exclusions.scope IS 'actor: rows of such actors match no signal. entity: such accounts and users raise no alert.';
COMMENT ON COLUMN pls.exclusions.match IS 'Predicate: of an actor on the properties of the event, of an entity on the account''s attributes.';
COMMENT ON COLUMN pls.exclusions.ids IS 'Actor or entity ids.';
COMMENT ON COLUMN pls.exclusions.domains IS 'E-mail domains, kept in lower case without @.';
COMMENT ON COLUMN pls.exclusions.reason IS 'Why; shown in decisions.';
COMMENT ON COLUMN pls.exclusions.enabled IS 'false: the rule is as if it were not there.';
COMMENT ON COLUMN pls.exclusions.shipped IS 'Whether the row came with the extension. None does today.';

CREATE TABLE pls.free_mail_domains (
    domain      text PRIMARY KEY,
    free        boolean NOT NULL DEFAULT true,
    shipped     boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('pls.free_mail_domains', '');

COMMENT ON TABLE pls.free_mail_domains IS
'E-mail domains that belong to no one company: mail for everybody, throw-away mail, no-reply senders. They never become an account.';
COMMENT ON COLUMN pls.free_mail_domains.domain IS 'The domain, kept in lower case without @.';
COMMENT ON COLUMN pls.free_mail_domains.free IS 'false: the domain is a company''s after all.';
COMMENT ON COLUMN pls.free_mail_domains.shipped IS 'Whether the row came with the extension and has not been changed. Editing it makes it yours.';

REVOKE ALL ON pls.motions, pls.signals, pls.category_limits, pls.grades, pls.exclusions,
    pls.free_mail_domains FROM PUBLIC;
