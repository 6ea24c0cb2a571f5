// The proxy benchmark (docs/bench.md): our proxy, DataStax's and a bare relay under the same loads against canned back ends.

import { BenchError, ExitCode, exitCodeOf } from './errors.ts'
import { parseOptions, proxyBenchUsage } from './rig/options.ts'
import { runProxyBench } from './rig/run-proxy-bench.ts'

process.exitCode = await run(process.argv.slice(2))

async function run(argv: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(ExitCode.INTERRUPTED)
    stop.abort(new Error('interrupted'))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const options = parseOptions(argv)
    if (options === 'help') {
      process.stdout.write(proxyBenchUsage)
      return ExitCode.OK
    }
    await runProxyBench(options, {
      peerProxy: process.env['ZDM_PEER_PROXY'],
      signal: stop.signal,
      print: (line) => process.stdout.write(`${line}\n`),
    })
    return ExitCode.OK
  } catch (error) {
    if (stop.signal.aborted) return ExitCode.INTERRUPTED
    if (!(error instanceof BenchError)) throw error
    process.stderr.write(`bench: ${error.message}\n`)
    return exitCodeOf(error.code)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
