import { BenchError } from '../errors.ts'
import { Child } from './child.ts'

/** Client connections and the requests that each keeps in flight. */
export interface Shape {
  readonly connections: number
  readonly inFlight: number
}

export interface LoadOptions {
  readonly shape: Shape
  /** Seconds that count; the load runs a warm-up before. */
  readonly seconds: number
  readonly warmUpSeconds: number
  /** `false`: requests without a default timestamp, so that a proxy has to give them one. */
  readonly hasTimestamps: boolean
}

/** Where a load goes, and whose processor time it is charged to. */
export interface LoadTarget {
  readonly name: string
  readonly port: number
  readonly pid: number
}

/** One load, as cqlbench reports it. Errors are none: a load with any fails. */
export interface LoadResult {
  readonly ops: number
  readonly opsPerSecond: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly cpuUsPerOp: number
  /** 1: the process had a whole core, so operations/s are what it can do. */
  readonly cpuCores: number
  /** Peak during the load. */
  readonly rssMb: number
}

interface RawResult extends LoadResult {
  readonly errors: number
  readonly unanswered: number
  readonly errorsByOpcode: Readonly<Record<string, number>>
  readonly errorsByCode: Readonly<Record<string, number>>
  readonly firstError: string
}

export function shapeName(shape: Shape): string {
  return `${shape.connections}x${shape.inFlight}`
}

/** Runs one load. @throws BENCH_LOAD_FAILED when a connection failed, or an operation did or was never answered */
export async function runLoad(
  program: string,
  core: number | null,
  target: LoadTarget,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<LoadResult> {
  const { shape } = options
  const name = `load ${shapeName(shape)} on ${target.name}`
  await using child = new Child({
    name,
    command: program,
    args: [
      'load',
      '--port',
      `${target.port}`,
      '--connections',
      `${shape.connections}`,
      '--in-flight',
      `${shape.inFlight}`,
      '--seconds',
      `${options.seconds}`,
      '--warm-up',
      `${options.warmUpSeconds}`,
      '--pids',
      `${target.pid}`,
      ...(options.hasTimestamps ? [] : ['--no-timestamps']),
    ],
    env: {},
    core,
  })
  const exitCode = await child.exitCode(signal)
  const result = child.stdout.startsWith('{') ? (JSON.parse(child.stdout) as RawResult) : null
  if (result === null) throw new BenchError('BENCH_LOAD_FAILED', child.failure('failed').message)
  if (exitCode !== 0) {
    const { ops, errors, unanswered, errorsByOpcode, errorsByCode, firstError } = result
    const byCode = JSON.stringify({ ...errorsByOpcode, ...errorsByCode })
    throw new BenchError(
      'BENCH_LOAD_FAILED',
      `${name}: ${errors} of ${ops} operations failed ${byCode}, ${unanswered} were never answered${firstError === '' ? '' : `; first: ${firstError}`}`,
    )
  }
  return result
}
