// Says where the time of a processor profile went: `node bench/profile.ts FILE.cpuprofile [SECONDS]`, without the first seconds, in
// which the proxy starts (3). `bench/proxy.ts --cpu-prof DIR` makes one. What system calls cost is in perf-profile.ts.

import { readFileSync } from 'node:fs'
import { BenchError, ExitCode, exitCodeOf } from './errors.ts'
import { textTable } from './text-table.ts'

const FUNCTIONS_SHOWN = 40
const NOT_WORK: ReadonlySet<string> = new Set(['(idle)', '(root)'])

/** What `node --cpu-prof` writes (Chrome DevTools protocol, Profiler.Profile), as far as it is read here. */
interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

process.exitCode = run(process.argv.slice(2))

function run(argv: readonly string[]): number {
  try {
    const [file, skipped = '3'] = argv
    if (file === undefined || !(Number(skipped) >= 0)) {
      throw new BenchError('BENCH_USAGE', 'usage: node bench/profile.ts FILE.cpuprofile [SECONDS]')
    }
    const self = selfTimes(parseProfile(file), Number(skipped) * 1e6)
    process.stdout.write(`${shares(byKey(self, areaOf), 'area')}\n\n${shares(byKey(self, nameOf), 'function')}\n`)
    return ExitCode.OK
  } catch (error) {
    if (!(error instanceof BenchError)) throw error
    process.stderr.write(`bench: ${error.message}\n`)
    return exitCodeOf(error.code)
  }
}

/** @throws BENCH_BAD_PROFILE */
function parseProfile(file: string): Profile {
  try {
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Partial<Profile>
    const { nodes, samples, timeDeltas } = profile
    if (nodes && samples && timeDeltas) return { nodes, samples, timeDeltas }
  } catch (cause) {
    throw new BenchError('BENCH_BAD_PROFILE', `cannot read ${file} as a processor profile`, { cause })
  }
  throw new BenchError('BENCH_BAD_PROFILE', `${file} is no processor profile: it has no samples`)
}

/** Microseconds by node, without time in which nothing ran. */
function selfTimes(profile: Profile, skippedUs: number): Map<ProfileNode, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const times = new Map<ProfileNode, number>()
  let us = 0
  profile.samples.forEach((id, i) => {
    const node = nodes.get(id)
    us += profile.timeDeltas[i] ?? 0
    if (!node || us < skippedUs || NOT_WORK.has(node.callFrame.functionName)) return
    times.set(node, (times.get(node) ?? 0) + (profile.timeDeltas[i] ?? 0))
  })
  return times
}

function byKey(times: ReadonlyMap<ProfileNode, number>, keyOf: (node: ProfileNode) => string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [node, us] of times) sums.set(keyOf(node), (sums.get(keyOf(node)) ?? 0) + us)
  return sums
}

/** `transport/framer`, `proxy/settle`, `node:net`: a package's file, or its folder where it has folders. */
function areaOf({ callFrame: { url, functionName } }: ProfileNode): string {
  const [, name, path] = /packages\/([a-z]+)\/src\/(.+)\.ts$/.exec(url) ?? []
  if (name !== undefined && path !== undefined) return `${name}/${path.split('/')[0]}`
  if (url !== '') return url
  return functionName.startsWith('(') ? functionName : `native ${functionName}`
}

function nameOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? name : `${name} ${url.replace(/^.*\/packages\//, '')}:${lineNumber + 1}`
}

function shares(sums: ReadonlyMap<string, number>, what: string): string {
  const total = [...sums.values()].reduce((sum, us) => sum + us, 0)
  const rows = [...sums]
    .toSorted(([, first], [, second]) => second - first)
    .slice(0, FUNCTIONS_SHOWN)
    .map(([key, us]) => [key, `${((us / total) * 100).toFixed(1)} %`, (us / 1000).toFixed(0)])
  return textTable([what, 'share', 'ms'], rows, 1)
}
