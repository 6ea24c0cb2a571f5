import { inspect, replaceFunctions } from '@zdmkit/cql'

const text = 'INSERT INTO shop.Orders (id, placed_at) VALUES (uuid(), toTimestamp(now()))'
const statement = inspect(text)
console.log(statement.kind, statement.keyspace, statement.table, statement.isIdempotent)

const forBothClusters = replaceFunctions(text, statement.functions, {
  uuid: () => '8c1ff0a6-2f5c-4c6e-9d0e-6f0a3b0c1d2e',
  timeUuid: () => '50554d6e-29bb-11e5-b345-feff819cdc9f',
  timestampMs: () => 1700000000000,
  date: () => '2023-11-14',
  time: () => '22:13:20.000000000',
})
console.log(forBothClusters)
