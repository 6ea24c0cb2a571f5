import {
  Consistency,
  decodeHeader,
  ErrorCode,
  type ErrorMessage,
  error,
  errorCodeName,
  HEADER_BYTES,
} from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { errorFrame } from '../../src/settle/error-frame.ts'

function decoded(frame: Buffer): ErrorMessage {
  const { version } = decodeHeader(frame)
  return error.decode(frame.subarray(HEADER_BYTES), version as 3 | 4)
}

describe('errorFrame', () => {
  it.each([3, 4])('is a response of version %i on the stream of its request', (version) => {
    const frame = errorFrame(version, 0x1234, ErrorCode.OVERLOADED, 'later')
    expect(decodeHeader(frame)).toMatchObject({ version, isResponse: true, flags: 0, stream: 0x1234, opcode: 0 })
    expect(decoded(frame)).toStrictEqual({ code: ErrorCode.OVERLOADED, message: 'later' })
  })

  it('goes to a negative stream too, which is what a client asked for that used one', () => {
    expect(decodeHeader(errorFrame(4, -1, ErrorCode.PROTOCOL_ERROR, 'negative')).stream).toBe(-1)
  })

  it('says the consistency and kind of write of a write that timed out, and no answers', () => {
    const options = { consistency: Consistency.EACH_QUORUM, writeType: 'CAS' } as const
    expect(decoded(errorFrame(4, 0, ErrorCode.WRITE_TIMEOUT, 'late', options))).toStrictEqual({
      code: ErrorCode.WRITE_TIMEOUT,
      message: 'late',
      consistency: Consistency.EACH_QUORUM,
      received: 0,
      blockFor: 1,
      writeType: 'CAS',
    })
  })

  it('says of a read that timed out that no data came, which no driver repeats', () => {
    expect(decoded(errorFrame(4, 0, ErrorCode.READ_TIMEOUT, 'late', { consistency: Consistency.ONE }))).toStrictEqual({
      code: ErrorCode.READ_TIMEOUT,
      message: 'late',
      consistency: Consistency.ONE,
      received: 0,
      blockFor: 1,
      dataPresent: false,
    })
  })

  it('names the statement that is not prepared', () => {
    const id = Buffer.from('0123456789abcdef')
    expect(decoded(errorFrame(4, 0, ErrorCode.UNPREPARED, 'unknown', { id }))).toStrictEqual({
      code: ErrorCode.UNPREPARED,
      message: 'unknown',
      id,
    })
  })

  // A refusal of a cluster is passed on under its own code, whatever that is.
  it.each(
    [3, 4].flatMap((version) => Object.values(ErrorCode).map((code) => [errorCodeName(code), code, version] as const)),
  )('can be made of %s (0x%s) in version %i', (_name, code, version) => {
    const message = decoded(errorFrame(version, 0, code, 'as the cluster said'))
    expect(message.message).toBe('as the cluster said')
    const isNew =
      code === ErrorCode.READ_FAILURE || code === ErrorCode.WRITE_FAILURE || code === ErrorCode.FUNCTION_FAILURE
    expect(message.code).toBe(version === 3 && isNew ? ErrorCode.SERVER_ERROR : code)
  })

  it.each([3, 4])('can be made of a code that nobody knows in version %i', (version) => {
    expect(decoded(errorFrame(version, 0, 0x1700, 'news'))).toMatchObject({ code: 0x1700, message: 'news' })
  })

  it('keeps a consistency that the protocol does not know out of the frame', () => {
    expect(decoded(errorFrame(4, 0, ErrorCode.WRITE_TIMEOUT, 'late', { consistency: 0x1234 }))).toMatchObject({
      consistency: Consistency.ANY,
    })
  })

  it('cuts a text that is longer than a [string] can be', () => {
    const { message } = decoded(errorFrame(4, 0, ErrorCode.INVALID, 'ä'.repeat(200_000)))
    expect(message).toMatch(/^ä+…$/)
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(0xffff)
  })
})
