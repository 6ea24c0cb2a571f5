// The data that is there before the migration. A pure function of the seed, so that the same seed gives the same rows with the
// same write times on every machine.

import { types } from '@zdmkit/cluster'
import { Random } from '@zdmkit/simulator'
import { type ExerciseTable, KEYSPACE } from '../exercise-schema.ts'

/** One write with its own write time. Order does not matter: the write times decide. */
export interface SeedWrite {
  readonly table: ExerciseTable
  /** With a marker for every value. */
  readonly cql: string
  /** As the driver binds them; undefined leaves a cell unset. */
  readonly values: readonly unknown[]
}

/** All writes of a seed, and what is alive when they are done. */
export interface SeedPlan {
  readonly writes: readonly SeedWrite[]
  /** Rows alive at the end. */
  readonly rowCounts: Readonly<Record<ExerciseTable, number>>
  /** Users alive at the end, for traffic that updates what was there before. */
  readonly userIds: readonly string[]
}

/** How many rows of each table are alive at the end. */
export const SEED_ROW_COUNTS: Readonly<Record<ExerciseTable, number>> = {
  users: 1_000,
  orders: 2_000,
  products: 500,
  user_activity: 5_000,
}

/** Written and deleted again, so that the target must not get them: 2 % on top. */
const DELETED_SHARE = 0.02

/** 2025-01-01; rows were written in the year after it, well before any traffic of today. */
const FIRST_MS = Date.UTC(2025, 0, 1)
const YEAR_SECONDS = 365 * 86_400
/** Longer than any run: nothing expires while it is compared. */
const TTLS_SECONDS = [86_400, 30 * 86_400, 365 * 86_400] as const

const STATUSES = ['active', 'inactive', 'suspended', 'pending'] as const
const ORDER_STATUSES = ['pending', 'paid', 'shipped', 'delivered', 'cancelled'] as const
const CATEGORIES = ['books', 'garden', 'kitchen', 'music', 'office', 'toys'] as const
const ACTIVITIES = ['login', 'logout', 'view', 'search', 'purchase'] as const
const FIRST_NAMES = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Grace', 'Zoë', 'Shafi', "Miles O'"] as const
const LAST_NAMES = ['Ångström', 'Dijkstra', 'Goldwasser', 'Hopper', 'Liskov', 'Lovelace', 'Turing'] as const
const ITEMS = ['keyboard', 'mouse', 'lamp', 'desk', 'chair', 'cable', "writer's pen"] as const

/** Column to value. */
type Cells = Readonly<Record<string, unknown>>

/** Everything that is written to the origin before phase 1. */
export function planSeed(seed: number): SeedPlan {
  const users = seedUsers(new Random(seed, 1))
  const userIds = users.ids
  const writes = [
    ...users.writes,
    ...seedOrders(new Random(seed, 2), userIds),
    ...seedProducts(new Random(seed, 3)),
    ...seedActivities(new Random(seed, 4), userIds),
  ]
  return { writes, rowCounts: SEED_ROW_COUNTS, userIds: userIds.map(String) }
}

function seedUsers(random: Random): { writes: SeedWrite[]; ids: types.Uuid[] } {
  const writes: SeedWrite[] = []
  const ids: types.Uuid[] = []
  for (const { index, isDeleted } of rows('users')) {
    const id = uuid(random)
    const micros = writeTime(random)
    const username = `user_${index}`
    writes.push(
      insert('users', micros, {
        ...{ user_id: id, username, email: `${username}@example.com` },
        first_name: random.pick(FIRST_NAMES),
        // Applications write null, and leave cells unset; on disk these are two things.
        last_name: random.next() < 0.1 ? (random.next() < 0.5 ? null : undefined) : random.pick(LAST_NAMES),
        ...{ created_at: timeOf(micros), updated_at: timeOf(micros), status: random.pick(STATUSES) },
        preferences: preferences(random),
      }),
    )
    if (isDeleted) {
      writes.push(remove('users', later(random, micros), { user_id: id }))
      continue
    }
    ids.push(id)
    if (random.next() < 0.2) {
      const micros2 = later(random, micros)
      const set = { status: random.pick(STATUSES), updated_at: timeOf(micros2) }
      writes.push(update('users', micros2, set, { user_id: id }))
    }
    if (random.next() < 0.05) writes.push(remove('users', later(random, micros), { user_id: id }, ['email']))
    if (random.next() < 0.05) {
      const ttlSeconds = random.pick(TTLS_SECONDS)
      writes.push(update('users', later(random, micros), { first_name: 'Guest' }, { user_id: id }, ttlSeconds))
    }
  }
  return { writes, ids }
}

function seedOrders(random: Random, userIds: readonly types.Uuid[]): SeedWrite[] {
  const writes: SeedWrite[] = []
  for (const { index, isDeleted } of rows('orders')) {
    const key = { order_id: uuid(random) }
    const micros = writeTime(random)
    const ttlSeconds = random.next() < 0.05 ? random.pick(TTLS_SECONDS) : null
    const row = {
      ...key,
      ...{ user_id: random.pick(userIds), order_date: timeOf(micros), total_amount: amount(random) },
      status: random.pick(ORDER_STATUSES),
      items: Array.from({ length: random.integer(0, 4) }, () => random.pick(ITEMS)),
      shipping_address: random.next() < 0.05 ? null : `${index} Main Street`,
    }
    writes.push(insert('orders', micros, row, ttlSeconds))
    if (isDeleted) writes.push(remove('orders', later(random, micros), key))
    else if (random.next() < 0.2) {
      writes.push(update('orders', later(random, micros), { status: random.pick(ORDER_STATUSES) }, key))
    }
  }
  return writes
}

