import { type Cluster, types } from '@zdmkit/cluster'

/** The four tables of the exercise, without their indexes. */
export const EXERCISE_TABLES: readonly string[] = [
  'CREATE TABLE training.users (user_id uuid PRIMARY KEY, username text, email text, first_name text, last_name text, ' +
    'created_at timestamp, updated_at timestamp, status text, preferences map<text, text>)',
  'CREATE TABLE training.orders (order_id uuid PRIMARY KEY, user_id uuid, order_date timestamp, total_amount decimal, ' +
    'status text, items list<text>, shipping_address text)',
  'CREATE TABLE training.products (product_id uuid PRIMARY KEY, name text, description text, price decimal, category text, ' +
    'stock_quantity int, created_at timestamp)',
  'CREATE TABLE training.user_activity (user_id uuid, activity_date date, activity_time timestamp, activity_type text, ' +
    'details text, PRIMARY KEY ((user_id, activity_date), activity_time)) WITH CLUSTERING ORDER BY (activity_time DESC)',
]

/** The earliest write time of the seed; the others are within a day of it. */
export const SEED_MICROS = 1_750_000_000_000_000n

/** The same id for the same number. */
export function idOf(number: number): types.Uuid {
  return types.Uuid.fromString(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`)
}

/**
 * Rows of every kind the copy has to keep apart: inserts, later updates of single columns, TTLs on rows and on single
 * columns, null cells, deleted cells, rows and partitions, maps and lists.
 */
export async function seedExercise(origin: Cluster, count: number): Promise<void> {
  const at = (offset: number) => SEED_MICROS + BigInt(offset)
  const write = (cql: string, params: unknown[], timestamp: bigint) => origin.execute(cql, params, { timestamp })
  await inParallel(count, async (i) => {
    const id = idOf(i)
    const when = new Date(1_700_000_000_000 + i)
    await write(
      'INSERT INTO training.users (user_id, username, email, first_name, created_at, status, preferences) ' +
        `VALUES (?, ?, ?, ?, ?, ?, ?)${i % 7 === 0 ? ' USING TTL 86400' : ''}`,
      [
        id,
        `user${i}`,
        `user${i}@example.com`,
        i % 3 === 0 ? undefined : 'Ada',
        when,
        'active',
        { theme: 'dark', n: `${i}` },
      ],
      at(i * 10),
    )
    if (i % 2 === 0) await write('UPDATE training.users SET status = ? WHERE user_id = ?', ['away', id], at(i * 10 + 5))
    if (i % 5 === 0) {
      await write(
        'UPDATE training.users USING TTL 3600 SET last_name = ? WHERE user_id = ?',
        ['Soon', id],
        at(i * 10 + 6),
      )
    }
    if (i % 11 === 0) await write('DELETE email FROM training.users WHERE user_id = ?', [id], at(i * 10 + 7))
    if (i % 13 === 12) await write('DELETE FROM training.users WHERE user_id = ?', [id], at(i * 10 + 8))

    const amount = types.BigDecimal.fromString(`${i}.90`)
    await write(
      'INSERT INTO training.orders (order_id, user_id, order_date, total_amount, status, items, shipping_address) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?)',
      [
        id,
        idOf(i % 10),
        when,
        amount,
        'new',
        i % 4 === 0 ? undefined : ['bolt', 'nut', 'bolt'],
        i % 6 === 0 ? '' : 'Main St 1',
      ],
      at(i * 10),
    )
    await write(
      'INSERT INTO training.products (product_id, name, price, category, stock_quantity, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      [id, `product ${i} \u{1f527}`, amount, 'tools', i - 5, when],
      at(i * 10),
    )
    for (let n = 0; n < 3; n++) {
      await write(
        'INSERT INTO training.user_activity (user_id, activity_date, activity_time, activity_type, details) ' +
          `VALUES (?, ?, ?, ?, ?)${n === 2 ? ' USING TTL 7200' : ''}`,
        [
          idOf(i % 10),
          types.LocalDate.fromString('2026-01-01'),
          new Date(when.getTime() + n * 1000),
          'login',
          n === 1 ? undefined : 'web',
        ],
        at(i * 10 + n),
      )
    }
  })
  await write(
    'DELETE FROM training.user_activity WHERE user_id = ? AND activity_date = ?',
    [idOf(9), types.LocalDate.fromString('2026-01-01')],
    at(1_000_000),
  )
}

async function inParallel(count: number, work: (i: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i).values()
  const worker = async () => {
    for (const i of numbers) await work(i)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
