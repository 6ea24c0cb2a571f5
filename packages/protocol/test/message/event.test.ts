import { event } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { eventGoldens } from '../golden/event.ts'
import { codeOf } from '../support/code-of.ts'
import { describeGoldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

describeGoldens('EVENT', eventGoldens)

describe('EVENT', () => {
  it('is of one of three types', () => {
    expect(codeOf(() => event.decode(hex('0004', ascii('NEWS')), 4))).toBe('PROTOCOL_BAD_VALUE')
  })

  it('refuses an address that is none', () => {
    const node = { address: 'localhost', port: 9042 }
    expect(codeOf(() => event.encode({ kind: 'status_change', changeType: 'UP', node }, 4))).toBe('PROTOCOL_BAD_VALUE')
  })
})
