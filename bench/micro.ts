// Times the hot modules one by one: `node --conditions=@zdmkit/source bench/micro.ts [MODULE...]`. Heap bytes need `--expose-gc`.

import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { dispatchBenches } from './dispatch.ts'
import { BenchError, ExitCode, exitCodeOf } from './errors.ts'
import { framerBenches } from './framer.ts'
import { gathererBenches } from './gatherer.ts'
import {
  type Bench,
  type BenchResult,
  type HarnessOptions,
  harnessDefaults,
  measure,
  type TurnBench,
} from './harness.ts'
import { lexerBenches } from './lexer.ts'
import { preparedCacheBenches } from './prepared-cache.ts'
import { recordersBenches } from './recorders.ts'
import { requestShapeBenches } from './request-shape.ts'
import { settleBenches } from './settle.ts'
import { statementBenches } from './statement.ts'
import { statementCacheBenches } from './statement-cache.ts'
import { streamIdsBenches } from './stream-ids.ts'
import { textTable } from './text-table.ts'

/** By the name of the module; made only when they are asked for, since some open sockets. */
const modules: Readonly<Record<string, () => readonly (Bench | TurnBench)[] | Promise<readonly TurnBench[]>>> = {
  framer: () => framerBenches,
  'stream-ids': () => streamIdsBenches,
  gatherer: gathererBenches,
  'request-shape': () => requestShapeBenches,
  recorders: () => recordersBenches,
  lexer: () => lexerBenches,
  statement: () => statementBenches,
  'statement-cache': () => statementCacheBenches,
  'prepared-cache': () => preparedCacheBenches,
  settle: () => settleBenches,
  dispatch: dispatchBenches,
}

/** Whether everything runs, not how fast. */
const quickOptions: HarnessOptions = { warmUpMs: 10, samples: 3, sampleMs: 1, turnSamples: 1, turnSampleMs: 5 }

const usage = `usage: node --expose-gc --conditions=@zdmkit/source bench/micro.ts [MODULE...] [--json FILE] [--quick]

Modules: ${Object.keys(modules).join(', ')} (all)
--quick takes 3 short samples: whether everything runs, not how fast.
`

process.exitCode = await run(process.argv.slice(2))

async function run(argv: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parse(argv)
    if (values.help) {
      process.stdout.write(usage)
      return ExitCode.OK
    }
    const names = positionals.length === 0 ? Object.keys(modules) : positionals
    const options = values.quick ? quickOptions : harnessDefaults
    const machine = `${cpus()[0]?.model.trim() ?? '?'}, ${availableParallelism()} cores, Node ${process.version}`
    const date = new Date().toISOString()
    process.stdout.write(`${date}, ${machine}, load average ${(loadavg()[0] ?? 0).toFixed(2)}\n\n`)
    const results: BenchResult[] = []
    for (const name of names) results.push(...(await measureModule(name, options)))
    process.stdout.write(`${resultTable(results)}\n`)
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ date, machine, results }, null, 2)}\n`)
    return ExitCode.OK
  } catch (error) {
    if (!(error instanceof BenchError)) throw error
    process.stderr.write(`bench: ${error.message}\n`)
    return exitCodeOf(error.code)
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new BenchError('BENCH_USAGE', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

async function measureModule(name: string, options: HarnessOptions): Promise<BenchResult[]> {
  const make = modules[name]
  if (make === undefined) {
    throw new BenchError('BENCH_USAGE', `no bench "${name}"; there are ${Object.keys(modules).join(', ')}`)
  }
  const benches = await make()
  const results: BenchResult[] = []
  try {
    for (const bench of benches) results.push(await measure(bench, options))
  } finally {
    for (const bench of benches) if ('close' in bench) await bench.close()
  }
  return results
}

function resultTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, nsPerOp, fastestNsPerOp, spreadPercent, heapBytesPerOp }) => [
    name,
    duration(nsPerOp),
    duration(fastestNsPerOp),
    `± ${spreadPercent.toFixed(1)} %`,
    heapBytesPerOp === null ? '-' : `${heapBytesPerOp}`,
  ])
  return textTable(['one operation', 'median ns', 'fastest ns', 'spread', 'heap bytes'], rows, 1)
}

function duration(ns: number): string {
  return ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en-US')
}
