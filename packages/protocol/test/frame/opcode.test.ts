import { Opcode, opcodeName } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'

describe('opcodeName', () => {
  it('names each opcode', () => {
    for (const [name, opcode] of Object.entries(Opcode)) expect(opcodeName(opcode)).toBe(name)
  })

  it('gives digits for an opcode that is not defined', () => {
    expect(opcodeName(4)).toBe('0x04')
    expect(opcodeName(0xff)).toBe('0xff')
  })
})
