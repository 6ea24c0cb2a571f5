import { ServerError, TransportError, transportErrorCodes } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'

describe('TransportError', () => {
  it('has the code and name it is filed under', () => {
    for (const code of transportErrorCodes) {
      const cause = new Error('why')
      const error = new TransportError(code, 'what', { cause })
      expect(error).toMatchObject({ code, name: 'TransportError', message: 'what', cause })
      expect(error).toBeInstanceOf(Error)
    }
  })

  it('has codes that are unique and begin with the package', () => {
    expect(new Set(transportErrorCodes).size).toBe(transportErrorCodes.length)
    for (const code of transportErrorCodes) expect(code).toMatch(/^TRANSPORT_[A-Z_]+$/)
  })
})

describe('ServerError', () => {
  it('is a TransportError with what the server said', () => {
    const error = new ServerError(0x000a, 'bad', '10.0.0.7:9042')
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({
      code: 'TRANSPORT_SERVER_ERROR',
      name: 'ServerError',
      serverCode: 10,
      serverMessage: 'bad',
      message: '10.0.0.7:9042: server error 0x000a: bad',
    })
  })
})
