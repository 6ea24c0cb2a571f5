/** The tables of the exercise that the application writes to. */
export type TableName = 'users' | 'orders' | 'products' | 'user_activity'

/** Types of the columns that the application writes. */
export type ColumnType = 'uuid' | 'text' | 'timestamp' | 'date' | 'decimal' | 'int' | 'list<text>' | 'map<text, text>'

export interface TableShape {
  /** Primary key columns, in order. */
  readonly key: readonly string[]
  readonly types: Readonly<Record<string, ColumnType>>
}

export const TABLES: Readonly<Record<TableName, TableShape>> = {
  users: {
    key: ['user_id'],
    types: {
      user_id: 'uuid',
      username: 'text',
      email: 'text',
      first_name: 'text',
      last_name: 'text',
      created_at: 'timestamp',
      updated_at: 'timestamp',
      status: 'text',
      preferences: 'map<text, text>',
    },
  },
  orders: {
    key: ['order_id'],
    types: {
      order_id: 'uuid',
      user_id: 'uuid',
      order_date: 'timestamp',
      total_amount: 'decimal',
      status: 'text',
      items: 'list<text>',
      shipping_address: 'text',
    },
  },
  products: {
    key: ['product_id'],
    types: {
      product_id: 'uuid',
      name: 'text',
      description: 'text',
      price: 'decimal',
      category: 'text',
      stock_quantity: 'int',
      created_at: 'timestamp',
    },
  },
  user_activity: {
    key: ['user_id', 'activity_date', 'activity_time'],
    types: {
      user_id: 'uuid',
      activity_date: 'date',
      activity_time: 'timestamp',
      activity_type: 'text',
      details: 'text',
    },
  },
}

/** Columns that are no part of the primary key. */
export function valueColumns(table: TableName): string[] {
  const { key, types } = TABLES[table]
  return Object.keys(types).filter((column) => !key.includes(column))
}
