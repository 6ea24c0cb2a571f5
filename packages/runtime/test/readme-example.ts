import {
  createLogger,
  defineSettings,
  listenForShutdown,
  MetricsRegistry,
  type Run,
  readCommand,
} from '@zdmkit/runtime'

const settings = defineSettings({
  tool: 'zdm-echo',
  summary: 'Shows how a tool starts.',
  envPrefix: 'ZDM_ECHO_',
  definitions: {
    listen_port: { type: 'port', default: 14002, min: 0, description: 'Port of the listener.' },
    log_level: {
      type: 'enum',
      values: ['ERROR', 'INFO', 'DEBUG'],
      default: 'INFO',
      description: 'Least severe level.',
    },
    password: { type: 'secret', required: true, description: 'Password of the control connection.' },
  },
})

/** Ends with 0 once the metrics are printed. main.ts has one line: `await runMain(run, { name: 'zdm-echo' })`. */
export const run: Run = async (argv, env, io) => {
  const command = readCommand({ settings, version: '0.1.0', argv, env })
  if (command.kind === 'print') {
    io.stdout.write(command.text)
    return 0
  }
  const { listenPort, logLevel, password } = command.loaded.settings
  const logger = createLogger({ name: settings.tool, level: logLevel, destination: io.stderr })
  using shutdown = listenForShutdown({ onSignal: (signal) => logger.info('shutdown', { signal }) })

  const registry = new MetricsRegistry({ prefix: 'zdm' })
  const durations = registry.histogramFamily({
    name: 'request_duration_seconds',
    help: 'Latency of requests',
    labelNames: ['type'],
    buckets: [0.001, 0.01, 0.1],
  })
  const reads = durations.child({ type: 'reads' })

  logger.info('started', { listenPort, password })
  reads.observe(0.004)
  if (!shutdown.signal.aborted) io.stdout.write(await registry.text())
  return 0
}
