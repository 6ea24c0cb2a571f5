import { join } from 'node:path'
import { runTests } from './run.ts'

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Further ones change nothing: what is running is killed after a while in any case.
  process.on(name, () => interruption.abort())
}

process.exitCode = await runTests({
  root: join(import.meta.dirname, '../../../..'),
  argv: process.argv.slice(2),
  env: process.env,
  output: process.stdout,
  signal: interruption.signal,
})
