import { median } from '../median.ts'
import { textTable } from '../text-table.ts'
import type { LoadResult } from './load.ts'

/** One load of one round. */
export interface Measurement extends LoadResult {
  readonly round: number
  readonly shape: string
  readonly who: string
}

/** Ours divided by the other's, each within a round, then the median of the rounds. */
export interface Ratio {
  readonly shape: string
  readonly to: string
  /** Above 1: ours serves more. */
  readonly opsPerSecond: number
  /** Below 1: ours takes less processor time for one operation. */
  readonly cpuUsPerOp: number
}

export interface Check {
  readonly shape: string
  readonly least: number
  readonly ratio: number
  readonly isMet: boolean
}

/** Least ours/peer in operations/s (docs/bench.md). */
const LEAST_RATIOS: Readonly<Record<string, number>> = { '16x16': 6, '200x4': 4 }

export function ratiosTo(to: string, measurements: readonly Measurement[]): Ratio[] {
  const shapes = [...new Set(measurements.map(({ shape }) => shape))]
  return shapes.flatMap((shape) => {
    const ofShape = measurements.filter((measurement) => measurement.shape === shape)
    const pairs = ofShape.flatMap((ours) => {
      const other = ofShape.find(({ round, who }) => round === ours.round && who === to)
      return ours.who === 'ours' && other ? [{ ours, other }] : []
    })
    if (pairs.length === 0) return []
    return [
      {
        shape,
        to,
        opsPerSecond: median(pairs.map(({ ours, other }) => ours.opsPerSecond / other.opsPerSecond)),
        cpuUsPerOp: median(pairs.map(({ ours, other }) => ours.cpuUsPerOp / other.cpuUsPerOp)),
      },
    ]
  })
}

export function checkRatios(ratios: readonly Ratio[]): Check[] {
  return Object.entries(LEAST_RATIOS).map(([shape, least]) => {
    const ratio = ratios.find((candidate) => candidate.shape === shape && candidate.to === 'peer')?.opsPerSecond ?? 0
    return { shape, least, ratio, isMet: ratio >= least }
  })
}

/** Shapes that `checkRatios` needs. */
export const checkedShapes: readonly string[] = Object.keys(LEAST_RATIOS)

/** Medians of the rounds; memory is the largest of them. */
export function measurementTable(measurements: readonly Measurement[]): string {
  const keys = [...new Set(measurements.map(({ shape, who }) => `${shape} ${who}`))]
  const rows = keys.map((key) => {
    const [shape = '', who = ''] = key.split(' ')
    const ofKey = measurements.filter((measurement) => measurement.shape === shape && measurement.who === who)
    const middle = (of: (measurement: Measurement) => number): number => median(ofKey.map(of))
    return {
      shape,
      cells: [
        shape,
        who,
        Math.round(middle((measurement) => measurement.opsPerSecond)).toLocaleString('en-US'),
        milliseconds(middle((measurement) => measurement.p50Us)),
        milliseconds(middle((measurement) => measurement.p99Us)),
        middle((measurement) => measurement.cpuUsPerOp).toFixed(2),
        `${Math.round(middle((measurement) => measurement.cpuCores) * 100)} %`,
        Math.max(...ofKey.map(({ rssMb }) => rssMb)).toFixed(0),
      ],
    }
  })
  const heading = ['shape', 'who', 'operations/s', 'p50 ms', 'p99 ms', 'CPU µs/op', 'of a core', 'RSS MB']
  const shapes = [...new Set(rows.map(({ shape }) => shape))]
  const ordered = shapes.flatMap((shape) => rows.filter((row) => row.shape === shape))
  return textTable(
    heading,
    ordered.map(({ cells }) => cells),
    2,
  )
}

export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ shape, to, opsPerSecond, cpuUsPerOp }) => [
    shape,
    `ours/${to}`,
    opsPerSecond.toFixed(2),
    cpuUsPerOp.toFixed(2),
  ])
  return textTable(['shape', 'ratio', 'operations/s', 'CPU µs/op'], rows, 2)
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(2)
}