function seedProducts(random: Random): SeedWrite[] {
  const writes: SeedWrite[] = []
  for (const { index, isDeleted } of rows('products')) {
    const key = { product_id: uuid(random) }
    const micros = writeTime(random)
    writes.push(
      insert('products', micros, {
        ...key,
        ...{
          name: `Product ${index}`,
          description: random.next() < 0.1 ? undefined : `What product ${index} is good for`,
        },
        ...{ price: amount(random), category: random.pick(CATEGORIES), stock_quantity: random.integer(0, 500) },
        created_at: timeOf(micros),
      }),
    )
    if (isDeleted) writes.push(remove('products', later(random, micros), key))
    else if (random.next() < 0.3) {
      writes.push(update('products', later(random, micros), { stock_quantity: random.integer(0, 500) }, key))
    }
  }
  return writes
}

function seedActivities(random: Random, userIds: readonly types.Uuid[]): SeedWrite[] {
  const writes: SeedWrite[] = []
  for (const { index, isDeleted } of rows('user_activity')) {
    const micros = writeTime(random)
    // A time of its own for each, so that no two are the same row.
    const time = new Date(FIRST_MS + index * 5_000 + random.integer(0, 4_999))
    const date = types.LocalDate.fromString(time.toISOString().slice(0, 10))
    const key = { user_id: random.pick(userIds), activity_date: date, activity_time: time }
    const ttlSeconds = random.next() < 0.1 ? random.pick(TTLS_SECONDS) : null
    const row = {
      ...key,
      activity_type: random.pick(ACTIVITIES),
      details: random.next() < 0.1 ? null : `details of ${index}`,
    }
    writes.push(insert('user_activity', micros, row, ttlSeconds))
    if (isDeleted) writes.push(remove('user_activity', later(random, micros), key))
  }
  return writes
}

function rows(table: ExerciseTable): { index: number; isDeleted: boolean }[] {
  const alive = SEED_ROW_COUNTS[table]
  const all = alive + Math.round(alive * DELETED_SHARE)
  return Array.from({ length: all }, (_, index) => ({ index, isDeleted: index >= alive }))
}

function insert(table: ExerciseTable, micros: bigint, row: Cells, ttlSeconds: number | null = null): SeedWrite {
  const columns = Object.keys(row)
  const markers = columns.map(() => '?').join(', ')
  const { text, values } = using(micros, ttlSeconds)
  return {
    table,
    cql: `INSERT INTO ${KEYSPACE}.${table} (${columns.join(', ')}) VALUES (${markers})${text}`,
    values: [...Object.values(row), ...values],
  }
}

function update(
  table: ExerciseTable,
  micros: bigint,
  set: Cells,
  key: Cells,
  ttlSeconds: number | null = null,
): SeedWrite {
  const { text, values } = using(micros, ttlSeconds)
  return {
    table,
    cql: `UPDATE ${KEYSPACE}.${table}${text} SET ${equalities(set).join(', ')} WHERE ${equalities(key).join(' AND ')}`,
    values: [...values, ...Object.values(set), ...Object.values(key)],
  }
}

/** A whole row, or single cells of it. */
function remove(table: ExerciseTable, micros: bigint, key: Cells, columns: readonly string[] = []): SeedWrite {
  const { text, values } = using(micros, null)
  const what = columns.length === 0 ? '' : ` ${columns.join(', ')}`
  return {
    table,
    cql: `DELETE${what} FROM ${KEYSPACE}.${table}${text} WHERE ${equalities(key).join(' AND ')}`,
    values: [...values, ...Object.values(key)],
  }
}

function using(micros: bigint, ttlSeconds: number | null): { text: string; values: unknown[] } {
  return ttlSeconds === null
    ? { text: ' USING TIMESTAMP ?', values: [micros] }
    : { text: ' USING TIMESTAMP ? AND TTL ?', values: [micros, ttlSeconds] }
}

function equalities(cells: Cells): string[] {
  return Object.keys(cells).map((column) => `${column} = ?`)
}

/** Microseconds since 1970. */
function writeTime(random: Random): bigint {
  return BigInt(FIRST_MS + random.integer(0, YEAR_SECONDS - 1) * 1_000) * 1_000n + BigInt(random.integer(0, 999_999))
}

/** From a second to a month after. */
function later(random: Random, micros: bigint): bigint {
  return micros + BigInt(random.integer(1, 30 * 86_400)) * 1_000_000n
}

function timeOf(micros: bigint): Date {
  return new Date(Number(micros / 1_000n))
}

function uuid(random: Random): types.Uuid {
  return types.Uuid.fromString(random.uuid())
}

function amount(random: Random): types.BigDecimal {
  return types.BigDecimal.fromString(`${random.integer(1, 999)}.${random.integer(10, 99)}`)
}

function preferences(random: Random): Record<string, string> | null {
  const choice = random.next()
  if (choice < 0.1) return null
  return {
    theme: random.pick(['dark', 'light']),
    ...(choice < 0.6 ? { language: random.pick(['en', 'fr', 'nl']) } : {}),
  }
}
