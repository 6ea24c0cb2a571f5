import { ErrorCode, errorCodeName } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'

describe('errorCodeName', () => {
  it('names each code', () => {
    for (const [name, code] of Object.entries(ErrorCode)) expect(errorCodeName(code)).toBe(name)
  })

  it('gives digits for a code that is not defined', () => {
    expect(errorCodeName(0x600)).toBe('0x0600')
  })
})
