import { type ColumnSpec, type DataType, result, type SimpleTypeKind } from '@zdmkit/protocol'
import { type Golden, goldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

const users = { keyspace: 'training', table: 'users' }
const id: ColumnSpec = { ...users, name: 'id', type: { kind: 'uuid' } }
const name: ColumnSpec = { ...users, name: 'name', type: { kind: 'varchar' } }

export const resultGoldens: Golden[] = goldens(result, [
  {
    title: 'RESULT Void',
    first: ['83', '84'],
    value: { kind: 'void' },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000004`, // header
        '00000001', // Void
      ),
  },
  {
    title: 'RESULT Set_keyspace',
    first: ['83', '84'],
    value: { kind: 'set_keyspace', keyspace: 'training' },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 0000000e`, // header
        '00000003', // Set_keyspace
        '0008', // keyspace
        ascii('training'),
      ),
  },
  {
    title: 'RESULT Schema_change of a keyspace',
    first: ['83', '84'],
    value: { kind: 'schema_change', change: { changeType: 'DROPPED', target: 'KEYSPACE', keyspace: 'training' } },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000021`, // header
        '00000005', // Schema_change
        '0007', // change type
        ascii('DROPPED'),
        '0008', // target
        ascii('KEYSPACE'),
        '0008', // keyspace
        ascii('training'),
      ),
  },
  {
    title: 'RESULT Schema_change of a table',
    first: ['83', '84'],
    value: {
      kind: 'schema_change',
      change: { changeType: 'CREATED', target: 'TABLE', keyspace: 'training', name: 'users' },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000025`, // header
        '00000005', // Schema_change
        '0007', // change type
        ascii('CREATED'),
        '0005', // target
        ascii('TABLE'),
        '0008', // keyspace
        ascii('training'),
        '0005', // table
        ascii('users'),
      ),
  },
  {
    title: 'RESULT Schema_change of a type',
    first: ['83', '84'],
    value: {
      kind: 'schema_change',
      change: { changeType: 'UPDATED', target: 'TYPE', keyspace: 'training', name: 'address' },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000026`, // header
        '00000005', // Schema_change
        '0007', // change type
        ascii('UPDATED'),
        '0004', // target
        ascii('TYPE'),
        '0008', // keyspace
        ascii('training'),
        '0007', // type
        ascii('address'),
      ),
  },
  {
    title: 'RESULT Schema_change of a function',
    first: ['84'],
    value: {
      kind: 'schema_change',
      change: {
        changeType: 'CREATED',
        target: 'FUNCTION',
        keyspace: 'training',
        name: 'plus',
        argumentTypes: ['int', 'int'],
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000033`, // header
        '00000005', // Schema_change
        '0007', // change type
        ascii('CREATED'),
        '0008', // target
        ascii('FUNCTION'),
        '0008', // keyspace
        ascii('training'),
        '0004', // function
        ascii('plus'),
        '0002', // two argument types
        '0003',
        ascii('int'),
        '0003',
        ascii('int'),
      ),
  },
  {
    title: 'RESULT Schema_change of an aggregate',
    first: ['84'],
    value: {
      kind: 'schema_change',
      change: {
        changeType: 'DROPPED',
        target: 'AGGREGATE',
        keyspace: 'training',
        name: 'total',
        argumentTypes: ['int'],
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000030`, // header
        '00000005', // Schema_change
        '0007', // change type
        ascii('DROPPED'),
        '0009', // target
        ascii('AGGREGATE'),
        '0008', // keyspace
        ascii('training'),
        '0005', // aggregate
        ascii('total'),
        '0001', // one argument type
        '0003',
        ascii('int'),
      ),
  },
  {
    title: 'RESULT Rows of one table, named once',
    first: ['83', '84'],
    value: {
      kind: 'rows',
      metadata: { columnCount: 2, pagingState: null, columns: [id, name], globalTable: users },
      rows: [
        [hex('00112233445566778899aabbccddeeff'), ascii('Ann')],
        [Buffer.alloc(0), null],
      ],
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000052`, // header
        '00000002', // Rows
        '00000001', // flags: global table
        '00000002', // two columns
        '0008', // global keyspace
        ascii('training'),
        '0005', // global table
        ascii('users'),
        '0002', // column
        ascii('id'),
        '000c', // uuid
        '0004', // column
        ascii('name'),
        '000d', // varchar
        '00000002', // two rows
        '00000010 00112233445566778899aabbccddeeff',
        '00000003', // text
        ascii('Ann'),
        '00000000', // empty
        'ffffffff', // null
      ),
  },
  {
    title: 'RESULT Rows of two tables, named for each column',
    first: ['83', '84'],
    value: {
      kind: 'rows',
      metadata: {
        columnCount: 2,
        pagingState: null,
        columns: [id, { keyspace: 'other', table: 't', name: 'v', type: { kind: 'int' } }],
      },
      rows: [[null, hex('00000001')]],
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000042`, // header
        '00000002', // Rows
        '00000000', // no flags
        '00000002', // two columns
        '0008', // keyspace
        ascii('training'),
        '0005', // table
        ascii('users'),
        '0002', // column
        ascii('id'),
        '000c', // uuid
        '0005', // keyspace
        ascii('other'),
        '0001', // table
        ascii('t'),
        '0001', // column
        ascii('v'),
        '0009', // int
        '00000001', // one row
        'ffffffff', // null
        '00000004 00000001', // 1
      ),
  },
  {
    title: 'RESULT Rows, none, with more pages',
    first: ['83', '84'],
    value: {
      kind: 'rows',
      metadata: { columnCount: 1, pagingState: hex('0a0b'), columns: [id], globalTable: users },
      rows: [],
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 0000002d`, // header
        '00000002', // Rows
        '00000003', // flags: global table, more pages
        '00000001', // one column
        '00000002 0a0b', // paging state
        '0008', // global keyspace
        ascii('training'),
        '0005', // global table
        ascii('users'),
        '0002', // column
        ascii('id'),
        '000c', // uuid
        '00000000', // no rows
      ),
  },
  {
    title: 'RESULT Rows without metadata',
    first: ['83', '84'],
    value: {
      kind: 'rows',
      metadata: { columnCount: 2, pagingState: null, columns: null },
      rows: [[hex('01'), null]],
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000019`, // header
        '00000002', // Rows
        '00000004', // flags: no metadata
        '00000002', // two columns
        '00000001', // one row
        '00000001 01',
        'ffffffff', // null
      ),
  },
  {
    title: 'RESULT Rows without metadata, with more pages and the flag of a table that is not named',
    first: ['83', '84'],
    value: {
      kind: 'rows',
      metadata: { columnCount: 1, pagingState: hex('ff'), columns: null, globalTable: null },
      rows: [[null], [hex('02')]],
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 0000001e`, // header
        '00000002', // Rows
        '00000007', // flags: global table, more pages, no metadata
        '00000001', // one column
        '00000001 ff', // paging state
        '00000002', // two rows
        'ffffffff', // null
        '00000001 02',
      ),
  },
  {
    title: 'RESULT Prepared with variables and rows',
    first: ['83'],
    value: {
      kind: 'prepared',
      id: hex('0123456789abcdef'),
      variables: { pkIndices: [], globalTable: users, columns: [id] },
      metadata: { columnCount: 1, pagingState: null, columns: [name], globalTable: users },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 0000004e`, // header
        '00000004', // Prepared
        '0008 0123456789abcdef', // id
        '00000001', // variables, flags: global table
        '00000001', // one variable
        '0008', // global keyspace
        ascii('training'),
        '0005', // global table
        ascii('users'),
        '0002', // variable
        ascii('id'),
        '000c', // uuid
        '00000001', // rows, flags: global table
        '00000001', // one column
        '0008', // global keyspace
        ascii('training'),
        '0005', // global table
        ascii('users'),
        '0004', // column
        ascii('name'),
        '000d', // varchar
      ),
  },
  {
    title: 'RESULT Prepared with partition key indices',
    first: ['84'],
    value: {
      kind: 'prepared',
      id: hex('0123456789abcdef'),
      variables: { pkIndices: [1, 0], globalTable: users, columns: [name, id] },
      metadata: { columnCount: 0, pagingState: null, columns: null },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000045`, // header
        '00000004', // Prepared
        '0008 0123456789abcdef', // id
        '00000001', // variables, flags: global table
        '00000002', // two variables
        '00000002', // two partition key columns
        '0001 0000', // their indices
        '0008', // global keyspace
        ascii('training'),
        '0005', // global table
        ascii('users'),
        '0004', // variable
        ascii('name'),
        '000d', // varchar
        '0002', // variable
        ascii('id'),
        '000c', // uuid
        '00000004', // rows, flags: no metadata
        '00000000', // no columns
      ),
  },
  {
    title: 'RESULT Prepared with variables of two tables',
    first: ['84'],
    value: {
      kind: 'prepared',
      id: hex('01'),
      variables: {
        pkIndices: [],
        columns: [id, { keyspace: 'k', table: 't', name: 'v', type: { kind: 'bigint' } }],
      },
      metadata: { columnCount: 1, pagingState: null, columns: [id] },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000054`, // header
        '00000004', // Prepared
        '0001 01', // id
        '00000000', // variables, no flags
        '00000002', // two variables
        '00000000', // partition key not known
        '0008', // keyspace
        ascii('training'),
        '0005', // table
        ascii('users'),
        '0002', // variable
        ascii('id'),
        '000c', // uuid
        '0001', // keyspace
        ascii('k'),
        '0001', // table
        ascii('t'),
        '0001', // variable
        ascii('v'),
        '0002', // bigint
        '00000000', // rows, no flags
        '00000001', // one column
        '0008', // keyspace
        ascii('training'),
        '0005', // table
        ascii('users'),
        '0002', // column
        ascii('id'),
        '000c', // uuid
      ),
  },
  {
    title: 'RESULT Prepared without variables and rows',
    first: ['83'],
    value: {
      kind: 'prepared',
      id: hex('01'),
      variables: { pkIndices: [], columns: [] },
      metadata: { columnCount: 0, pagingState: null, columns: null },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 00000017`, // header
        '00000004', // Prepared
        '0001 01', // id
        '00000000', // variables, no flags
        '00000000', // no variable
        '00000004', // rows, flags: no metadata
        '00000000', // no columns
      ),
  },
  {
    title: 'RESULT Prepared without variables and rows',
    first: ['84'],
    value: {
      kind: 'prepared',
      id: hex('01'),
      variables: { pkIndices: [], columns: [] },
      metadata: { columnCount: 0, pagingState: null, columns: null },
    },
    frame: (first) =>
      hex(
        `${first} 00 0001 08 0000001b`, // header
        '00000004', // Prepared
        '0001 01', // id
        '00000000', // variables, no flags
        '00000000', // no variable
        '00000000', // no partition key column
        '00000004', // rows, flags: no metadata
        '00000000', // no columns
      ),
  },
])

