-- events.sql - a table of events, the same in every run.
--
-- psql variables: name (of the table), events (rows), accounts, users.
--
-- Every value is a function of the row's number: 90 days up to 2025-06-30 in
-- the order of arrival, up to a minute late; 40 names, the n-th a n-th as
-- frequent as the first; few users do much; properties on three rows in ten.
CREATE UNLOGGED TABLE :name (
    account_id  integer NOT NULL,
    user_id     integer NOT NULL,
    ts          timestamptz NOT NULL,
    event       text NOT NULL,
    props       jsonb
);

INSERT INTO :name
SELECT (hashint8extended(who, 1) & 2147483647) % :accounts + 1,
       who + 1,
       timestamptz '2025-04-01 00:00+00'
           + make_interval(secs => 7776000.0 * n / :events + 60 * (1 - bench.share(n, 2))),
       names[width_bucket(bench.share(n, 3), bounds)],
       CASE WHEN bench.share(n, 4) < 0.3
            THEN jsonb_build_object(
                'amount', round((500 * bench.share(n, 5))::numeric, 2),
                'plan', ('{free,pro,team,enterprise}'::text[])[1 + floor(4 * bench.share(n, 6))::int],
                'source', ('{web,ios,android,api}'::text[])[1 + floor(4 * bench.share(n, 7))::int])
       END
FROM (SELECT array_agg(below ORDER BY place) AS bounds, array_agg(name ORDER BY place) AS names
      FROM (SELECT place, name,
                   (coalesce(sum(1.0 / place) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                    / sum(1.0 / place) OVER ())::float8 AS below
            FROM unnest('{page_view,login,search,open_report,click_link,view_board,create_item,edit_item,share_item,comment,
                          export_csv,invite_user,accept_invite,upload,download,run_query,save_query,schedule_job,api_call,
                          webhook,create_project,archive_project,add_member,remove_member,change_role,start_trial,
                          view_pricing,start_checkout,add_card,upgrade_plan,downgrade_plan,cancel_plan,contact_support,
                          read_docs,watch_video,install_app,connect,open_mobile,allow_push,sign_up}'::text[])
                 WITH ORDINALITY AS u (name, place)) AS shares) AS zipf,
     LATERAL (SELECT n, floor(:users * power(bench.share(n, 8), 1.6))::integer AS who
              FROM generate_series(0::bigint, :events - 1) AS n OFFSET 0) AS rows;

VACUUM (FREEZE, ANALYZE) :name;
