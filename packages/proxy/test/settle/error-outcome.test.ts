import { ErrorCode, encodeResponse, error } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { errorOutcome } from '../../src/settle/error-outcome.ts'

const unavailable = { code: ErrorCode.INVALID, message: 'no such table' }

describe('errorOutcome', () => {
  it('reads code and text of an ERROR frame', () => {
    const frame = encodeResponse(error, unavailable, { version: 4, stream: 7 })
    expect(errorOutcome(frame)).toStrictEqual({ kind: 'error', ...unavailable })
  })

  it('looks behind a tracing id, warnings and a custom payload', () => {
    const frame = encodeResponse(error, unavailable, {
      version: 4,
      stream: 7,
      tracingId: '50554d6e-29bb-11e5-b345-feff819cdc9f',
      warnings: ['careful', ''],
      customPayload: { key: Buffer.from('value'), none: null },
    })
    expect(errorOutcome(frame)).toStrictEqual({ kind: 'error', ...unavailable })
  })

  it('keeps the first 300 characters of a long text', () => {
    const message = 'x'.repeat(1_000)
    const frame = encodeResponse(error, { code: ErrorCode.SERVER_ERROR, message }, { version: 4, stream: 0 })
    expect(errorOutcome(frame).message).toBe('x'.repeat(300))
  })

  it('counts a frame that it cannot read as a server error, wherever it is cut', () => {
    const frame = encodeResponse(error, unavailable, { version: 4, stream: 0, warnings: ['careful'] })
    for (let end = 9; end < frame.length; end++) {
      expect(errorOutcome(frame.subarray(0, end))).toStrictEqual({
        kind: 'error',
        code: ErrorCode.SERVER_ERROR,
        message: 'an ERROR that cannot be read',
      })
    }
  })
})
