-- model.sql - the twelve signals of plain.sql as a motion.
INSERT INTO pls.motions (motion, qualify_at, triage_at) VALUES ('twelve', 60, 40);
INSERT INTO pls.signals (motion, signal, category, events, measure, property, within, op, threshold, min_base,
                         points, per_unit, max_points)
VALUES
    ('twelve', 's01 logins in 30 days',   'depth',      '{login}',       'count',   NULL,     '30 days', '>=',   1, NULL,   0.5, true, 10),
    ('twelve', 's02 logins in 7 days',    'activation', '{login}',       'count',   NULL,     '7 days',  '>=',   1, NULL,   1.6, true, 8),
    ('twelve', 's03 users in 7 days',     'breadth',    NULL,            'actors',  NULL,     '7 days',  '>=',   1, NULL,   1.5, true, 12),
    ('twelve', 's04 users in 30 days',    'breadth',    NULL,            'actors',  NULL,     '30 days', '>=',   1, NULL, 0.667, true, 8),
    ('twelve', 's05 days in 30 days',     'depth',      NULL,            'days',    NULL,     '30 days', '>=',   1, NULL,   0.4, true, 10),
    ('twelve', 's06 creators in 14 days', 'breadth',    '{create_item}', 'actors',  NULL,     '14 days', '>=',   1, NULL,     2, true, 6),
    ('twelve', 's07 calls in 30 days',    'billing',    '{api_call}',    'sum',     'amount', '30 days', '>=',   1, NULL, 0.009, true, 9),
    ('twelve', 's08 exports in 90 days',  'billing',    '{export_csv}',  'sum',     'amount', '90 days', '>=',   1, NULL, 0.007, true, 7),
    ('twelve', 's09 login lately',        'activation', '{login}',       'recency', NULL,     '3 days',  '<=', NULL, NULL,    10, false, NULL),
    ('twelve', 's10 anything lately',     'activation', NULL,            'recency', NULL,     '1 day',   '<=', NULL, NULL,     5, false, NULL),
    ('twelve', 's11 growing',             'depth',      NULL,            'growth',  NULL,     '7 days',  '>=', 1.2,     1,    10, false, NULL),
    ('twelve', 's12 invites in 30 days',  'invite',     '{invite_user}', 'count',   NULL,     '30 days', '>=',   1, NULL,  1.25, true, 5);
