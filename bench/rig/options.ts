import { parseArgs } from 'node:util'
import { BenchError } from '../errors.ts'
import type { Shape } from './load.ts'

export interface ProxyBenchOptions {
  readonly shapes: readonly Shape[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly hasTimestamps: boolean
  /** File that the figures go to as JSON. */
  readonly jsonFile: string | null
  /** Whether too small a ratio to DataStax's proxy fails the run. */
  readonly isChecked: boolean
  /** Another checkout of this repository, whose proxy is measured beside this one's. */
  readonly otherCheckout: string | null
  /** Folder that Node writes a processor profile of our proxy to. */
  readonly profileFolder: string | null
  /** File that Linux perf writes its samples of our proxy to; the last load of ours stays. */
  readonly perfFile: string | null
}

export const proxyBenchUsage = `usage: node --conditions=@zdmkit/source bench/proxy.ts [options]

  --shapes LIST     connections x requests in flight on each (16x16,16x1,200x4,1000x1)
  --seconds S       length of each load (4)
  --warm-up S       before each load (2)
  --rounds N        times that everything is measured; figures are medians (2)
  --no-timestamps   requests without a default timestamp, so that a proxy gives writes one
  --json FILE       all figures of all rounds
  --check           exit 1 unless ours serves 6 times the peer's operations/s at 16x16 and 4 times at 200x4
  --other DIR       another checkout of this repository, measured beside this one: before and after a change
  --cpu-prof DIR    Node writes a profile of our proxy there; see bench/profile.ts
  --perf FILE       Linux perf writes its samples of our proxy there; see bench/perf-profile.ts

ZDM_PEER_PROXY names the binary of DataStax's ZDM Proxy, which is then measured beside ours.
`

/** @throws BENCH_USAGE */
export function parseOptions(argv: readonly string[]): ProxyBenchOptions | 'help' {
  const { values } = parse(argv)
  if (values.help) return 'help'
  return {
    shapes: values.shapes.split(',').map(parseShape),
    rounds: positive('--rounds', values.rounds, Number.isInteger),
    seconds: positive('--seconds', values.seconds),
    warmUpSeconds: positive('--warm-up', values['warm-up']),
    hasTimestamps: !values['no-timestamps'],
    jsonFile: values.json ?? null,
    isChecked: values.check,
    otherCheckout: values.other ?? null,
    perfFile: values.perf ?? null,
    profileFolder: values['cpu-prof'] ?? null,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', default: false },
        shapes: { type: 'string', default: '16x16,16x1,200x4,1000x1' },
        seconds: { type: 'string', default: '4' },
        'warm-up': { type: 'string', default: '2' },
        rounds: { type: 'string', default: '2' },
        'no-timestamps': { type: 'boolean', default: false },
        json: { type: 'string' },
        check: { type: 'boolean', default: false },
        other: { type: 'string' },
        perf: { type: 'string' },
        'cpu-prof': { type: 'string' },
      },
    })
  } catch (cause) {
    throw new BenchError('BENCH_USAGE', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function parseShape(text: string): Shape {
  const [, connections = '0', inFlight = '0'] = /^(\d+)x(\d+)$/.exec(text) ?? []
  const shape = { connections: Number(connections), inFlight: Number(inFlight) }
  if (shape.connections < 1 || shape.inFlight < 1) {
    throw new BenchError('BENCH_USAGE', `--shapes: "${text}" is not CONNECTIONSxIN_FLIGHT, such as 16x16`)
  }
  return shape
}

function positive(flag: string, text: string, isFit: (value: number) => boolean = Number.isFinite): number {
  const value = Number(text)
  if (!(value > 0) || !isFit(value)) throw new BenchError('BENCH_USAGE', `${flag}: "${text}" does not fit`)
  return value
}
