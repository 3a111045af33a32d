-- rows.sql - the table is watched row by row.
SELECT FROM pls.sources AS s, pls.unwatch(s.source);
SELECT FROM pls.watch('app.events', event => 'name', at => 'created_at', account => 'org_id', actor => 'user_id',
                      properties => 'props', level => 'row');
