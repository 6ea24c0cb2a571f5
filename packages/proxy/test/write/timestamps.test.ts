import { Consistency, encodeRequest, Opcode, query, RequestShape } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { MonotonicMicros, withDefaultTimestamp } from '../../src/write/timestamps.ts'

describe('MonotonicMicros', () => {
  it('is the wall time in microseconds', () => {
    expect(new MonotonicMicros(() => 1_700_000_000_123.456).next()).toBe(1_700_000_000_123_456n)
    const now = BigInt(Date.now()) * 1000n
    const difference = new MonotonicMicros().next() - now
    expect(difference > -2_000_000n && difference < 2_000_000n).toBe(true)
  })

  it('is later with each call while the clock stands still or goes back', () => {
    const times = [5, 5, 5.0004, 4, 1, 5.003, 6]
    const micros = new MonotonicMicros(() => times.shift() ?? 6)
    const given = Array.from({ length: 8 }, () => micros.next())
    expect(given).toStrictEqual([5000n, 5001n, 5002n, 5003n, 5004n, 5005n, 6000n, 6001n])
  })
})

describe('withDefaultTimestamp', () => {
  it('appends the time as the last field, sets its flag and changes nothing else', () => {
    const parameters = {
      consistency: Consistency.QUORUM,
      values: [Buffer.from('v'), null, undefined],
      pageSize: 100,
      pagingState: Buffer.from('s'),
      serialConsistency: Consistency.SERIAL,
    }
    const frame = encodeRequest(query, { query: 'INSERT', parameters }, { version: 4, stream: 3 })
    const around = Buffer.concat([Buffer.alloc(4), frame, Buffer.alloc(4)])
    const shape = new RequestShape()
    expect(shape.walk(Opcode.QUERY, 0, around, 4, 4 + frame.length)).toBeNull()
    const stamped = withDefaultTimestamp(around, 4, 4 + frame.length, shape, 1_700_000_000_000_001n)
    const expected = { query: 'INSERT', parameters: { ...parameters, timestamp: 1_700_000_000_000_001n } }
    expect(stamped).toStrictEqual(encodeRequest(query, expected, { version: 4, stream: 3 }))
  })
})
