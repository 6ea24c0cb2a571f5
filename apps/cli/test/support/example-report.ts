import type { RoutingStatus } from '../../src/migration/proxy/admin-client.ts'
import type { RequestCounts } from '../../src/migration/proxy/metrics.ts'
import type { MigrationReport, PhaseReport } from '../../src/migration/report.ts'

/** Of phase 2. */
export const EXAMPLE_ROUTING: RoutingStatus = {
  ...{ writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0 },
  ...{ generation: 2, settled: true, changedAtMicros: '1', writesChangedAtMicros: '1', unsettledRequests: 0 },
}

/** Nothing was asked. */
export const NO_REQUESTS: RequestCounts = {
  ...{ readsOrigin: 0, readsTarget: 0, writes: 0, originReads: 0, originWrites: 0, targetReads: 0, targetWrites: 0 },
  ...{ comparedReads: 0, readMismatches: 0, failedReads: 0, failedWrites: 0 },
}

/** A migration of one phase in which nothing went wrong. */
export function exampleReport(change: Partial<MigrationReport> = {}): MigrationReport {
  const requests = {
    ...NO_REQUESTS,
    readsOrigin: 700,
    writes: 300,
    originReads: 700,
    originWrites: 300,
    targetWrites: 300,
  }
  const phase: PhaseReport = {
    ...{
      label: 'phase-2',
      phase: 2,
      title: 'dual writes',
      routing: EXAMPLE_ROUTING,
      settleMs: 4,
      seconds: 5.04,
      requests,
    },
    ...{ operations: 1_000, reads: 700, writes: 300, failures: 0, p50Ms: 2.25, p99Ms: 19.9, maxMs: 30 },
  }
  const table = { originRows: 1_200, targetRows: 1_200, equal: 1_200, missing: 0, extra: 0, different: 0, moving: 0 }
  return {
    ...{ schemaVersion: 1, kind: 'migration', isSuccess: true, reasons: [], startedAt: '2026-01-01T00:00:00.000Z' },
    ...{ seconds: 61.2, seed: 1, provider: 'embedded' },
    origin: {
      ...{
        name: 'DSE_Cluster',
        releaseVersion: '4.0.18',
        dataCenter: 'dc1',
        contactPoints: ['127.0.0.1'],
        port: 20_010,
      },
    },
    target: {
      ...{ name: 'HCD_Cluster', releaseVersion: '5.0.5', dataCenter: 'datacenter1', contactPoints: ['127.0.0.1'] },
      port: 20_020,
    },
    seeded: { users: 1_000, orders: 2_000, products: 500, user_activity: 5_000 },
    phases: [phase],
    traffic: { operations: 1_000, reads: 700, writes: 300, failures: 0, failed: [] },
    requests: { ...requests, unanswered: 0 },
    backfill: {
      tables: [
        { table: 'users', rowsRead: 1_100, rowsWritten: 1_100, rowsFailed: 0, seconds: 1, guessed: ['row markers'] },
      ],
      ...{ rowsWritten: 1_100, seconds: 1 },
    },
    validation: {
      tables: [{ table: 'users', ...table, rechecked: 0, resolved: 0, listed: [] }],
      isEqual: true,
      seconds: 1,
    },
    ledger: { rows: 200, acknowledged: 300, unknown: 0, lost: [] },
    kept: null,
    ...change,
  }
}
