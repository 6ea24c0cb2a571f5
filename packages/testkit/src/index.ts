export type { Credentials } from '@zdmkit/transport'
export { EmbeddedCassandra, type EmbeddedCassandraOptions } from './embedded/embedded-cassandra.ts'
export type { EmbeddedNode } from './embedded/embedded-node.ts'
export { freePort } from './embedded/ports.ts'
export { type ProcessExit, type ProcessSpec, type SupervisedProcess, Supervisor } from './embedded/supervisor.ts'
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
export { FrameRelay, type RelayAddress, type RelayMatcher } from './relay/frame-relay.ts'
export type { HeldRequest } from './relay/held-request.ts'
export type { RelayedRequest } from './relay/relayed-request.ts'
export { type CellValue, type ColumnInput, columnSpecs, encodeCell, parseType } from './scripted/cell.ts'
export type { ScriptedAuth } from './scripted/default-answers.ts'
export type { Gate } from './scripted/gate.ts'
export type { PagesOptions } from './scripted/pages.ts'
export {
  type ErrorDetails,
  type FrameReply,
  type PreparedDescription,
  type RawReply,
  type Reply,
  type ReplyContext,
  type RowsOptions,
  reply,
} from './scripted/reply.ts'
export type { ReceivedRequest, RequestMatcher, RequestMessages, RequestOf, RequestType } from './scripted/request.ts'
export type { ScriptedConnection } from './scripted/scripted-connection.ts'
export {
  type Prime,
  type ReplySource,
  ScriptedServer,
  type ScriptedServerOptions,
  type Violation,
} from './scripted/scripted-server.ts'
export type { ScriptedPeer } from './scripted/system-tables.ts'
