import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { resolve } from 'node:path'
import { BenchError } from '../errors.ts'
import { Child } from './child.ts'
import { chooseCores } from './cores.ts'
import { type LoadTarget, runLoad, shapeName } from './load.ts'
import { compileCqlbench } from './native.ts'
import type { ProxyBenchOptions } from './options.ts'
import { checkedShapes, checkRatios, type Measurement, measurementTable, ratiosTo, ratioTable } from './report.ts'
import { type Server, startBackend, startOther, startOurs, startPeer, startRelay } from './servers.ts'

export interface ProxyBenchEnvironment {
  /** The binary of DataStax's proxy. */
  readonly peerProxy: string | undefined
  readonly signal: AbortSignal
  /** Takes one line, without its end. */
  readonly print: (line: string) => void
}

/**
 * Measures every shape in every round against each server in turn, so that noise of the machine hits all alike, and prints the
 * tables. Everything it starts has ended when it returns or throws.
 * @throws BENCH_CHECK_FAILED and the codes of what it starts
 */
export async function runProxyBench(options: ProxyBenchOptions, environment: ProxyBenchEnvironment): Promise<void> {
  const { print, peerProxy } = environment
  if (options.isChecked) requireCheckable(options, peerProxy)
  const program = compileCqlbench()
  const started = new Date()
  print(
    `${started.toISOString()}, ${cpus()[0]?.model.trim() ?? '?'}, ${availableParallelism()} cores, Node ${process.version}`,
  )
  print(`load average of the last minute: ${(loadavg()[0] ?? 0).toFixed(2)} (what others add makes figures worse)`)
  const measurements = await measureAll(program, options, environment)
  print(`\n${measurementTable(measurements)}`)
  const ratios = ['peer', 'relay', 'other'].flatMap((to) => ratiosTo(to, measurements))
  print(`\n${ratioTable(ratios)}`)
  const checks = options.isChecked ? checkRatios(ratios) : []
  if (options.jsonFile !== null) {
    const { rounds, seconds, warmUpSeconds, hasTimestamps, shapes } = options
    const report = {
      date: started.toISOString(),
      cpu: cpus()[0]?.model.trim(),
      cores: availableParallelism(),
      node: process.version,
      options: { shapes: shapes.map(shapeName), rounds, seconds, warmUpSeconds, hasTimestamps },
      measurements,
      ratios,
      checks,
    }
    writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`)
  }
  for (const { shape, least, ratio, isMet } of checks) {
    print(`check ${shape}: ours/peer ${ratio.toFixed(2)}, at least ${least}: ${isMet ? 'met' : 'NOT met'}`)
  }
  if (checks.some(({ isMet }) => !isMet)) {
    throw new BenchError('BENCH_CHECK_FAILED', 'the proxy is slower than it has to be')
  }
}

function requireCheckable(options: ProxyBenchOptions, peerProxy: string | undefined): void {
  const missing = checkedShapes.filter((shape) => !options.shapes.map(shapeName).includes(shape))
  if (missing.length > 0)
    throw new BenchError('BENCH_CHECK_FAILED', `--check needs the shapes ${missing.join(' and ')}`)
  if (!peerProxy) {
    const message = "--check compares with DataStax's proxy: set ZDM_PEER_PROXY to its binary"
    throw new BenchError('BENCH_CHECK_FAILED', message)
  }
}

/** Samples a process until disposed. */
function recordPerf(pid: number, file: string): Child {
  const args = ['record', '-F', `${PERF_HERTZ}`, '-g', '-p', `${pid}`, '-o', file]
  return new Child({ name: 'perf', command: 'perf', args, env: process.env, core: null })
}

const PERF_HERTZ = 2500

async function measureAll(
  program: string,
  options: ProxyBenchOptions,
  { print, peerProxy, signal }: ProxyBenchEnvironment,
): Promise<Measurement[]> {
  const cores = chooseCores()
  print(
    cores.unpinnedReason === null
      ? `each proxy on core ${cores.proxy}; load generator and back ends on core ${cores.load}`
      : `nothing is pinned to a core: ${cores.unpinnedReason}`,
  )
  await using running = new AsyncDisposableStack()
  const keep = async (server: Promise<Server>): Promise<Server> => {
    const started = await server
    running.use(started.child)
    return started
  }
  const origin = await keep(startBackend(program, 'origin', cores.load, signal))
  const target = await keep(startBackend(program, 'target', cores.load, signal))
  const server = { core: cores.proxy, ports: { origin: origin.port, target: target.port }, signal }
  const { profileFolder, perfFile } = options
  const profile = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`]
  // Names of compiled functions, in /tmp/perf-PID.map, where perf looks for them.
  if (perfFile !== null) profile.push('--perf-basic-prof')
  const targets: LoadTarget[] = [{ ...origin, name: 'direct' }]
  targets.push(await keep(startOurs(server, profile)))
  if (options.otherCheckout !== null) targets.push(await keep(startOther(server, options.otherCheckout)))
  targets.push(await keep(startRelay(server)))
  if (peerProxy) targets.push(await keep(startPeer(server, peerProxy)))
  else print("without DataStax's proxy: ZDM_PEER_PROXY does not name its binary")
  const measurements: Measurement[] = []
  for (let round = 1; round <= options.rounds; round++) {
    for (const shape of options.shapes) {
      for (const each of targets) {
        await using _perf = perfFile !== null && each.name === 'ours' ? recordPerf(each.pid, perfFile) : null
        const result = await runLoad(program, cores.load, each, { ...options, shape }, signal)
        measurements.push({ round, shape: shapeName(shape), who: each.name, ...result })
        const { opsPerSecond, cpuUsPerOp } = result
        print(
          `round ${round}, ${shapeName(shape)}, ${each.name}: ${Math.round(opsPerSecond)} operations/s, ${cpuUsPerOp.toFixed(2)} µs each`,
        )
      }
    }
  }
  return measurements
}
