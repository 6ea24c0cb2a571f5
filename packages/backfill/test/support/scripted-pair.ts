import { Cluster } from '@zdmkit/cluster'
import { type CellValue, reply, ScriptedServer } from '@zdmkit/testkit'

/** `[id, text, write time, TTL]` of a row of `shop.items (id int PRIMARY KEY, v text)`. */
export type Item = readonly [id: number, text: string | null, writeTime: bigint | null, ttl?: number]

/** Two scripted servers that both have the table `shop.items`, and a session to each. */
export interface ScriptedPair extends AsyncDisposable {
  readonly originServer: ScriptedServer
  readonly targetServer: ScriptedServer
  readonly origin: Cluster
  readonly target: Cluster
}

export async function startPair(pages: readonly (readonly Item[])[]): Promise<ScriptedPair> {
  const stack = new AsyncDisposableStack()
  const originServer = stack.use(await startServer('origin'))
  const targetServer = stack.use(await startServer('target'))
  originServer.primePages(/^SELECT token\(/, {
    columns: ['t bigint', 'id int', 'v text', 'w bigint', 'l int'],
    pages: pages.map((items) =>
      items.map(([id, text, writeTime, ttl]): CellValue[] => [BigInt(id), id, text, writeTime, ttl ?? null]),
    ),
  })
  const connect = ({ host, port }: ScriptedServer) =>
    Cluster.connect({ contactPoints: [host], port, localDataCenter: null }, { requestTimeoutMs: 2000 })
  const origin = stack.use(await connect(originServer))
  const target = stack.use(await connect(targetServer))
  return { originServer, targetServer, origin, target, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function startServer(name: string): Promise<ScriptedServer> {
  const server = await ScriptedServer.start({ name, clusterName: name })
  const isOurs = /WHERE keyspace_name = \? AND (table|view)_name = \?/
  const answers = [
    [/system_schema\.tables /, reply.rows(['default_time_to_live int', 'gc_grace_seconds int'], [[0, 864_000]])],
    [/system_schema\.views /, reply.rows(['default_time_to_live int', 'gc_grace_seconds int'], [])],
    [
      /system_schema\.columns /,
      reply.rows(
        ['column_name text', 'type text', 'kind text', 'position int', 'clustering_order text'],
        [
          ['id', 'int', 'partition_key', 0, 'none'],
          ['v', 'text', 'regular', -1, 'none'],
        ],
      ),
    ],
  ] as const
  server.describePrepared(isOurs, { variables: ['keyspace_name text', 'table_name text'] })
  for (const [pattern, answer] of answers) {
    server.prime(({ text, type }) => type === 'execute' && pattern.test(text) && isOurs.test(text), answer)
  }
  return server
}
