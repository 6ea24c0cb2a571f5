import { batch, Consistency, execute, HeaderFlag, prepare, query } from '@zdmkit/protocol'
import { type Golden, goldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

export const queryGoldens: Golden[] = goldens(query, [
  {
    title: 'QUERY with a consistency and nothing else',
    first: ['03', '04'],
    value: { query: 'SELECT v FROM t', parameters: { consistency: Consistency.LOCAL_ONE } },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000016`, // header
        '0000000f', // text
        ascii('SELECT v FROM t'),
        '000a', // LOCAL_ONE
        '00', // no flags
      ),
  },
  {
    title: 'QUERY in UTF-8',
    first: ['03', '04'],
    value: { query: "SELECT 'é€😀'", parameters: { consistency: Consistency.ONE } },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000019`, // header
        '00000012', // text, in bytes
        ascii("SELECT '"),
        'c3a9 e282ac f09f9880', // two, three and four bytes for one character
        ascii("'"),
        '0001', // ONE
        '00', // no flags
      ),
  },
  {
    title: 'QUERY with values, one of them null, one empty',
    first: ['03', '04'],
    value: {
      query: 'UPDATE t',
      parameters: { consistency: Consistency.QUORUM, values: [hex('0000002a'), null, Buffer.alloc(0)] },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000021`, // header
        '00000008', // text
        ascii('UPDATE t'),
        '0004', // QUORUM
        '01', // flags: values
        '0003', // three values
        '00000004 0000002a', // int 42
        'ffffffff', // null
        '00000000', // empty
      ),
  },
  {
    title: 'QUERY with a value that is not set',
    first: ['04'],
    value: { query: 'UPDATE t', parameters: { consistency: Consistency.ALL, values: [undefined, null] } },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000019`, // header
        '00000008', // text
        ascii('UPDATE t'),
        '0005', // ALL
        '01', // flags: values
        '0002', // two values
        'fffffffe', // not set
        'ffffffff', // null
      ),
  },
  {
    title: 'QUERY with an empty list of values',
    first: ['03', '04'],
    value: { query: 'SELECT v', parameters: { consistency: Consistency.TWO, values: [] } },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000011`, // header
        '00000008', // text
        ascii('SELECT v'),
        '0002', // TWO
        '01', // flags: values
        '0000', // no value
      ),
  },
  {
    title: 'QUERY with named values',
    first: ['03', '04'],
    value: {
      query: 'UPDATE t',
      parameters: { consistency: Consistency.THREE, values: [hex('01'), null], names: ['id', 'name'] },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000024`, // header
        '00000008', // text
        ascii('UPDATE t'),
        '0003', // THREE
        '41', // flags: values, names
        '0002', // two values
        '0002', // name
        ascii('id'),
        '00000001 01', // value
        '0004', // name
        ascii('name'),
        'ffffffff', // null
      ),
  },
  {
    title: 'QUERY with skip metadata, page size and paging state',
    first: ['03', '04'],
    value: {
      query: 'SELECT v',
      parameters: {
        consistency: Consistency.LOCAL_QUORUM,
        skipMetadata: true,
        pageSize: 5000,
        pagingState: hex('0a0b0c'),
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 0000001a`, // header
        '00000008', // text
        ascii('SELECT v'),
        '0006', // LOCAL_QUORUM
        '0e', // flags: skip metadata, page size, paging state
        '00001388', // page size
        '00000003 0a0b0c', // paging state
      ),
  },
  {
    title: 'QUERY with serial consistency and a default timestamp',
    first: ['03', '04'],
    value: {
      query: 'UPDATE t',
      parameters: {
        consistency: Consistency.EACH_QUORUM,
        serialConsistency: Consistency.LOCAL_SERIAL,
        timestamp: 1_700_000_000_000_001n,
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 00000019`, // header
        '00000008', // text
        ascii('UPDATE t'),
        '0007', // EACH_QUORUM
        '30', // flags: serial consistency, timestamp
        '0009', // LOCAL_SERIAL
        '00060a24181e4001', // microseconds
      ),
  },
  {
    title: 'QUERY with every parameter',
    first: ['03', '04'],
    value: {
      query: 'UPDATE t',
      parameters: {
        consistency: Consistency.ANY,
        values: [hex('ff')],
        names: ['v'],
        skipMetadata: true,
        pageSize: -1,
        pagingState: Buffer.alloc(0),
        serialConsistency: Consistency.SERIAL,
        timestamp: -2n,
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 07 0000002b`, // header
        '00000008', // text
        ascii('UPDATE t'),
        '0000', // ANY
        '7f', // all flags
        '0001 0001', // one value, its name
        ascii('v'),
        '00000001 ff', // its bytes
        'ffffffff', // page size
        '00000000', // empty paging state
        '0008', // SERIAL
        'fffffffffffffffe', // microseconds
      ),
  },
  {
    title: 'QUERY that asks for a trace',
    first: ['03', '04'],
    flags: HeaderFlag.TRACING,
    value: { query: 'SELECT v', parameters: { consistency: Consistency.ONE } },
    frame: (first) =>
      hex(
        `${first} 02 0001 07 0000000f`, // header, flags: tracing
        '00000008', // text
        ascii('SELECT v'),
        '0001', // ONE
        '00', // no flags
      ),
  },
  {
    title: 'QUERY that asks for a trace, with a custom payload',
    first: ['04'],
    flags: HeaderFlag.TRACING,
    prefix: { customPayload: { 'request-id': hex('0102'), empty: null } },
    value: { query: 'SELECT v', parameters: { consistency: Consistency.ONE } },
    frame: (first) =>
      hex(
        `${first} 06 0001 07 0000002e`, // header, flags: tracing, custom payload
        '0002', // two entries
        '000a', // name
        ascii('request-id'),
        '00000002 0102', // value
        '0005', // name
        ascii('empty'),
        'ffffffff', // null
        '00000008', // text
        ascii('SELECT v'),
        '0001', // ONE
        '00', // no flags
      ),
  },
])

export const prepareGoldens: Golden[] = goldens(prepare, [
  {
    title: 'PREPARE',
    first: ['03', '04'],
    value: { query: 'SELECT v FROM t WHERE k = ?' },
    frame: (first) =>
      hex(
        `${first} 00 0001 09 0000001f`, // header
        '0000001b', // text
        ascii('SELECT v FROM t WHERE k = ?'),
      ),
  },
])

export const executeGoldens: Golden[] = goldens(execute, [
  {
    title: 'EXECUTE with values',
    first: ['03', '04'],
    value: {
      id: hex('00112233445566778899aabbccddeeff'),
      parameters: {
        consistency: Consistency.LOCAL_QUORUM,
        values: [hex('cafe'), null],
        skipMetadata: true,
        pageSize: 100,
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 0a 00000025`, // header
        '0010 00112233445566778899aabbccddeeff', // id
        '0006', // LOCAL_QUORUM
        '07', // flags: values, skip metadata, page size
        '0002', // two values
        '00000002 cafe',
        'ffffffff', // null
        '00000064', // page size
      ),
  },
  {
    title: 'EXECUTE with a value that is not set and every parameter',
    first: ['04'],
    value: {
      id: hex('abcd'),
      parameters: {
        consistency: Consistency.ONE,
        values: [undefined],
        names: ['v'],
        skipMetadata: true,
        pageSize: 2147483647,
        pagingState: hex('01'),
        serialConsistency: Consistency.SERIAL,
        timestamp: 9223372036854775807n,
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 0a 00000023`, // header
        '0002 abcd', // id
        '0001', // ONE
        '7f', // all flags
        '0001 0001', // one value, its name
        ascii('v'),
        'fffffffe', // not set
        '7fffffff', // page size
        '00000001 01', // paging state
        '0008', // SERIAL
        '7fffffffffffffff', // microseconds
      ),
  },
  {
    title: 'EXECUTE without values',
    first: ['03', '04'],
    value: { id: hex('01'), parameters: { consistency: Consistency.ONE } },
    frame: (first) =>
      hex(
        `${first} 00 0001 0a 00000006`, // header
        '0001 01', // id
        '0001', // ONE
        '00', // no flags
      ),
  },
])

export const batchGoldens: Golden[] = goldens(batch, [
  {
    title: 'BATCH, logged, of a text and a prepared statement',
    first: ['03', '04'],
    value: {
      type: 0,
      statements: [
        { query: 'DELETE', values: [] },
        { id: hex('beef'), values: [hex('07'), null] },
      ],
      consistency: Consistency.LOCAL_QUORUM,
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 0d 00000023`, // header
        '00', // logged
        '0002', // two statements
        '00 00000006', // by text
        ascii('DELETE'),
        '0000', // no value
        '01 0002 beef', // by id
        '0002', // two values
        '00000001 07',
        'ffffffff', // null
        '0006', // LOCAL_QUORUM
        '00', // no flags
      ),
  },
  {
    title: 'BATCH, unlogged, with serial consistency and a default timestamp',
    first: ['03', '04'],
    value: {
      type: 1,
      statements: [{ query: 'INSERT', values: [hex('0102')] }],
      consistency: Consistency.QUORUM,
      serialConsistency: Consistency.SERIAL,
      timestamp: 1n,
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 0d 00000023`, // header
        '01', // unlogged
        '0001', // one statement
        '00 00000006', // by text
        ascii('INSERT'),
        '0001', // one value
        '00000002 0102',
        '0004', // QUORUM
        '30', // flags: serial consistency, timestamp
        '0008', // SERIAL
        '0000000000000001', // microseconds
      ),
  },
  {
    title: 'BATCH, counter, with a value that is not set',
    first: ['04'],
    value: {
      type: 2,
      statements: [{ id: hex('01'), values: [undefined] }],
      consistency: Consistency.ONE,
      timestamp: 2n,
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 0d 00000018`, // header
        '02', // counter
        '0001', // one statement
        '01 0001 01', // by id
        '0001', // one value
        'fffffffe', // not set
        '0001', // ONE
        '20', // flags: timestamp
        '0000000000000002', // microseconds
      ),
  },
  {
    title: 'BATCH, counter, without statements',
    first: ['03', '04'],
    value: { type: 2, statements: [], consistency: Consistency.ONE, serialConsistency: Consistency.LOCAL_SERIAL },
    frame: (first) =>
      hex(
        `${first} 00 0001 0d 00000008`, // header
        '02', // counter
        '0000', // no statement
        '0001', // ONE
        '10', // flags: serial consistency
        '0009', // LOCAL_SERIAL
      ),
  },
])
