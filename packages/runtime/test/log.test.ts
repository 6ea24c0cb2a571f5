import { createLogger, LOG_LEVELS, type LogFields, type LoggerOptions, Secret, silentLogger } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { ManualClock } from './support/manual-clock.ts'
import { Sink } from './support/sink.ts'

function setUp(options: Partial<LoggerOptions> = {}) {
  const sink = new Sink()
  const logger = createLogger({ name: 'zdm-proxy', destination: sink, clock: new ManualClock(), ...options })
  return { sink, logger }
}

function fieldsOf(fields: LogFields): unknown {
  const { sink, logger } = setUp()
  logger.info('e', fields)
  const { level, time, name, event, ...rest } = JSON.parse(sink.text)
  expect([level, time, name, event]).toStrictEqual(['info', '2026-01-02T03:04:05.678Z', 'zdm-proxy', 'e'])
  return rest
}

describe('createLogger', () => {
  it('writes one JSON line per call: level, time, name, event, then the fields', () => {
    const { sink, logger } = setUp()
    logger.info('client_connected', { client: '10.0.0.7:51234', connections: 3 })
    logger.warn('slow')
    expect(sink.text).toBe(
      [
        '{"level":"info","time":"2026-01-02T03:04:05.678Z","name":"zdm-proxy","event":"client_connected","client":"10.0.0.7:51234","connections":3}',
        '{"level":"warn","time":"2026-01-02T03:04:05.678Z","name":"zdm-proxy","event":"slow"}',
        '',
      ].join('\n'),
    )
  })

  const severities = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

  it.each([
    ['PANIC', 1],
    ['FATAL', 1],
    ['ERROR', 2],
    ['WARN', 3],
    ['WARNING', 3],
    ['INFO', 4],
    ['DEBUG', 5],
    ['TRACE', 6],
  ] as const)('at level %s, in any case, writes the %d most severe', (level, count) => {
    for (const given of [level, level.toLowerCase() as Lowercase<typeof level>]) {
      const { sink, logger } = setUp({ level: given })
      for (const severity of severities) logger[severity]('e')
      expect(sink.lines.map((line) => JSON.parse(line).level)).toStrictEqual(severities.slice(0, count))
      expect(severities.filter((severity) => logger.isEnabled(severity))).toStrictEqual(severities.slice(0, count))
    }
  })

  it('knows the level names of ZDM Proxy', () => {
    expect(LOG_LEVELS).toStrictEqual(['PANIC', 'FATAL', 'ERROR', 'WARN', 'WARNING', 'INFO', 'DEBUG', 'TRACE'])
  })

  it('adds the fields of a child to each of its lines', () => {
    const { sink, logger } = setUp()
    const child = logger.child({ cluster: 'origin' }).child({ node: 'a' })
    child.info('e', { x: 1 })
    logger.info('e')
    expect(sink.lines.map((line) => JSON.parse(line))).toMatchObject([{ cluster: 'origin', node: 'a', x: 1 }, {}])
    expect(JSON.parse(sink.lines[1] ?? '')).not.toHaveProperty('cluster')
  })

  describe('fields', () => {
    it('of type Secret are redacted, at any depth and in children', () => {
      const secret = new Secret('hunter2')
      expect(fieldsOf({ secret, deep: { list: [{ secret }] } })).toStrictEqual({
        secret: '[redacted]',
        deep: { list: [{ secret: '[redacted]' }] },
      })
      const { sink, logger } = setUp()
      logger.child({ secret }).info('e')
      expect(sink.text).toContain('"secret":"[redacted]"')
    })

    it('that are errors are written with code and causes, under any name', () => {
      const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      const error = Object.assign(new Error('no host', { cause }), { code: 'CLUSTER_NO_HOST' })
      expect(fieldsOf({ error, reason: cause })).toStrictEqual({
        error: {
          name: 'Error',
          code: 'CLUSTER_NO_HOST',
          message: 'no host',
          causes: [{ name: 'Error', code: 'ECONNREFUSED', message: 'refused' }],
        },
        reason: { name: 'Error', code: 'ECONNREFUSED', message: 'refused' },
      })
    })

    it('that are bigints are written as text, for a JSON number would lose digits', () => {
      expect(fieldsOf({ timestamp: 1_767_323_045_678_901n })).toStrictEqual({ timestamp: '1767323045678901' })
    })

    it('that are undefined are left out', () => {
      expect(fieldsOf({ a: undefined, b: null })).toStrictEqual({ b: null })
    })

    it('named like those of every line get an underscore', () => {
      const fields = { level: 'x', time: 'x', name: 'x', event: 'x' } as unknown as LogFields
      expect(fieldsOf(fields)).toStrictEqual({ level_: 'x', time_: 'x', name_: 'x', event_: 'x' })
    })

    it('that cannot be written do not throw', () => {
      const circular: unknown[] = []
      circular.push(circular)
      const hostile = {
        toJSON: () => {
          throw new Error('no')
        },
      }
      expect(Object.keys(fieldsOf({ circular, hostile }) as object)).toContain('circular')
    })

    it('keep a line on one line', () => {
      const { sink, logger } = setUp()
      logger.info('two\nlines', { text: 'a\nb\u2028c' })
      expect(sink.text.match(/\n/g)).toHaveLength(1)
    })
  })
})

describe('silentLogger', () => {
  it('takes every call and does nothing', () => {
    for (const severity of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) {
      expect(silentLogger[severity]('e', { a: 1 })).toBe(undefined)
      expect(silentLogger.isEnabled(severity)).toBe(false)
    }
    expect(silentLogger.child({ a: 1 })).toBe(silentLogger)
  })
})
