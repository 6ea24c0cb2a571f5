import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createLogger, type Environment, ExitCode, listenForShutdown, type MainIo, readCommand } from '@zdmkit/runtime'
import { proxyOptions } from './options-from-settings.ts'
import { startProxy } from './proxy.ts'
import { proxySettings } from './settings.ts'
import { PROXY_VERSION } from './version.ts'

const TOKEN_BYTES = 32

/** The `zdm-proxy` command: runs until a signal; 0 when it stopped in order. */
export async function run(argv: readonly string[], env: Environment, io: MainIo): Promise<number> {
  const command = readCommand({ settings: proxySettings, version: PROXY_VERSION, argv, env })
  if (command.kind === 'print') {
    io.stdout.write(command.text)
    return ExitCode.OK
  }
  const { settings, warnings } = command.loaded
  const log = createLogger({ name: 'zdm-proxy', level: settings.logLevel })
  for (const warning of warnings) log.warn('setting-unknown', { variable: warning.variable, nearest: warning.nearest })
  using shutdown = listenForShutdown({ onSignal: (signal) => log.info('shutdown-requested', { signal }) })
  const given = settings.adminToken.reveal()
  const token = given === '' ? randomBytes(TOKEN_BYTES).toString('base64url') : given
  if (given === '') {
    rmSync(settings.adminTokenPath, { force: true })
    writeFileSync(settings.adminTokenPath, `${token}\n`, { mode: 0o600, flag: 'wx' })
  }
  try {
    await using proxy = await startProxy(proxyOptions(settings, token), log)
    // Clients and tests that asked for any free port read it here.
    io.stdout.write(
      `${JSON.stringify({ event: 'listening', port: proxy.port, metricsPort: proxy.metricsPort, adminPort: proxy.adminPort })}\n`,
    )
    if (!shutdown.signal.aborted) {
      await new Promise((resolve) => shutdown.signal.addEventListener('abort', resolve, { once: true }))
    }
  } finally {
    if (given === '') rmSync(settings.adminTokenPath, { force: true })
  }
  return ExitCode.OK
}
