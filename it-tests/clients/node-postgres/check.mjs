// node-postgres against SHARDGATE_URL: one line per check, exit code 1 when one failed.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import Cursor from 'pg-cursor'

const url = process.env.SHARDGATE_URL

const DROP = `
drop table if exists payments, accounts, documents, readings, currencies, every_type, moods cascade;
drop type if exists mood cascade`

const SCHEMA = `
create table currencies (code text primary key, name text not null, digits smallint not null);
create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
create table every_type (id integer primary key, a_bool boolean, a_int2 smallint, a_int8 bigint, a_float8 double precision, a_numeric numeric, a_text text, a_bytea bytea, a_timestamptz timestamptz,
    a_uuid uuid, a_json json, a_jsonb jsonb, int4s integer[], texts text[], uuids uuid[])`

// What a parameter is sent as, and what comes back (bigint and numeric are strings in this driver).
const VALUES = [
  ['boolean', true],
  ['smallint', -32768],
  ['bigint', '-9223372036854775808'],
  ['double precision', 0.1],
  ['numeric', '-12345678901234567890.0123456789'],
  ['text', "żółć, 漢字, \u{1F600}, 'quoted'\n"],
  ['bytea', Buffer.from([...Array(256).keys()])],
  ['timestamptz', new Date(Date.UTC(2024, 1, 29, 12, 30, 1, 2))],
  ['uuid', '01234567-89ab-cdef-0123-456789abcdef'],
  ['json', { a: [1, 2.5, null, true] }],
  ['jsonb', { ł: { b: '\u20ac' } }],
  ['integer[]', [1, null, -3]],
  ['text[]', ['a', null, '', 'q"u,o{t}e', 'NULL']],
  ['uuid[]', ['00000000-0000-0000-0000-000000000000']],
]

const connect = async (options = {}) => {
  const client = new pg.Client({ connectionString: url, ...options })
  client.on('error', () => {})
  await client.connect()
  return client
}

const fill = async (c, rows = 8) => {
  await c.query("insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0)")
  const ids = [...Array(rows).keys()].map((i) => i + 1)
  await c.query(
    `insert into accounts (id, owner, currency, balance) values ${ids.map((_, i) => `($${2 * i + 1}, $${2 * i + 2}, 'EUR', 1)`)}`,
    ids.flatMap((i) => [i, `owner ${i}`]),
  )
}

const one = async (c, text, values) => {
  const { rows } = await c.query({ text, values, rowMode: 'array' })
  assert.equal(rows.length, 1)
  return rows[0]
}

const fails = async (promise, code) => {
  try {
    await promise
  } catch (e) {
    assert.equal(e.code, code, e.message)
    return e
  }
  assert.fail(`no error ${code}`)
}