const both: ('83' | '84')[] = ['83', '84']

const simpleTypes: [kind: SimpleTypeKind, wire: string, first: ('83' | '84')[]][] = [
  ['ascii', '0001', both],
  ['bigint', '0002', both],
  ['blob', '0003', both],
  ['boolean', '0004', both],
  ['counter', '0005', both],
  ['decimal', '0006', both],
  ['double', '0007', both],
  ['float', '0008', both],
  ['int', '0009', both],
  ['text', '000a', both],
  ['timestamp', '000b', both],
  ['uuid', '000c', both],
  ['varchar', '000d', both],
  ['varint', '000e', both],
  ['timeuuid', '000f', both],
  ['inet', '0010', both],
  ['date', '0011', ['84']],
  ['time', '0012', ['84']],
  ['smallint', '0013', ['84']],
  ['tinyint', '0014', ['84']],
]

const compoundTypes: [title: string, type: DataType, wire: Buffer][] = [
  [
    'custom',
    { kind: 'custom', className: 'org.apache.cassandra.db.marshal.DurationType' },
    hex(
      '0000 002c', // custom, class name
      ascii('org.apache.cassandra.db.marshal.DurationType'),
    ),
  ],
  [
    'list<varchar>',
    { kind: 'list', element: { kind: 'varchar' } },
    hex(
      '0020', // list
      '000d', // varchar
    ),
  ],
  [
    'set<uuid>',
    { kind: 'set', element: { kind: 'uuid' } },
    hex(
      '0022', // set
      '000c', // uuid
    ),
  ],
  [
    'map<int, list<blob>>',
    { kind: 'map', key: { kind: 'int' }, value: { kind: 'list', element: { kind: 'blob' } } },
    hex(
      '0021', // map
      '0009', // int
      '0020', // list
      '0003', // blob
    ),
  ],
  [
    'a user-defined type',
    {
      kind: 'udt',
      keyspace: 'training',
      name: 'address',
      fields: [
        { name: 'street', type: { kind: 'varchar' } },
        { name: 'tags', type: { kind: 'set', element: { kind: 'ascii' } } },
      ],
    },
    hex(
      '0030', // user-defined
      '0008', // keyspace
      ascii('training'),
      '0007', // name
      ascii('address'),
      '0002', // two fields
      '0006', // field
      ascii('street'),
      '000d', // varchar
      '0004', // field
      ascii('tags'),
      '0022 0001', // set<ascii>
    ),
  ],
  [
    'tuple<int, tuple<>>',
    { kind: 'tuple', elements: [{ kind: 'int' }, { kind: 'tuple', elements: [] }] },
    hex(
      '0031', // tuple
      '0002', // two elements
      '0009', // int
      '0031 0000', // tuple of nothing
    ),
  ],
]

