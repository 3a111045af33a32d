// duckdb.mjs - the plain queries of bench/score.sh, asked of DuckDB.
//
//   node duckdb.mjs load FILE.db FILE.csv   makes its copy of the events
//   node duckdb.mjs THREADS FILE.db DIR     runs DIR/plain.sql and
//                                           DIR/funnel_plain.sql: once
//                                           unmeasured, then once measured
//
// Its copy has the columns of the table, instants in UTC, properties as JSON.
// One more column has the property that the signals read, taken out
// beforehand: "plain" reads the properties, "prepared" that column.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [task, database, input] = process.argv.slice(2);

function translated(name) {
  return readFileSync(`${input}/${name}.sql`, 'utf8')
    .replaceAll('timestamptz', 'timestamp')
    .replaceAll("00:00+00'", "00:00:00'")
    .replaceAll("ts AT TIME ZONE 'UTC'", 'ts')
    .replaceAll('bench.events', 'events');
}

function queries() {
  const plain = translated('plain');
  return {
    plain: plain.replaceAll('AS numeric', 'AS DECIMAL(12,2)'),
    prepared: plain.replaceAll("CAST(props ->> 'amount' AS numeric)", 'amount'),
    funnel_plain: translated('funnel_plain'),
  };
}

async function load() {
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE events AS
    SELECT *, CAST(props ->> 'amount' AS DECIMAL(12,2)) AS amount
    FROM read_csv('${input}', header = false, columns =
      {account_id: 'INTEGER', user_id: 'INTEGER', ts: 'TIMESTAMP', event: 'VARCHAR', props: 'JSON'})`);
  await connection.run('CHECKPOINT');
}

async function measure() {
  const instance = await DuckDBInstance.create(database, { threads: task, access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  for (const [name, sql] of Object.entries(queries())) {
    let rows, started;
    for (let turn = 0; turn < 2; turn++) {
      started = process.hrtime.bigint();
      rows = (await connection.runAndReadAll(sql)).getRows();
    }
    console.log(`${name} ${Number(process.hrtime.bigint() - started) / 1e6}`);
    console.log(`answer ${name} ${rows[0].map(String).join('|')}`);
  }
}

await (task === 'load' ? load() : measure());
