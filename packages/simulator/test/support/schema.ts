/** The exercise's tables that the application writes to, in keyspace `training` on one node. */
export const SCHEMA: readonly string[] = [
  "CREATE KEYSPACE training WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}",
  `CREATE TABLE training.users (user_id uuid PRIMARY KEY, username text, email text, first_name text, last_name text,
    created_at timestamp, updated_at timestamp, status text, preferences map<text, text>)`,
  'CREATE INDEX ON training.users (status)',
  `CREATE TABLE training.orders (order_id uuid PRIMARY KEY, user_id uuid, order_date timestamp, total_amount decimal,
    status text, items list<text>, shipping_address text)`,
  `CREATE TABLE training.products (product_id uuid PRIMARY KEY, name text, description text, price decimal, category text,
    stock_quantity int, created_at timestamp)`,
  `CREATE TABLE training.user_activity (user_id uuid, activity_date date, activity_time timestamp, activity_type text,
    details text, PRIMARY KEY ((user_id, activity_date), activity_time))
    WITH CLUSTERING ORDER BY (activity_time DESC)`,
]
