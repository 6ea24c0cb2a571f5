import { Reader, Writer } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/code-of.ts'
import { hex } from '../support/hex.ts'

const addresses: [text: string, bytes: string][] = [
  ['0.0.0.0', '00000000'],
  ['127.0.0.1', '7f000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['1::', '00010000000000000000000000000000'],
  ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
  ['2001:0:0:1::1', '20010000000000010000000000000001'],
  ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
  ['fe80:1:2:3:4:5:6:7', 'fe800001000200030004000500060007'],
  ['::ffff:7f00:1', '00000000000000000000ffff7f000001'],
]

describe('Inet', () => {
  it('writes and reads IPv4, and IPv6 in its short form', () => {
    for (const [address, bytes] of addresses) {
      const wire = hex((bytes.length / 2).toString(16).padStart(2, '0'), bytes, '00002352')
      expect(new Reader(wire).inet()).toStrictEqual({ address, port: 9042 })
      expect(encode(address)).toStrictEqual(wire)
    }
  })

  it('takes IPv6 in other forms', () => {
    expect(encode('2001:DB8:0:0:0:0:0:1')).toStrictEqual(encode('2001:db8::1'))
    expect(encode('::ffff:127.0.0.1')).toStrictEqual(encode('::ffff:7f00:1'))
    expect(encode('1:2:3:4:5:6:7::')).toStrictEqual(encode('1:2:3:4:5:6:7:0'))
  })

  it('refuses texts that are no address', () => {
    for (const text of [
      '',
      'localhost',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '1.2.3.',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7::8',
      'fe80::1%eth0',
      '12345::',
      '1.2.3.4::',
    ]) {
      expect(codeOf(() => encode(text))).toBe('PROTOCOL_BAD_VALUE')
    }
  })

  it('refuses addresses of another length and ports beyond 65,535', () => {
    expect(codeOf(() => new Reader(hex('05 0102030405 00000001')).inet())).toBe('PROTOCOL_BAD_LENGTH')
    expect(codeOf(() => new Reader(hex('04 01020304 00010000')).inet())).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => new Reader(hex('04 01020304 ffffffff')).inet())).toBe('PROTOCOL_BAD_VALUE')
    expect(codeOf(() => new Writer().inet({ address: '1.2.3.4', port: 65536 }))).toBe('PROTOCOL_BAD_VALUE')
  })
})

function encode(address: string): Buffer {
  const writer = new Writer()
  writer.inet({ address, port: 9042 })
  return writer.toBuffer()
}
