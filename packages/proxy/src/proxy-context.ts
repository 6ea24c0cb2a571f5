import type { FunctionValues } from '@zdmkit/cql'
import type { Logger } from '@zdmkit/runtime'
import type { ClientConnection } from './client/client-connection.ts'
import type { StatementCache } from './client/statement-cache.ts'
import type { DualReads } from './compare/dual-reads.ts'
import type { ControlConnection } from './control/control-connection.ts'
import type { Groups } from './group/groups.ts'
import type { ProxyMetrics } from './metrics/proxy-metrics.ts'
import type { PreparedCache } from './prepared/prepared-cache.ts'
import type { ProxyOptions } from './proxy-options.ts'
import type { Generations } from './routing/generations.ts'
import type { Deadlines } from './settle/deadlines.ts'
import type { PerSide } from './side.ts'
import type { VirtualTables } from './virtual/virtual-tables.ts'
import type { MonotonicMicros } from './write/timestamps.ts'

/** What the parts of one running proxy share. Each part takes from it what it names; none of it is made here. */
export interface ProxyContext {
  readonly options: ProxyOptions
  readonly log: Logger
  readonly metrics: ProxyMetrics
  readonly generations: Generations
  readonly deadlines: Deadlines
  readonly prepared: PreparedCache
  readonly statements: StatementCache
  readonly controls: PerSide<ControlConnection>
  readonly groups: Groups
  readonly virtual: VirtualTables
  readonly dualReads: DualReads
  readonly micros: MonotonicMicros
  readonly functionValues: FunctionValues
  readonly clients: Set<ClientConnection>
  /** Monotonic ms, read once per chunk off a socket. */
  nowMs: number
  /** How long a cluster may work on a write that nobody waits for. */
  readonly clusterWriteTimeoutMs: number
  /** New requests are refused. */
  isDraining: boolean
}
