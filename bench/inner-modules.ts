// Hot modules that no package door shows, and modules of packages that this one does not depend on. A bench times the module itself,
// so this one file goes around the doors; each line tells `turbo boundaries` so.

// @boundaries-ignore a bench times the module, not the door
export { inspect } from '../packages/cql/src/index.ts'
// @boundaries-ignore a bench times the module, not the door
export { Lexer } from '../packages/cql/src/lexer.ts'
// @boundaries-ignore a bench times the module, not the door
export { TokenKind } from '../packages/cql/src/token.ts'
// @boundaries-ignore a bench times the module, not the door
export { ClientConnection } from '../packages/proxy/src/client/client-connection.ts'
// @boundaries-ignore a bench times the module, not the door
export { StatementCache } from '../packages/proxy/src/client/statement-cache.ts'
// @boundaries-ignore a bench times the module, not the door
export { DualReads } from '../packages/proxy/src/compare/dual-reads.ts'
// @boundaries-ignore a bench times the module, not the door
export { ControlConnection } from '../packages/proxy/src/control/control-connection.ts'
// @boundaries-ignore a bench times the module, not the door
export { ClusterChannel } from '../packages/proxy/src/group/cluster-channel.ts'
// @boundaries-ignore a bench times the module, not the door
export { Group } from '../packages/proxy/src/group/group.ts'
// @boundaries-ignore a bench times the module, not the door
export { Groups } from '../packages/proxy/src/group/groups.ts'
// @boundaries-ignore a bench times the module, not the door
export { proxyOptions, proxySettings } from '../packages/proxy/src/index.ts'
// @boundaries-ignore a bench times the module, not the door
export { anonymous } from '../packages/proxy/src/login/identity.ts'
// @boundaries-ignore a bench times the module, not the door
export { ProxyMetrics } from '../packages/proxy/src/metrics/proxy-metrics.ts'
// @boundaries-ignore a bench times the module, not the door
export { PreparedCache } from '../packages/proxy/src/prepared/prepared-cache.ts'
// @boundaries-ignore a bench times the module, not the door
export type { ProxyContext } from '../packages/proxy/src/proxy-context.ts'
// @boundaries-ignore a bench times the module, not the door
export { Generations } from '../packages/proxy/src/routing/generations.ts'
// @boundaries-ignore a bench times the module, not the door
export { Deadlines } from '../packages/proxy/src/settle/deadlines.ts'
// @boundaries-ignore a bench times the module, not the door
export { settle } from '../packages/proxy/src/settle/settle.ts'
// @boundaries-ignore a bench times the module, not the door
export { ORIGIN, type PerSide, type Side, TARGET } from '../packages/proxy/src/side.ts'
// @boundaries-ignore a bench times the module, not the door
export { VirtualTables } from '../packages/proxy/src/virtual/virtual-tables.ts'
// @boundaries-ignore a bench times the module, not the door
export { createFunctionValues } from '../packages/proxy/src/write/function-values.ts'
// @boundaries-ignore a bench times the module, not the door
export { MonotonicMicros } from '../packages/proxy/src/write/timestamps.ts'
// @boundaries-ignore a bench times the module, not the door
export { createLogger, HotCounter, HotGauge, HotHistogram, loadSettings } from '../packages/runtime/src/index.ts'
