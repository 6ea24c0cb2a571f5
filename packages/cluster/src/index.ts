export { types } from 'cassandra-driver'
export type { ClusterAddress } from './address.ts'
export { Cluster, type ClusterOptions, type ExecuteOptions, type Row } from './cluster.ts'
export { type ConsistencyName, DEFAULT_CONSISTENCY, isConsistencyName } from './consistency.ts'
export { ClusterError, type ClusterErrorCode, clusterErrorCodes, isRetryable } from './errors.ts'
export { formatKey } from './format-key.ts'
export { type RawRequestOptions, RawSession, type RawSessionOptions } from './raw/raw-session.ts'
export type { RawPage, RawStatement, RawValue } from './raw/raw-statement.ts'
export { DEFAULT_RETRY, type RetryOptions, type RetryPolicy, retrying } from './retry.ts'
export { coversRing, RING_END, RING_START, splitRing, subtractRanges, type TokenRange } from './ring.ts'
export {
  hasReadableWriteTime,
  type ScanColumns,
  type ScannedRow,
  type ScanOptions,
  scanColumns,
  scanTable,
} from './scan.ts'
export { quoteName } from './schema/quote-name.ts'
export type { CollectionKind, Column, ColumnKind, Table, UserType } from './schema/table.ts'