function rowsOfType(title: string, type: DataType, wire: Buffer, first: ('83' | '84')[]): Golden[] {
  return goldens(result, [
    {
      title: `RESULT Rows of type ${title}`,
      first,
      value: {
        kind: 'rows',
        metadata: { columnCount: 1, pagingState: null, columns: [{ keyspace: 'k', table: 't', name: 'v', type }] },
        rows: [],
      },
      frame: (byte) => {
        const body = hex(
          '00000002', // Rows
          '00000000', // no flags
          '00000001', // one column
          '0001', // keyspace
          ascii('k'),
          '0001', // table
          ascii('t'),
          '0001', // column
          ascii('v'),
          wire, // type
          '00000000', // no rows
        )
        return hex(`${byte} 00 0001 08`, body.length.toString(16).padStart(8, '0'), body)
      },
    },
  ])
}

export const typeGoldens: Golden[] = [
  ...simpleTypes.flatMap(([kind, wire, first]) => rowsOfType(kind, { kind }, hex(wire), first)),
  ...compoundTypes.flatMap(([title, type, wire]) => rowsOfType(title, type, wire, both)),
]

export const prefixGoldens: Golden[] = goldens(result, [
  {
    title: 'RESULT with a tracing id',
    first: ['83', '84'],
    prefix: { tracingId: '00112233-4455-6677-8899-aabbccddeeff' },
    value: { kind: 'void' },
    frame: (first) =>
      hex(
        `${first} 02 0001 08 00000014`, // header, flags: tracing
        '00112233445566778899aabbccddeeff', // tracing id
        '00000001', // Void
      ),
  },
  {
    title: 'RESULT with warnings',
    first: ['84'],
    prefix: { warnings: ['too big', ''] },
    value: { kind: 'void' },
    frame: (first) =>
      hex(
        `${first} 08 0001 08 00000011`, // header, flags: warning
        '0002', // two warnings
        '0007',
        ascii('too big'),
        '0000',
        '00000001', // Void
      ),
  },
  {
    title: 'RESULT with a custom payload',
    first: ['84'],
    prefix: { customPayload: { key: hex('0102'), gone: null } },
    value: { kind: 'void' },
    frame: (first) =>
      hex(
        `${first} 04 0001 08 0000001b`, // header, flags: custom payload
        '0002', // two entries
        '0003', // name
        ascii('key'),
        '00000002 0102', // value
        '0004', // name
        ascii('gone'),
        'ffffffff', // null
        '00000001', // Void
      ),
  },
  {
    title: 'RESULT with tracing id, warnings and custom payload',
    first: ['84'],
    prefix: {
      tracingId: 'ffeeddcc-bbaa-9988-7766-554433221100',
      warnings: ['w'],
      customPayload: { k: Buffer.alloc(0) },
    },
    value: { kind: 'set_keyspace', keyspace: 'ks' },
    frame: (first) =>
      hex(
        `${first} 0e 0001 08 00000026`, // header, flags: tracing, custom payload, warning
        'ffeeddccbbaa99887766554433221100', // tracing id
        '0001 0001', // one warning
        ascii('w'),
        '0001 0001', // one entry, its name
        ascii('k'),
        '00000000', // empty value
        '00000003', // Set_keyspace
        '0002', // keyspace
        ascii('ks'),
      ),
  },
])
