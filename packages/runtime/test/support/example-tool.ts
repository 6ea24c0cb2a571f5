import { createServer } from 'node:net'
import { createLogger, listenForShutdown, readCommand, runMain } from '@zdmkit/runtime'
import { table } from './example-table.ts'

// Started as a process by process.test.ts; what it does is chosen by EXAMPLE.
await runMain(
  async (argv, env, io) => {
    const { EXAMPLE: example = '', WAIT: wait = '' } = env
    switch (example) {
      case 'settings': {
        const command = readCommand({ settings: table, version: '0.1.0', argv, env })
        io.stdout.write(command.kind === 'print' ? command.text : JSON.stringify(command.loaded.settings))
        return 0
      }
      case 'log':
        createLogger({ name: 'zdm-example', level: 'debug' }).debug('started', { n: 1 })
        return 0
      case 'signals': {
        using shutdown = listenForShutdown({ onSignal: (name) => io.stdout.write(`${name}\n`) })
        const server = createServer().listen(0, '127.0.0.1', () => io.stdout.write('ready\n'))
        if (wait === 'forever') await new Promise(() => {})
        await new Promise((resolve) => shutdown.signal.addEventListener('abort', resolve))
        server.close()
        return 0
      }
      case 'uncaught':
        setImmediate(() => {
          throw Object.assign(new Error('thrown in a callback'), { code: 'EXAMPLE_FAILED' })
        })
        return new Promise<number>(() => setInterval(() => {}, 1000))
      case 'rejected':
        void Promise.reject(Object.assign(new Error('nobody waits'), { code: 'EXAMPLE_FAILED' }))
        return new Promise<number>(() => setInterval(() => {}, 1000))
      case 'open-handle':
        createServer().listen(0, '127.0.0.1')
        return 7
      case 'flood':
        for (let line = 0; line < 50_000; line++) io.stdout.write('one more line of a long output\n')
        return 0
      default:
        // Standard streams are pipes here.
        io.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap')))
        return 0
    }
  },
  { name: 'zdm-example', lingerMs: 50 },
)
