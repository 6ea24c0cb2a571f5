// Times small pieces of code: warm-up, many samples, the median and how far they lie apart. Others may use the machine at the same
// time. What runs in one go is timed by the clock in samples so short that most are not interrupted. What needs the event loop is timed
// by the processor time of this thread, which Linux tells to some milliseconds, so those samples are long.

import { median } from './median.ts'

interface NamedBench {
  /** `module: what one operation is`. */
  readonly name: string
  /** Operations that only come together; 1 if absent. */
  readonly step?: number
}

/** One thing that is timed. Its `run` does `count` operations, a multiple of `step`, and gives something that depends on them. */
export interface Bench extends NamedBench {
  readonly run: (count: number) => unknown
}

/** As {@link Bench} for what needs the event loop: resolves when all `count` operations are over. */
export interface TurnBench extends NamedBench {
  readonly runTurns: (count: number) => Promise<unknown>
  /** Ends what the bench has opened. */
  readonly close: () => Promise<void>
}

export interface BenchResult {
  readonly name: string
  /** Median of the samples. */
  readonly nsPerOp: number
  readonly fastestNsPerOp: number
  /** Half the distance from the lower to the upper quartile, in percent of the median. */
  readonly spreadPercent: number
  /** On the heap, without what lies outside of it; `null` where it is not known: of turns, and without `--expose-gc`. */
  readonly heapBytesPerOp: number | null
}

export interface HarnessOptions {
  readonly warmUpMs: number
  readonly samples: number
  readonly sampleMs: number
  /** Of benches that need the event loop. */
  readonly turnSamples: number
  readonly turnSampleMs: number
}

export const harnessDefaults: HarnessOptions = {
  warmUpMs: 300,
  samples: 151,
  sampleMs: 2,
  turnSamples: 9,
  turnSampleMs: 200,
}

/** The last result is kept here: what an operation gives is used, so that the operation cannot be left out. */
const kept: unknown[] = [null]

export function measure(bench: Bench | TurnBench, options: HarnessOptions = harnessDefaults): Promise<BenchResult> {
  return 'run' in bench ? Promise.resolve(measureRun(bench, options)) : measureTurns(bench, options)
}

function measureRun(bench: Bench, options: HarnessOptions): BenchResult {
  const { run, step = 1 } = bench
  const sample = (count: number): number => {
    const before = performance.now()
    kept[0] = run(count)
    return (performance.now() - before) * 1e6
  }
  let count = step
  const until = performance.now() + options.warmUpMs
  do count = nextCount(count, step, sample(count), options.sampleMs)
  while (performance.now() < until)
  const samples = Array.from({ length: options.samples }, () => sample(count) / count)
  const heapBytesPerOp = heapBytes(run, step * Math.ceil(Math.min(count, HEAP_OPERATIONS) / step))
  return summary(bench.name, samples, heapBytesPerOp)
}

async function measureTurns(bench: TurnBench, options: HarnessOptions): Promise<BenchResult> {
  const { step = 1 } = bench
  const sample = async (count: number): Promise<number> => {
    const before = process.threadCpuUsage()
    kept[0] = await bench.runTurns(count)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) * 1000
  }
  let count = step
  const until = performance.now() + Math.max(options.warmUpMs, options.turnSampleMs * 2)
  do count = nextCount(count, step, await sample(count), options.turnSampleMs)
  while (performance.now() < until)
  const samples: number[] = []
  for (let i = 0; i < options.turnSamples; i++) samples.push((await sample(count)) / count)
  return summary(bench.name, samples, null)
}

/** Operations that take about as long as a sample should; `ns` is what `count` of them took. */
function nextCount(count: number, step: number, ns: number, sampleMs: number): number {
  const factor = Math.min(4, (sampleMs * 1e6) / Math.max(1, ns))
  return Math.max(1, Math.round((count * factor) / step)) * step
}

function summary(name: string, samples: readonly number[], heapBytesPerOp: number | null): BenchResult {
  const sorted = samples.toSorted((first, second) => first - second)
  const quantile = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN
  const nsPerOp = median(samples)
  const spreadPercent = ((quantile(0.75) - quantile(0.25)) / 2 / nsPerOp) * 100
  return { name, nsPerOp, fastestNsPerOp: quantile(0), spreadPercent, heapBytesPerOp }
}

/** Of few enough operations that the young generation takes them without a collection; the median of some tries. */
function heapBytes(run: (count: number) => unknown, operations: number): number | null {
  const collect = globalThis.gc
  if (collect === undefined) return null
  const used = (work: () => unknown): number => {
    void collect()
    const before = process.memoryUsage().heapUsed
    kept[0] = work()
    return process.memoryUsage().heapUsed - before
  }
  const tries = Array.from({ length: HEAP_TRIES }, () => used(() => run(operations)))
  const own = Array.from({ length: HEAP_TRIES }, () => used(() => 0))
  return Math.max(0, Math.round((median(tries) - median(own)) / operations))
}

const HEAP_OPERATIONS = 5000
const HEAP_TRIES = 9
