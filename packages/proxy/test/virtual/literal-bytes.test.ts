import type { DataType } from '@zdmkit/protocol'
import { hex } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { literalBytes } from '../../src/virtual/literal-bytes.ts'

describe('literalBytes', () => {
  it.each<[DataType['kind'], string, Buffer | null]>([
    ['varchar', 'local', Buffer.from('local')],
    ['text', '', Buffer.alloc(0)],
    ['ascii', 'a', Buffer.from('a')],
    ['inet', '127.0.0.1', hex('7f000001')],
    ['inet', '::1', hex('00000000 00000000 00000000 00000001')],
    ['inet', 'localhost', null],
    ['uuid', '50554d6e-29bb-11e5-b345-feff819cdc9f', hex('50554d6e29bb11e5b345feff819cdc9f')],
    ['timeuuid', '50554D6E-29BB-11E5-B345-FEFF819CDC9F', hex('50554d6e29bb11e5b345feff819cdc9f')],
    ['uuid', '50554d6e', null],
    ['int', '-2', hex('fffffffe')],
    ['int', '2147483647', hex('7fffffff')],
    ['int', '2147483648', null],
    ['int', '-2147483649', null],
    ['int', '1.5', null],
    ['int', '', null],
    ['boolean', 'true', null],
    ['blob', '0xff', null],
  ])('reads a %s written %j', (kind, text, expected) => {
    expect(literalBytes({ kind } as DataType, text)).toStrictEqual(expected)
  })
})
