import { Random } from '../random.ts'
import type { Operation, Read, RowKey, Write } from './operation.ts'
import type { TableName } from './tables.ts'

export interface PlannerOptions {
  readonly seed: number
  /** From 0. */
  readonly worker: number
  readonly workerCount: number
  /** Share of reads, 0 to 1. */
  readonly readRatio: number
  /** `users`: inserts and updates of users, as the exercise has it; `all`: orders, products, activities and deletes too. */
  readonly tables: 'users' | 'all'
  /** Users that were there before; the worker updates every `workerCount`th of them and nobody else does. */
  readonly existingUserIds: readonly string[]
}

/** A row that this worker alone writes. */
interface OwnRow {
  readonly table: TableName
  readonly key: RowKey
  readonly label: string
}

/** Older rows are left alone, so that a run of days needs no more memory than one of minutes. */
const OWN_ROWS_MAX = 500
const DELETED_ROWS_MAX = 100
/** Times in rows are the seed's, not the clock's: 2026-01-01 and a second per operation. */
const FIRST_TIME_MS = Date.UTC(2026, 0, 1)

const STATUSES = ['active', 'inactive', 'suspended', 'pending'] as const
const ORDER_STATUSES = ['pending', 'paid', 'shipped', 'delivered', 'cancelled'] as const
const CATEGORIES = ['books', 'garden', 'kitchen', 'music', 'office', 'toys'] as const
const ACTIVITIES = ['login', 'logout', 'view', 'search', 'purchase'] as const
const FIRST_NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', "Miles O'", 'Zoë'] as const
const LAST_NAMES = ['Lovelace', 'Hopper', 'Dijkstra', 'Liskov', 'Brien', 'Ångström'] as const
const ITEMS = ['keyboard', 'mouse', 'lamp', 'desk', 'chair', 'cable', "writer's pen"] as const
const TTLS_SECONDS = [3_600, 86_400, null] as const

/**
 * Decides what one worker does, from its seed alone: what the cluster answers has no part in it, so the same options give
 * the same operations. Every row has one worker that writes it, one operation at a time, so the order per row is certain.
 */
export class Planner {
  readonly #options: PlannerOptions
  readonly #random: Random
  readonly #own: Record<TableName, OwnRow[]> = { users: [], orders: [], products: [], user_activity: [] }
  readonly #existing: readonly OwnRow[]
  readonly #deleted: OwnRow[] = []
  #turn = 0

  constructor(options: PlannerOptions) {
    this.#options = options
    this.#random = new Random(options.seed, options.worker)
    this.#existing = options.existingUserIds
      .filter((_, index) => index % options.workerCount === options.worker)
      .map((id) => ({ table: 'users', key: { user_id: id }, label: `user ${id}` }))
  }

