import type { ClusterAddress } from '@zdmkit/cluster'
import type { ClusterProvider, ClusterSpec } from '@zdmkit/testkit'
import { CliError } from '../errors.ts'
import type { RoutingStatus } from './proxy/admin-client.ts'
import type { MigrationListener } from './steps.ts'

/** What a migration walks through, and how fast. */
export interface MigrationOptions {
  readonly origin: ClusterSpec
  readonly target: ClusterSpec
  /** Starts the two clusters. */
  readonly provider: ClusterProvider
  /** `report.json` and the proxy's log are written there at the end; made where it is missing. Default null: nowhere. */
  readonly outDirectory?: string | null
  /** A whole number from 0 that decides data and traffic. Default 1. */
  readonly seed?: number
  /** Least time of every phase, and of every step of phase 4. Default 5. */
  readonly phaseSeconds?: number
  /** Workers of the application; each has one operation in flight. Default 4. */
  readonly workers?: number
  /** Pause of a worker between two operations. Default 25. */
  readonly delayMs?: number
  /** Leaves the clusters and the proxy running when the walk came to its end. Default false. */
  readonly keep?: boolean
  /** Port of the proxy for clients. Default 0: any free one. */
  readonly proxyPort?: number
  readonly progress?: MigrationListener
  /** Ends the walk; everything that it started is gone when the call rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called when the routing of a phase, or of a step of phase 4, is in force and settled; its time begins afterwards. */
  readonly onPhase?: (entry: PhaseEntry) => void | Promise<void>
  /**
   * For tests of what goes wrong on the way: gives the address at which the proxy, and nobody else, finds a cluster. Disposed
   * of after the proxy has ended.
   */
  readonly interpose?: (role: ClusterSpec['role'], address: ClusterAddress) => Promise<Interposed>
}

/** Something between the proxy and a cluster. */
export interface Interposed extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/** The state in which a phase begins. */
export interface PhaseEntry {
  /** Unique, such as `phase-1` or `phase-4-50`. */
  readonly label: string
  /** 1 to 5. */
  readonly phase: number
  readonly title: string
  readonly routing: RoutingStatus
  readonly origin: ClusterAddress
  readonly target: ClusterAddress
  readonly proxy: ClusterAddress
}

/** Options with every default filled in. */
export interface MigrationSettings {
  readonly seed: number
  readonly phaseSeconds: number
  readonly workers: number
  readonly delayMs: number
  readonly proxyPort: number
}

const DEFAULTS: MigrationSettings = { seed: 1, phaseSeconds: 5, workers: 4, delayMs: 25, proxyPort: 0 }

/** @throws MIGRATION_BAD_OPTION */
export function settingsOf(options: MigrationOptions): MigrationSettings {
  const settings: MigrationSettings = {
    seed: options.seed ?? DEFAULTS.seed,
    phaseSeconds: options.phaseSeconds ?? DEFAULTS.phaseSeconds,
    workers: options.workers ?? DEFAULTS.workers,
    delayMs: options.delayMs ?? DEFAULTS.delayMs,
    proxyPort: options.proxyPort ?? DEFAULTS.proxyPort,
  }
  const { seed, phaseSeconds, workers, delayMs, proxyPort } = settings
  const problem = !(Number.isSafeInteger(seed) && seed >= 0)
    ? `seed ${seed} is not a whole number from 0`
    : !(phaseSeconds > 0 && phaseSeconds <= 3_600)
      ? `phaseSeconds ${phaseSeconds} is not above 0 and at most 3600`
      : !(Number.isInteger(workers) && workers >= 1 && workers <= 1_024)
        ? `workers ${workers} is not a whole number from 1 to 1024`
        : !(delayMs >= 0)
          ? `delayMs ${delayMs} is not a number from 0`
          : !(Number.isInteger(proxyPort) && proxyPort >= 0 && proxyPort <= 65_535)
            ? `proxyPort ${proxyPort} is not between 0 and 65535`
            : null
  if (problem !== null) throw new CliError('MIGRATION_BAD_OPTION', `the migration cannot start: ${problem}`)
  return settings
}
