import { encodeRequest, encodeResponse, HeaderFlag, options, ready } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'

describe('encodeRequest', () => {
  it('refuses a response', () => {
    expect(codeOf(() => encodeRequest(ready, {}, { version: 4, stream: 1 }))).toBe('PROTOCOL_BAD_DIRECTION')
  })

  it('refuses flags that announce what the body does not carry', () => {
    for (const flags of [HeaderFlag.COMPRESSED, HeaderFlag.CUSTOM_PAYLOAD, HeaderFlag.WARNING]) {
      expect(codeOf(() => encodeRequest(options, {}, { version: 4, stream: 1, flags }))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('has no custom payload in v3', () => {
    const customPayload = { a: null }
    expect(codeOf(() => encodeRequest(options, {}, { version: 3, stream: 1, customPayload }))).toBe(
      'PROTOCOL_BAD_VALUE',
    )
  })
})

describe('encodeResponse', () => {
  it('refuses a request', () => {
    expect(codeOf(() => encodeResponse(options, {}, { version: 4, stream: 1 }))).toBe('PROTOCOL_BAD_DIRECTION')
  })

  it('refuses flags that announce what the body does not carry', () => {
    for (const flags of [1, 2, 4, 8]) {
      expect(codeOf(() => encodeResponse(ready, {}, { version: 4, stream: 1, flags }))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('has neither warnings nor custom payload in v3', () => {
    expect(codeOf(() => encodeResponse(ready, {}, { version: 3, stream: 1, warnings: [] }))).toBe('PROTOCOL_BAD_VALUE')
    const customPayload = { a: null }
    expect(codeOf(() => encodeResponse(ready, {}, { version: 3, stream: 1, customPayload }))).toBe('PROTOCOL_BAD_VALUE')
  })
})
