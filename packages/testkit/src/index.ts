export type { Credentials } from './embedded/cql-probe.ts'
export { EmbeddedCassandra, type EmbeddedCassandraOptions } from './embedded/embedded-cassandra.ts'
export type { EmbeddedNode } from './embedded/embedded-node.ts'
export { freePort } from './embedded/ports.ts'
export { CASSANDRA_VERSIONS } from './embedded/version.ts'
export { TESTKIT_ERROR_CODES, TestkitError, type TestkitErrorCode } from './errors.ts'
export { type EventuallyOptions, eventually } from './eventually.ts'
export { hex } from './hex.ts'
export {
  type ClusterProvider,
  type ClusterSpec,
  type ClusterStartOptions,
  type EmbeddedProvider,
  type EmbeddedProviderOptions,
  embeddedProvider,
  type RunningCluster,
} from './provider.ts'
