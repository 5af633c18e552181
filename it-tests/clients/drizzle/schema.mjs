// A shop: orders live with their customer, although their primary key is their id alone.

import { relations } from 'drizzle-orm'
import { bigint, bigserial, doublePrecision, index, jsonb, numeric, pgEnum, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core'

export const orderStatus = pgEnum('order_status', ['open', 'paid'])

export const countries = pgTable('countries', {
  code: varchar('code', { length: 2 }).primaryKey(),
  name: text('name').notNull(),
})

export const customers = pgTable('customers', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  name: text('name').notNull(),
  country: varchar('country', { length: 2 }).notNull().references(() => countries.code),
  details: jsonb('details').notNull().default({}),
})

export const orders = pgTable(
  'orders',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    customerId: bigint('customer_id', { mode: 'number' }).notNull().references(() => customers.id, { onDelete: 'cascade' }),
    total: numeric('total', { precision: 12, scale: 2 }).notNull(),
    status: orderStatus('status').notNull().default('open'),
    tags: text('tags').array().notNull().default([]),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
    note: text('note'),
  },
  (t) => [index('orders_customer').on(t.customerId)],
)

export const readings = pgTable('readings', {
  device: uuid('device').primaryKey().defaultRandom(),
  value: doublePrecision('value').notNull(),
})

export const settings = pgTable('settings', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})

export const customersRelations = relations(customers, ({ many }) => ({ orders: many(orders) }))
export const ordersRelations = relations(orders, ({ one }) => ({ customer: one(customers, { fields: [orders.customerId], references: [customers.id] }) }))
