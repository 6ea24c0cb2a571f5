import { type Cluster, quoteName } from '@zdmkit/cluster'

/** The keyspace of the exercise. */
export const KEYSPACE = 'training'

/** The tables of the exercise, in the order in which reports show them. */
export const EXERCISE_TABLES = ['users', 'orders', 'products', 'user_activity'] as const

/** One of {@link EXERCISE_TABLES}. */
export type ExerciseTable = (typeof EXERCISE_TABLES)[number]

/** The statements that make the exercise's keyspace on one cluster, replicated in its own data center. */
export function exerciseSchema(dataCenter: string, replicationFactor = 1): string[] {
  const replication = `{'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${replicationFactor}}`
  const keyspace = quoteName(KEYSPACE)
  return [
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`,
    `CREATE TABLE IF NOT EXISTS ${keyspace}.users (user_id uuid PRIMARY KEY, username text, email text, first_name text, last_name text, created_at timestamp, updated_at timestamp, status text, preferences map<text, text>)`,
    `CREATE TABLE IF NOT EXISTS ${keyspace}.orders (order_id uuid PRIMARY KEY, user_id uuid, order_date timestamp, total_amount decimal, status text, items list<text>, shipping_address text)`,
    `CREATE TABLE IF NOT EXISTS ${keyspace}.products (product_id uuid PRIMARY KEY, name text, description text, price decimal, category text, stock_quantity int, created_at timestamp)`,
    `CREATE TABLE IF NOT EXISTS ${keyspace}.user_activity (user_id uuid, activity_date date, activity_time timestamp, activity_type text, details text, PRIMARY KEY ((user_id, activity_date), activity_time)) WITH CLUSTERING ORDER BY (activity_time DESC)`,
    `CREATE INDEX IF NOT EXISTS users_email_idx ON ${keyspace}.users (email)`,
    `CREATE INDEX IF NOT EXISTS users_status_idx ON ${keyspace}.users (status)`,
    `CREATE INDEX IF NOT EXISTS orders_user_idx ON ${keyspace}.orders (user_id)`,
    `CREATE INDEX IF NOT EXISTS products_category_idx ON ${keyspace}.products (category)`,
  ]
}

/** Makes the keyspace; one statement after the other, because schema changes may not overlap. */
export async function createExerciseSchema(cluster: Cluster, signal: AbortSignal): Promise<void> {
  for (const statement of exerciseSchema(cluster.dataCenter)) {
    signal.throwIfAborted()
    await cluster.execute(statement)
  }
}
