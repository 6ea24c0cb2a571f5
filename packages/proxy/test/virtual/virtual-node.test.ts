import { hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { inetBytes, virtualCells, virtualNode } from '../../src/virtual/virtual-node.ts'

describe('inetBytes', () => {
  it.each([
    ['127.0.0.1', '7f000001'],
    ['255.0.10.200', 'ff000ac8'],
    ['::', '00000000 00000000 00000000 00000000'],
    ['::1', '00000000 00000000 00000000 00000001'],
    ['2001:db8::1', '20010db8 00000000 00000000 00000001'],
    ['2001:db8:0:0:0:0:0:1', '20010db8 00000000 00000000 00000001'],
    ['fe80::', 'fe800000 00000000 00000000 00000000'],
    ['1:2:3:4:5:6:7:8', '00010002 00030004 00050006 00070008'],
    ['::ffff:10.0.0.7', '00000000 00000000 0000ffff 0a000007'],
  ])('writes %s as %s', (address, expected) => {
    expect(inetBytes(address)).toStrictEqual(hex(expected))
  })
})

describe('virtualNode', () => {
  // ZDM Proxy 2.4.2: version 5 layout of SHA-1 over the nil namespace and the raw address.
  it.each([
    ['127.0.0.1', 'c9308a60 f574 524c a3f7 02b92ce2a574'],
    ['10.0.0.7', '30862562 75eb 585a bfef 333b514b02a9'],
    ['2001:db8::1', '41c35c50 c692 502d ac4c 5e831b9c5426'],
  ])('has the host id of the listener at %s that ZDM Proxy gives it', (address, expected) => {
    expect(
      virtualNode({ address, isListed: false, port: 9042, index: 0, count: 1, tokenCount: 1 }).hostId,
    ).toStrictEqual(hex(expected))
  })

  // An address of proxy_topology_addresses goes into the hash in its 16-byte form, as Go's net.ParseIP gives it.
  it.each([
    ['127.0.0.1', '70ce2f37 9d6d 5010 98d8 80fe51a498ed'],
    ['10.0.0.7', 'dabd5118 f3e1 5720 bad2 977fe28c8432'],
    ['2001:db8::1', '41c35c50 c692 502d ac4c 5e831b9c5426'],
  ])('has the host id of the listed address %s that ZDM Proxy gives it', (address, expected) => {
    expect(
      virtualNode({ address, isListed: true, port: 9042, index: 0, count: 1, tokenCount: 1 }).hostId,
    ).toStrictEqual(hex(expected))
  })

  it.each([
    [0, 1, 1, [-9223372036854775808n]],
    [
      0,
      1,
      8,
      [
        -9223372036854775808n,
        -6917529027641081856n,
        -4611686018427387904n,
        -2305843009213693952n,
        0n,
        2305843009213693952n,
        4611686018427387904n,
        6917529027641081856n,
      ],
    ],
    [1, 3, 2, [-6148914691236517206n, 3074457345618258600n]],
    [1, 2, 3, [-6148914691236517206n, -2n, 6148914691236517202n]],
  ])('gives instance %i of %i its %i tokens', (index, count, tokenCount, expected) => {
    const node = virtualNode({ address: '127.0.0.1', isListed: false, port: 9042, index, count, tokenCount })
    expect(node.tokens).toStrictEqual(expected)
  })

  it('spreads the tokens of all instances evenly, none twice', () => {
    const all = [0, 1, 2, 3].flatMap(
      (index) =>
        virtualNode({ address: '127.0.0.1', isListed: false, port: 9042, index, count: 4, tokenCount: 16 }).tokens,
    )
    const sorted = [...all].sort((first, second) => (first < second ? -1 : 1))
    const steps = new Set(sorted.slice(1).map((token, i) => token - (sorted[i] ?? 0n)))
    expect([sorted.length, steps]).toStrictEqual([64, new Set([(1n << 64n) / 64n])])
  })
})

describe('virtualCells', () => {
  it('shows the address in every column that has one, and the port likewise', () => {
    const cells = virtualCells(
      virtualNode({ address: '10.0.0.7', isListed: true, port: 14002, index: 0, count: 1, tokenCount: 2 }),
    )
    for (const column of ['rpc_address', 'broadcast_address', 'listen_address', 'native_transport_address']) {
      expect(cells.get(column)).toStrictEqual(hex('0a000007'))
    }
    for (const column of ['rpc_port', 'native_transport_port', 'native_transport_port_ssl']) {
      expect(cells.get(column)).toStrictEqual(hex('000036b2'))
    }
    expect(cells.get('rack')).toStrictEqual(Buffer.from('rack0'))
    expect(cells.get('partitioner')).toStrictEqual(Buffer.from('org.apache.cassandra.dht.Murmur3Partitioner'))
    expect(cells.get('truncated_at')).toBeNull()
    expect(cells.get('tokens')).toStrictEqual(
      Buffer.concat([
        hex('00000002', '00000014'),
        Buffer.from('-9223372036854775808'),
        hex('00000001'),
        Buffer.from('0'),
      ]),
    )
  })
})
