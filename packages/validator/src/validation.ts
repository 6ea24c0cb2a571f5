import { setTimeout as pauseMs } from 'node:timers/promises'
import {
  Cluster,
  type ClusterAddress,
  type ConsistencyName,
  DEFAULT_CONSISTENCY,
  scanTable,
  splitRing,
  type Table,
} from '@zdmkit/cluster'
import { type Clock, type Logger, type ProgressEmitter, silentLogger, systemClock } from '@zdmkit/runtime'
import { ValidatorError } from './errors.ts'
import { ClusterRowReader } from './recheck/row-reader.ts'
import { isEqual, type TableReport, type ValidationReport } from './report.ts'
import { checkSameSchema } from './schema.ts'
import { type TableSide, validateTable } from './table-validation.ts'

export interface ValidationOptions {
  readonly origin: ClusterAddress
  readonly target: ClusterAddress
  readonly keyspace: string
  /** Default: every table of the origin's keyspace; views follow their tables and are not compared. */
  readonly tables?: readonly string[]
  /** Ranges into which the ring is cut. Default 64. */
  readonly splits?: number
  /** Ranges scanned at a time. Default 8. */
  readonly concurrency?: number
  /** Pause before a difference is read again; it doubles from try to try. Default 500. */
  readonly recheckDelayMs?: number
  /** How often a difference is read again before it counts. Default 3; rows written to meanwhile get twice as many. */
  readonly recheckTries?: number
  /** Differences named per table; all are counted. Default 100. */
  readonly maxListed?: number
  /** Rows per page. Default 1000. */
  readonly pageSize?: number
  /** Default LOCAL_QUORUM. */
  readonly consistency?: ConsistencyName
}

export interface ValidationContext {
  /** Aborting it ends the validation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Gets a task per table, counting ranges. */
  readonly progress?: ProgressEmitter
  readonly logger?: Logger
  readonly clock?: Clock
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<unknown>
}

const DEFAULTS = { splits: 64, concurrency: 8, recheckDelayMs: 500, recheckTries: 3, maxListed: 100, pageSize: 1_000 }

type Settings = typeof DEFAULTS &
  Pick<ValidationOptions, 'keyspace' | 'tables'> & { readonly consistency: ConsistencyName }

/**
 * Compares tables of two clusters row by row, in both directions, by the bytes of their cells. Both are only read.
 * @throws VALIDATOR_BAD_OPTION, VALIDATOR_NOTHING_TO_COMPARE, VALIDATOR_SCHEMA_DIFFERS, and CLUSTER_ codes of requests that
 * failed again and again: what could not be read is not called equal
 */
export async function runValidation(
  options: ValidationOptions,
  context: ValidationContext = {},
): Promise<ValidationReport> {
  const settings = settingsOf(options)
  context.signal?.throwIfAborted()
  const connection = { applicationName: 'zdm-validate', consistency: settings.consistency }
  await using origin = await Cluster.connect(options.origin, connection)
  await using target = await Cluster.connect(options.target, connection)
  return await new Validation({ origin, target }, settings, context).run()
}

class Validation {
  readonly #origin: Cluster
  readonly #target: Cluster
  readonly #settings: Settings
  readonly #context: ValidationContext
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(clusters: { origin: Cluster; target: Cluster }, settings: Settings, context: ValidationContext) {
    this.#origin = clusters.origin
    this.#target = clusters.target
    this.#settings = settings
    this.#context = context
    this.#clock = context.clock ?? systemClock
    this.#logger = context.logger ?? silentLogger
  }

  async run(): Promise<ValidationReport> {
    const { keyspace, splits, consistency } = this.#settings
    const startedAt = new Date(this.#clock.nowMs()).toISOString()
    const startedMs = this.#clock.monotonicMs()
    const { names, onlyOnTarget } = await this.#chooseTables()
    // All schemas first: a table that cannot be compared is said at once, not after hours.
    const pairs: Table[] = []
    for (const name of names) {
      const [origin, target] = await Promise.all([
        this.#origin.readTable(keyspace, name),
        this.#target.readTable(keyspace, name),
      ])
      checkSameSchema(origin, target)
      pairs.push(origin)
    }
    const tables: TableReport[] = []
    for (const table of pairs) tables.push(await this.#validate(table))
    return {
      ...{ schemaVersion: 1, kind: 'validation', keyspace },
      origin: { name: this.#origin.name, releaseVersion: this.#origin.releaseVersion },
      target: { name: this.#target.name, releaseVersion: this.#target.releaseVersion },
      startedAt,
      elapsedSeconds: (this.#clock.monotonicMs() - startedMs) / 1_000,
      ...{ ranges: splits, consistency, tables, onlyOnTarget },
      equal: tables.every(isEqual),
    }
  }

  async #chooseTables(): Promise<{ names: readonly string[]; onlyOnTarget: readonly string[] }> {
    const { keyspace, tables } = this.#settings
    if (tables) return { names: tables, onlyOnTarget: [] }
    const [onOrigin, onTarget] = await Promise.all([
      this.#origin.listTables(keyspace),
      this.#target.listTables(keyspace),
    ])
    if (onOrigin.length === 0) {
      throw new ValidatorError(
        'VALIDATOR_NOTHING_TO_COMPARE',
        `keyspace ${keyspace} has no table on origin ${this.#origin.name}`,
      )
    }
    return { names: onOrigin, onlyOnTarget: onTarget.filter((name) => !onOrigin.includes(name)) }
  }

  async #validate(table: Table): Promise<TableReport> {
    const { splits, concurrency, recheckDelayMs, recheckTries, maxListed } = this.#settings
    const signal = this.#context.signal ?? new AbortController().signal
    const progress = this.#context.progress?.start({ task: `validate ${table.name}`, unit: 'ranges', total: splits })
    try {
      const report = await validateTable({
        ...{ table, origin: this.#side(this.#origin, table), target: this.#side(this.#target, table) },
        ...{ ranges: splitRing(splits), concurrency, recheckDelayMs, recheckTries, maxListed, signal },
        nowMs: () => this.#clock.nowMs(),
        sleep: this.#context.sleep ?? ((delayMs, aborting) => pauseMs(delayMs, undefined, { signal: aborting })),
        onRangeDone: () => progress?.advance(),
      })
      progress?.finish()
      const { listed: _, ...counts } = report
      this.#logger.info('table_validated', { ...counts })
      return report
    } catch (error) {
      progress?.fail(error)
      throw error
    }
  }

  #side(cluster: Cluster, table: Table): TableSide {
    const { pageSize, consistency } = this.#settings
    return {
      scan: (range, signal) =>
        scanTable(cluster, table, { ranges: [range], writeTimes: false, pageSize, consistency, signal }),
      reader: new ClusterRowReader({ cluster, table, consistency, signal: this.#context.signal }),
    }
  }
}

function settingsOf(options: ValidationOptions): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const settings: Settings = { consistency: DEFAULT_CONSISTENCY, ...DEFAULTS, ...(given as ValidationOptions) }
  const least = { splits: 1, concurrency: 1, recheckDelayMs: 0, recheckTries: 1, maxListed: 0, pageSize: 1 }
  for (const [name, minimum] of Object.entries(least)) {
    const value = settings[name as keyof typeof least]
    if (!Number.isSafeInteger(value) || value < minimum) {
      throw new ValidatorError('VALIDATOR_BAD_OPTION', `${name} ${value} is not a whole number from ${minimum}`)
    }
  }
  if (settings.tables?.length === 0) {
    throw new ValidatorError('VALIDATOR_BAD_OPTION', 'tables is an empty list; leave it out to compare all tables')
  }
  return settings
}