  /** Numbers of all workers together have no gap and no double while all have taken as many turns. */
  next(): Operation {
    const number = this.#turn * this.#options.workerCount + this.#options.worker + 1
    this.#turn++
    const isRead = this.#random.next() < this.#options.readRatio
    return { number, ...(isRead ? this.#read() : this.#write(number)) }
  }

  #read(): Read {
    // Reads by key are checked against what was written, and spread over clusters by their keys.
    const keyShare = this.#options.tables === 'all' ? 0.7 : 0.35
    const choice = this.#random.next()
    if (choice < keyShare) {
      const { users, orders, products, user_activity: activities } = this.#own
      const rows = [...users, ...orders, ...products, ...activities, ...this.#deleted]
      if (rows.length > 0) return { action: 'read', kind: 'KEY', ...this.#random.pick(rows) }
    }
    // The others as the exercise mixes them: 6 to 5 to 2.
    const other = ((choice - keyShare) / (1 - keyShare)) * 13
    return { action: 'read', kind: other < 6 ? 'LIMIT' : other < 11 ? 'FILTER' : 'COUNT' }
  }

  #write(number: number): Write {
    const choice = this.#random.next()
    if (this.#options.tables === 'users') return choice < 0.5 ? this.#insertUser(number) : this.#updateUser(number)
    if (choice < 0.2) return this.#insertUser(number)
    if (choice < 0.45) return this.#updateUser(number)
    if (choice < 0.5) return this.#delete('users') ?? this.#insertUser(number)
    if (choice < 0.62) return this.#insertOrder(number)
    if (choice < 0.72) return this.#updateOrder(number)
    if (choice < 0.76) return this.#delete('orders') ?? this.#insertOrder(number)
    if (choice < 0.8) return this.#insertProduct(number)
    if (choice < 0.86) return this.#updateProduct(number)
    if (choice < 0.95) return this.#insertActivity(number)
    return this.#delete('user_activity') ?? this.#insertActivity(number)
  }

  #insertUser(number: number): Write {
    const random = this.#random
    const username = `app_user_${number}_${random.integer(1000, 9999)}`
    const row = this.#adopt({ table: 'users', key: { user_id: random.uuid() }, label: `user ${username}` })
    const form = this.#form()
    const values = {
      username,
      email: `app_${number}@test.com`,
      first_name: random.pick(FIRST_NAMES),
      last_name: random.pick(LAST_NAMES),
      status: 'active',
      preferences: { theme: random.pick(['dark', 'light']), language: random.pick(['en', 'fr', 'nl']) },
    }
    // Half of the literal ones let the server set the time, as applications do: with two clusters that is two times
    // unless the proxy sees to it.
    const isComputed = form === 'literal' && random.next() < 0.5
    return {
      ...written('INSERT', row, `Created user ${username}`),
      values: isComputed ? values : { ...values, created_at: timeOf(number) },
      computed: isComputed ? ['created_at'] : [],
      form,
    }
  }

  #updateUser(number: number): Write {
    const rows = this.#random.next() < 0.5 && this.#existing.length > 0 ? this.#existing : this.#own.users
    if (rows.length === 0) return this.#insertUser(number)
    return {
      ...written('UPDATE', this.#random.pick(rows), 'Updated user status'),
      values: { status: this.#random.pick(STATUSES), updated_at: timeOf(number) },
      form: this.#form(),
    }
  }

  #insertOrder(number: number): Write {
    const random = this.#random
    const id = random.uuid()
    const row = this.#adopt({ table: 'orders', key: { order_id: id }, label: `order ${id}` })
    return {
      ...written('INSERT', row, `Created order ${id}`),
      values: {
        user_id: this.#someUserId(),
        order_date: timeOf(number),
        total_amount: `${random.integer(1, 999)}.${random.integer(10, 99)}`,
        status: 'pending',
        items: this.#items(),
        shipping_address: `${number} Main Street`,
      },
      form: this.#form(),
    }
  }

  #updateOrder(number: number): Write {
    const rows = this.#own.orders
    if (rows.length === 0) return this.#insertOrder(number)
    // The list is always set whole: an append that is sent twice adds its element twice.
    const items = this.#random.next() < 0.5 ? { items: this.#items() } : {}
    return {
      ...written('UPDATE', this.#random.pick(rows), 'Updated order status'),
      values: { status: this.#random.pick(ORDER_STATUSES), order_date: timeOf(number), ...items },
      form: this.#form(),
    }
  }

  #insertProduct(number: number): Write {
    const random = this.#random
    const row = this.#adopt({ table: 'products', key: { product_id: random.uuid() }, label: `product ${number}` })
    return {
      ...written('INSERT', row, `Created product ${number}`),
      values: {
        name: `Product ${number}`,
        description: null,
        price: `${random.integer(1, 999)}.${random.integer(10, 99)}`,
        category: random.pick(CATEGORIES),
        stock_quantity: String(number),
        created_at: timeOf(number),
      },
      form: this.#form(),
    }
  }

  #updateProduct(number: number): Write {
    const rows = this.#own.products
    if (rows.length === 0) return this.#insertProduct(number)
    return {
      ...written('UPDATE', this.#random.pick(rows), 'Updated product stock'),
      values: { stock_quantity: String(number) },
      form: this.#form(),
    }
  }

  #insertActivity(number: number): Write {
    const type = this.#random.pick(ACTIVITIES)
    const time = timeOf(number)
    const key = { user_id: this.#someUserId(), activity_date: time.slice(0, 10), activity_time: time }
    const row = this.#adopt({ table: 'user_activity', key, label: `activity of ${key.user_id}` })
    return {
      ...written('INSERT', row, `Recorded activity ${type}`),
      values: { activity_type: type, details: `details of ${number}` },
      ttlSeconds: this.#random.pick(TTLS_SECONDS),
      form: this.#form(),
    }
  }

  #delete(table: TableName): Write | null {
    const rows = this.#own[table]
    if (rows.length === 0) return null
    const index = this.#random.integer(0, rows.length - 1)
    const [row] = rows.splice(index, 1) as [OwnRow]
    this.#deleted.push(row)
    if (this.#deleted.length > DELETED_ROWS_MAX) this.#deleted.shift()
    return { ...written('DELETE', row, `Deleted ${row.label}`), form: this.#form() }
  }

  #adopt(row: OwnRow): OwnRow {
    const rows = this.#own[row.table]
    rows.push(row)
    if (rows.length > OWN_ROWS_MAX) rows.shift()
    return row
  }

  #someUserId(): string {
    const rows = [...this.#own.users, ...this.#existing]
    const { user_id: id } = rows.length > 0 ? this.#random.pick(rows).key : {}
    return id ?? this.#random.uuid()
  }

  #items(): string[] {
    return Array.from({ length: this.#random.integer(1, 4) }, () => this.#random.pick(ITEMS))
  }

  #form(): Write['form'] {
    return this.#random.next() < 0.3 ? 'literal' : 'prepared'
  }
}

function written(kind: Write['kind'], row: OwnRow, done: string): Omit<Write, 'form'> {
  return { action: 'write', kind, table: row.table, key: row.key, values: {}, computed: [], ttlSeconds: null, done }
}

/** Each operation has a second of its own, so that every write sets at least one value that no other write set. */
function timeOf(number: number): string {
  return new Date(FIRST_TIME_MS + number * 1_000).toISOString()
}