const CHECKS = {
  async login(c) {
    assert.deepEqual(await one(c, 'select current_user::text, current_database()::text'), ['app', 'app'])
  },

  async wrong_password() {
    await fails(connect({ connectionString: url.replace(/:[^:@/]*@/, ':not-it@') }), '28P01')
  },

  async unknown_database() {
    await fails(connect({ connectionString: url.replace(/\/[^/]*$/, '/no_such_database') }), '3D000')
  },

  async parameters_text(c) {
    for (const [kind, value] of VALUES) {
      const sent = kind.startsWith('json') ? JSON.stringify(value) : value
      assert.deepEqual(await one(c, `select $1::${kind}`, [sent]), [value])
      assert.deepEqual(await one(c, `select $1::${kind}`, [null]), [null])
    }
  },

  // This driver takes what it gets for UTF-8 before it reads it as binary: every byte of these numbers is below 0x80.
  async results_binary(c) {
    for (const [kind, value] of [['boolean', true], ['smallint', 0x1234], ['integer', 0x12345678], ['bigint', '72623859790382856'], ['text', 'żółć']]) {
      const { rows } = await c.query({ text: `select $1::${kind} as v`, values: [value], binary: true })
      assert.deepEqual(rows[0].v, value, kind)
    }
    await fill(c)
    for (let i = 1; i <= 8; i++) {
      const { rows } = await c.query({ text: 'select id, owner from accounts where id = $1', values: [i], binary: true })
      assert.deepEqual(rows, [{ id: String(i), owner: `owner ${i}` }])
    }
  },

  async every_type_in_a_table(c) {
    const columns = VALUES.map(([k, v]) => (k.startsWith('json') ? JSON.stringify(v) : v))
    const insert = `insert into every_type values ($1, ${columns.map((_, i) => `$${i + 2}`)})`
    await c.query(insert, [1, ...columns])
    await c.query(insert, [2, ...columns.map(() => null)])
    assert.deepEqual((await one(c, 'select * from every_type where id = $1', [1])).slice(1), VALUES.map(([, v]) => v))
    assert.deepEqual((await one(c, 'select * from every_type where id = $1', [2])).slice(1), columns.map(() => null))
  },

  async named_statements_by_key(c) {
    await fill(c, 20)
    for (let round = 0; round < 3; round++) {
      for (let i = 1; i <= 20; i++) {
        const { rows } = await c.query({ name: 'by key', text: 'select owner from accounts where id = $1', values: [i] })
        assert.deepEqual(rows, [{ owner: `owner ${i}` }])
      }
    }
    const { rows } = await c.query({ name: 'by key', text: 'select owner from accounts where id = $1', values: [21] })
    assert.deepEqual(rows, [])
  },

  async keys_of_text_and_uuid(c) {
    for (let i = 0; i < 8; i++) {
      const device = `0123456${i}-89ab-cdef-0123-456789abcdef`
      await c.query('insert into readings values ($1, $2, $3)', [device, new Date(0), i / 4])
      await c.query('insert into documents values ($1, $2, $3)', [`tenant ż${i}`, 'a', { n: i }])
      assert.deepEqual(await one(c, 'select value from readings where device = $1', [device]), [i / 4])
      assert.deepEqual(await one(c, 'select body from documents where tenant = $1', [`tenant ż${i}`]), [{ n: i }])
    }
  },

  async generated_ids_and_returning(c) {
    await fill(c)
    const seen = new Set()
    for (let i = 0; i < 24; i++) {
      const [account, id] = await one(c, 'insert into payments (account_id, amount) values ($1, $2) returning account_id, id', [1 + (i % 8), '1.50'])
      assert.equal(account, String(1 + (i % 8)))
      seen.add(id)
    }
    assert.equal(seen.size, 24)
  },

  async reference_table_joined_by_key(c) {
    await fill(c)
    assert.equal((await c.query("update currencies set name = 'euro' where code = $1", ['EUR'])).rowCount, 1)
    for (let i = 1; i <= 8; i++) {
      assert.deepEqual(await one(c, 'select c.name from accounts a join currencies c on c.code = a.currency where a.id = $1', [i]), ['euro'])
    }
  },

  async queries_queued_at_once(c) {
    await fill(c)
    const got = await Promise.all([...Array(80).keys()].map((i) => one(c, 'select owner from accounts where id = $1', [1 + (i % 8)])))
    assert.deepEqual(got, [...Array(80).keys()].map((i) => [`owner ${1 + (i % 8)}`]))
  },

  async transactions(c) {
    await fill(c)
    await c.query('begin')
    await c.query('update accounts set balance = 100 where id = $1', [1])
    await c.query('savepoint s')
    await c.query('update accounts set balance = 101 where id = $1', [1])
    await fails(c.query('select 1/0'), '22012')
    await c.query('rollback to savepoint s')
    assert.equal((await c.query('commit')).command, 'COMMIT')
    assert.deepEqual(await one(c, 'select balance from accounts where id = 1'), ['100.00'])
    for (const end of ['rollback', 'commit']) {
      await c.query('begin')
      for (let i = 1; i <= 8; i++) await c.query('update accounts set owner = $2 where id = $1', [i, `${end} ${i}`])
      await c.query(end)
      for (let i = 1; i <= 8; i++) {
        assert.deepEqual(await one(c, 'select owner from accounts where id = $1', [i]), [end === 'commit' ? `commit ${i}` : `owner ${i}`])
      }
    }
  },

  async failed_transaction_refuses_until_rollback(c) {
    await c.query('begin')
    await fails(c.query('select * from no_such_table'), '42P01')
    await fails(c.query('select 1'), '25P02')
    assert.equal((await c.query('commit')).command, 'ROLLBACK')
    assert.deepEqual(await one(c, 'select 1'), [1])
  },

  async copy_in(c) {
    await fill(c, 40)
    const lines = [...Array(2000).keys()].map((i) => `${1 + (i % 40)}\t${i}\t${i}\tnote ${i}\n`)
    const stream = c.query(copyFrom('copy payments (account_id, id, amount, note) from stdin'))
    await pipeline(Readable.from(lines), stream)
    assert.equal(stream.rowCount, 2000)
    for (const i of [1, 2, 39, 40]) assert.deepEqual(await one(c, 'select count(*) from payments where account_id = $1', [i]), ['50'])
    await fails(pipeline(Readable.from(['2\t5000\t1\tx\n', '1\tbad\t1\tx\n']), c.query(copyFrom('copy payments (account_id, id, amount, note) from stdin'))), '22P02')
    assert.deepEqual(await one(c, 'select count(*) from payments where account_id = 2 and id = 5000'), ['0'])
  },

  async copy_out(c) {
    await fill(c, 40)
    let text = ''
    const stream = c.query(copyTo('copy accounts (id, owner) to stdout (format csv)'))
    for await (const chunk of stream) text += chunk
    assert.deepEqual(text.trim().split('\n').sort(), [...Array(40).keys()].map((i) => `${i + 1},owner ${i + 1}`).sort())
    assert.deepEqual(await one(c, 'select 1'), [1])
  },

  async cancel(c) {
    await fill(c)
    for (const text of ['select pg_sleep(30)', 'select pg_sleep(30) from accounts where id = 3']) {
      const query = new pg.Query(text)
      const done = new Promise((resolve, reject) => {
        query.on('error', reject)
        query.on('end', resolve)
      })
      const began = Date.now()
      c.query(query)
      const refused = fails(done, '57014')
      await sleep(400)
      new pg.Client({ connectionString: url }).cancel(c, query)
      await refused
      assert.ok(Date.now() - began < 10000)
      assert.deepEqual(await one(c, 'select 1'), [1])
    }
  },

  async syntax_error_with_position(c) {
    const e = await fails(c.query("select 'ż' as a\n  frm accounts"), '42601')
    assert.equal(e.position, '19')
    assert.equal((await fails(c.query('select nope from accounts where id = $1', [1]), '42703')).position, '8')
  },

  async unique_violation_and_going_on(c) {
    await fill(c)
    for (let i = 1; i <= 8; i++) {
      const e = await fails(c.query("insert into accounts values ($1, 'again', 'EUR')", [i]), '23505')
      assert.equal(e.constraint, 'accounts_pkey')
      assert.equal(e.detail, `Key (id)=(${i}) already exists.`)
      assert.deepEqual(await one(c, 'select owner from accounts where id = $1', [i]), [`owner ${i}`])
    }
  },

  async notices(c) {
    const seen = []
    c.on('notice', (n) => seen.push([n.severity, n.message]))
    await c.query("do $$ begin raise warning 'watch out'; end $$")
    await c.query('drop table if exists never_was')
    assert.deepEqual(seen, [['WARNING', 'watch out'], ['NOTICE', 'table "never_was" does not exist, skipping']])
  },

  async portal_with_row_limits(c) {
    await fill(c)
    await pipeline(Readable.from([...Array(500).keys()].map((i) => `2\t${i}\t0\n`)), c.query(copyFrom('copy payments (account_id, id, amount) from stdin')))
    const cursor = c.query(new Cursor('select id from payments where account_id = $1 order by id', [2]))
    const got = []
    for (let rows = await cursor.read(37); rows.length; rows = await cursor.read(37)) got.push(...rows.map((r) => Number(r.id)))
    assert.deepEqual(got, [...Array(500).keys()])
    const early = c.query(new Cursor('select id from payments where account_id = $1 order by id', [2]))
    assert.equal((await early.read(3)).length, 3)
    await early.close()
    assert.deepEqual(await one(c, 'select 1'), [1])
  },

  async many_statements_in_one_query(c) {
    await fill(c)
    const results = await c.query("update accounts set owner = 'm' where id = 1; select owner from accounts where id = 1; select 2 as two")
    assert.deepEqual(results.map((r) => r.command), ['UPDATE', 'SELECT', 'SELECT'])
    assert.deepEqual(results[1].rows, [{ owner: 'm' }])
    await fails(c.query("update accounts set owner = 'n' where id = 1; update accounts set owner = 'n' where id = 2; select 1/0"), '22012')
    assert.deepEqual(await one(c, 'select owner from accounts where id = 1'), ['m'])
    assert.deepEqual(await one(c, 'select owner from accounts where id = 2'), ['owner 2'])
  },

  async user_types(c) {
    await c.query("create type mood as enum ('sad', 'happy')")
    await c.query('create table moods (id integer primary key, m mood, ms mood[])')
    await c.query('insert into moods values ($1, $2, $3)', [1, 'sad', ['sad', 'happy']])
    assert.deepEqual(await one(c, 'select m, ms from moods where m = $1', ['sad']), ['sad', '{sad,happy}'])
    const { fields } = await c.query('select m, ms from moods')
    const wanted = await one(c, "select oid, typarray from pg_type where typname = 'mood'")
    assert.deepEqual(fields.map((f) => f.dataTypeID), wanted)
    await c.query('drop table moods; drop type mood')
  },

  async listen_notify(c) {
    const listener = await connect()
    const heard = new Promise((resolve) => listener.on('notification', resolve))
    await listener.query('listen news')
    await c.query("select pg_notify('news', $1)", ['hello'])
    const { channel, payload } = await Promise.race([heard, sleep(10000, {}, { ref: false })])
    assert.deepEqual([channel, payload], ['news', 'hello'])
    await listener.end()
  },

  async session_settings(c) {
    await fill(c)
    await c.query("set timezone = 'Asia/Tokyo'")
    for (let i = 1; i <= 8; i++) assert.deepEqual(await one(c, "select current_setting('timezone') from accounts where id = $1", [i]), ['Asia/Tokyo'])
    const other = await connect({ application_name: 'check', options: '-c search_path=pg_catalog,public -c statement_timeout=12345' })
    for (let i = 1; i <= 8; i++) {
      assert.deepEqual(await one(other, "select current_setting('statement_timeout') from accounts where id = $1", [i]), ['12345ms'])
    }
    assert.deepEqual(await one(other, 'show search_path'), ['pg_catalog,public'])
    await other.end()
  },

  async pool(c) {
    await fill(c)
    const pool = new pg.Pool({ connectionString: url, max: 10 })
    const rows = await Promise.all([...Array(200).keys()].map((i) => pool.query('select owner from accounts where id = $1', [1 + (i % 8)])))
    assert.deepEqual(rows.map((r) => r.rows[0].owner), [...Array(200).keys()].map((i) => `owner ${1 + (i % 8)}`))
    await pool.end()
  },

  async large_values(c) {
    const big = 'x'.repeat(3_000_000)
    await c.query("insert into documents values ('big', 'one', to_jsonb($1::text))", [big])
    assert.equal((await one(c, "select body from documents where tenant = 'big'"))[0], big)
  },
}

const relations = async (c) => (await c.query({ text: "select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1", rowMode: 'array' })).rows.flat()

const owner = await connect()
await owner.query(DROP)
const before = await relations(owner)
await owner.query(SCHEMA)
let failed = 0
for (const [name, check] of Object.entries(CHECKS)) {
  let c
  try {
    c = await connect()
    await c.query('truncate payments, accounts, currencies, documents, readings, every_type')
    await Promise.race([check(c), sleep(60000, undefined, { ref: false }).then(() => assert.fail('took more than 60 s'))])
    console.log(`ok node-postgres.${name}`)
  } catch (e) {
    failed++
    console.log(`FAIL node-postgres.${name} ${e.name}: ${String(e.message).replace(/\s+/g, ' ')}`)
    console.error(e.stack)
  } finally {
    c?.connection.stream.destroy()
  }
}
await owner.query(DROP)
const left = await relations(owner)
if (JSON.stringify(left) === JSON.stringify(before)) console.log('ok node-postgres.nothing_left')
else {
  failed++
  console.log(`FAIL node-postgres.nothing_left ${left}`)
}
await owner.end()
process.exit(failed ? 1 : 0)
