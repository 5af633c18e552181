// Drizzle against SHARDGATE_URL: one line per check, exit code 1 when one failed.

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, asc, count, eq, gt, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import * as schema from './schema.mjs'

const { countries, customers, orders, readings, settings } = schema
const pool = new pg.Pool({ connectionString: process.env.SHARDGATE_URL, max: 5 })
const db = drizzle(pool, { schema })
const migrations = join(import.meta.dirname, 'migrations')

const columns = async (table) =>
  (await pool.query("select column_name from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position", [table])).rows.map((r) => r.column_name)

const newCustomer = async (name) => (await db.insert(customers).values({ name, country: 'DE' }).returning())[0]

const CHECKS = {
  async migrate_to_the_first_version() {
    const first = await mkdtemp(join(tmpdir(), 'drizzle-'))
    await cp(migrations, first, { recursive: true })
    const journal = JSON.parse(await readFile(join(migrations, 'meta/_journal.json'), 'utf8'))
    await writeFile(join(first, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }))
    await migrate(db, { migrationsFolder: first })
    await rm(first, { recursive: true })
    assert.deepEqual(await columns('orders'), ['id', 'customer_id', 'total', 'status', 'tags', 'at'])
  },

  async write_before_the_added_column() {
    await db.insert(countries).values([{ code: 'DE', name: 'Germany' }, { code: 'JP', name: 'Japan' }])
    for (let i = 0; i < 8; i++) {
      const { rows } = await db.execute(sql`insert into customers (name, country) values (${`old ${i}`}, 'DE') returning id`)
      await db.execute(sql`insert into orders (customer_id, total) values (${rows[0].id}, 1)`)
    }
  },

  async migrate_again_with_an_added_column() {
    await migrate(db, { migrationsFolder: migrations })
    await migrate(db, { migrationsFolder: migrations })
    assert.equal((await columns('orders')).at(-1), 'note')
    assert.equal((await pool.query('select count(*)::int as n from drizzle.__drizzle_migrations')).rows[0].n, 2)
  },

  async reference_and_home_tables() {
    await db.insert(countries).values({ code: 'FR', name: 'France' })
    await db.update(countries).set({ name: 'la France' }).where(eq(countries.code, 'FR'))
    assert.deepEqual((await db.select().from(countries).orderBy(asc(countries.code))).map((c) => c.name), ['Germany', 'la France', 'Japan'])
    for (const value of ['EUR', 'SEK']) await db.insert(settings).values({ name: 'currency', value }).onConflictDoUpdate({ target: settings.name, set: { value } })
    assert.deepEqual(await db.select().from(settings), [{ name: 'currency', value: 'SEK' }])
  },

  async generated_ids_and_a_key_unlike_the_primary_key() {
    const ids = new Set()
    for (let i = 0; i < 12; i++) {
      const customer = await newCustomer(`Ann ${i}`)
      const [order] = await db.insert(orders).values({ customerId: customer.id, total: '12.50', tags: ['a', 'b, c'], status: 'paid', note: 'new' }).returning()
      ids.add(order.id)
      assert.deepEqual(await db.select().from(orders).where(and(eq(orders.customerId, customer.id), eq(orders.id, order.id))), [order])
      assert.deepEqual(order.tags, ['a', 'b, c'])
      const [reading] = await db.insert(readings).values({ value: i / 4 }).returning()
      assert.deepEqual(await db.select().from(readings).where(eq(readings.device, reading.device)), [reading])
    }
    assert.equal(ids.size, 12)
  },

  async many_rows_in_one_insert_keep_their_order() {
    const made = await db.insert(customers).values([...Array(30).keys()].map((i) => ({ name: `bulk ${i}`, country: 'JP' }))).returning()
    assert.deepEqual(made.map((c) => c.name), [...Array(30).keys()].map((i) => `bulk ${i}`))
    const placed = await db.insert(orders).values([...Array(120).keys()].map((i) => ({ customerId: made[i % 30].id, total: `${i}.00` }))).returning()
    assert.deepEqual(placed.map((o) => o.total), [...Array(120).keys()].map((i) => `${i}.00`))
    assert.equal(new Set(placed.map((o) => o.id)).size, 120)
    for (const c of made) assert.deepEqual(await db.select({ n: count() }).from(orders).where(eq(orders.customerId, c.id)), [{ n: 4 }])
    for (const o of placed.slice(0, 40)) {
      assert.deepEqual(await db.select({ total: orders.total }).from(orders).where(and(eq(orders.customerId, o.customerId), eq(orders.id, o.id))), [{ total: o.total }])
    }
  },

  async relations_and_joins_of_one_customer() {
    const { id } = await newCustomer('Bo')
    await db.insert(orders).values([0, 1, 2].map((n) => ({ customerId: id, total: `${n}` })))
    const bo = await db.query.customers.findFirst({ where: eq(customers.id, id), with: { orders: { orderBy: asc(orders.total) } } })
    assert.deepEqual(bo.orders.map((o) => Number(o.total)), [0, 1, 2])
    const rows = await db
      .select({ customer: customers.name, country: countries.name, n: count(), sum: sum(orders.total) })
      .from(orders)
      .innerJoin(customers, eq(customers.id, orders.customerId))
      .innerJoin(countries, eq(countries.code, customers.country))
      .where(eq(orders.customerId, id))
      .groupBy(customers.name, countries.name)
    assert.deepEqual(rows, [{ customer: 'Bo', country: 'Germany', n: 3, sum: '3.00' }])
  },

  async update_delete_and_prepared_by_key() {
    const { id } = await newCustomer('Di')
    await db.insert(orders).values([0, 1, 2, 3].map((n) => ({ customerId: id, total: `${n}` })))
    assert.equal((await db.update(orders).set({ note: 'big' }).where(and(eq(orders.customerId, id), gt(orders.total, '1')))).rowCount, 2)
    assert.equal((await db.delete(orders).where(and(eq(orders.customerId, id), eq(orders.total, '0'))).returning()).length, 1)
    const byKey = db.select({ name: customers.name }).from(customers).where(eq(customers.id, sql.placeholder('id'))).prepare('customer_by_key')
    for (let i = 0; i < 3; i++) assert.deepEqual(await byKey.execute({ id }), [{ name: 'Di' }])
  },

  async transactions_over_shards_and_savepoints() {
    const ids = []
    for (let i = 0; i < 8; i++) ids.push((await newCustomer('tx')).id)
    const rename = async (t, name) => {
      for (const id of ids) await t.update(customers).set({ name }).where(eq(customers.id, id))
    }
    await db.transaction(async (tx) => {
      await rename(tx, 'kept')
      await assert.rejects(tx.transaction(async (inner) => {
        await rename(inner, 'lost')
        inner.rollback()
      }))
    })
    await assert.rejects(db.transaction(async (tx) => {
      await rename(tx, 'lost')
      await tx.insert(customers).values({ id: ids[3], name: 'twice', country: 'DE' })
    }), (e) => e.cause.code === '23505')
    for (const id of ids) assert.deepEqual(await db.select({ name: customers.name }).from(customers).where(eq(customers.id, id)), [{ name: 'kept' }])
    await db.transaction(async (tx) => {
      assert.equal((await tx.select().from(customers).where(eq(customers.id, ids[0])).for('update')).length, 1)
    }, { isolationLevel: 'serializable' })
  },

  async drop_what_was_made() {
    await sweep()
    assert.deepEqual((await pool.query("select relname from pg_class where relnamespace = 'public'::regnamespace")).rows, [])
  },
}

const sweep = async () => {
  await pool.query('drop table if exists settings, readings, orders, customers, countries cascade')
  await pool.query('drop type if exists order_status')
  await pool.query('drop schema if exists drizzle cascade')
}

let failed = 0
await sweep()
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    await check()
    console.log(`ok drizzle.${name}`)
  } catch (e) {
    failed++
    console.log(`FAIL drizzle.${name} ${e.name}: ${[e.message, e.cause?.message].join(' ').replace(/\s+/g, ' ').slice(0, 600)}`)
    console.error(e.stack)
  }
}
await sweep()
await pool.end()
process.exit(failed ? 1 : 0)
