import {
  METRICS_ERROR_CODES,
  MetricsError,
  SETTINGS_ERROR_CODES,
  SettingsError,
  ShutdownRequested,
} from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

describe('SettingsError', () => {
  it.each(SETTINGS_ERROR_CODES)('has the code %s of its first problem and the lines of all', (code) => {
    const first = { code, key: 'a', source: 'zdm.yaml:1', message: 'a is wrong' }
    const second = { code: 'CONFIG_CONFLICT', key: 'b', source: null, message: 'b is wrong' } as const
    const cause = new Error('cause')
    const error = new SettingsError([first, second], { cause })
    expect(error).toBeInstanceOf(Error)
    expect({ ...error }).toStrictEqual({
      name: 'SettingsError',
      code,
      key: 'a',
      source: 'zdm.yaml:1',
      problems: [first, second],
    })
    expect(error.message).toBe('a is wrong\nb is wrong')
    expect(error.cause).toBe(cause)
  })
})

describe('MetricsError', () => {
  it.each(METRICS_ERROR_CODES)('has the code %s', (code) => {
    const error = new MetricsError(code, 'm', { cause: 1 })
    expect([error.name, error.code, error.message, error.cause]).toStrictEqual(['MetricsError', code, 'm', 1])
  })
})

describe('ShutdownRequested', () => {
  it('names its signal', () => {
    const error = new ShutdownRequested('SIGTERM')
    expect([error.name, error.code, error.signalName, error.message]).toStrictEqual([
      'ShutdownRequested',
      'SHUTDOWN_REQUESTED',
      'SIGTERM',
      'stopping because SIGTERM was received',
    ])
  })
})
