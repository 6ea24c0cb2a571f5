import { event } from '@zdmkit/protocol'
import { type Golden, goldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

export const eventGoldens: Golden[] = goldens(event, [
  {
    title: 'EVENT: a node has joined, IPv4',
    first: ['83', '84'],
    stream: -1,
    value: { kind: 'topology_change', changeType: 'NEW_NODE', node: { address: '127.0.0.2', port: 9042 } },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000024`, // header, stream -1
        '000f', // event type
        ascii('TOPOLOGY_CHANGE'),
        '0008', // change type
        ascii('NEW_NODE'),
        '04 7f000002 00002352', // 127.0.0.2, port 9042
      ),
  },
  {
    title: 'EVENT: a node has left, IPv6',
    first: ['83', '84'],
    stream: -1,
    value: { kind: 'topology_change', changeType: 'REMOVED_NODE', node: { address: '2001:db8::1:0:0:7', port: 19042 } },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000034`, // header, stream -1
        '000f', // event type
        ascii('TOPOLOGY_CHANGE'),
        '000c', // change type
        ascii('REMOVED_NODE'),
        '10 20010db8000000000001000000000007 00004a62', // address, port 19042
      ),
  },
  {
    title: 'EVENT: a node is up',
    first: ['83', '84'],
    stream: -1,
    value: { kind: 'status_change', changeType: 'UP', node: { address: '::1', port: 9042 } },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000028`, // header, stream -1
        '000d', // event type
        ascii('STATUS_CHANGE'),
        '0002', // change type
        ascii('UP'),
        '10 00000000000000000000000000000001 00002352', // ::1, port 9042
      ),
  },
  {
    title: 'EVENT: a node is down',
    first: ['83', '84'],
    stream: -1,
    value: { kind: 'status_change', changeType: 'DOWN', node: { address: '10.0.0.1', port: 9042 } },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 0000001e`, // header, stream -1
        '000d', // event type
        ascii('STATUS_CHANGE'),
        '0004', // change type
        ascii('DOWN'),
        '04 0a000001 00002352', // 10.0.0.1, port 9042
      ),
  },
  {
    title: 'EVENT: a keyspace is created',
    first: ['83', '84'],
    stream: -1,
    value: {
      kind: 'schema_change',
      change: { changeType: 'CREATED', target: 'KEYSPACE', keyspace: 'training' },
    },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 0000002c`, // header, stream -1
        '000d', // event type
        ascii('SCHEMA_CHANGE'),
        '0007', // change type
        ascii('CREATED'),
        '0008', // target
        ascii('KEYSPACE'),
        '0008', // keyspace
        ascii('training'),
      ),
  },
  {
    title: 'EVENT: a table is altered',
    first: ['83', '84'],
    stream: -1,
    value: {
      kind: 'schema_change',
      change: { changeType: 'UPDATED', target: 'TABLE', keyspace: 'training', name: 'users' },
    },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000030`, // header, stream -1
        '000d', // event type
        ascii('SCHEMA_CHANGE'),
        '0007', // change type
        ascii('UPDATED'),
        '0005', // target
        ascii('TABLE'),
        '0008', // keyspace
        ascii('training'),
        '0005', // table
        ascii('users'),
      ),
  },
  {
    title: 'EVENT: a type is dropped',
    first: ['83', '84'],
    stream: -1,
    value: {
      kind: 'schema_change',
      change: { changeType: 'DROPPED', target: 'TYPE', keyspace: 'training', name: 'address' },
    },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000031`, // header, stream -1
        '000d', // event type
        ascii('SCHEMA_CHANGE'),
        '0007', // change type
        ascii('DROPPED'),
        '0004', // target
        ascii('TYPE'),
        '0008', // keyspace
        ascii('training'),
        '0007', // type
        ascii('address'),
      ),
  },
  {
    title: 'EVENT: a function is created',
    first: ['84'],
    stream: -1,
    value: {
      kind: 'schema_change',
      change: {
        changeType: 'CREATED',
        target: 'FUNCTION',
        keyspace: 'training',
        name: 'plus',
        argumentTypes: ['int', 'list<text>'],
      },
    },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000045`, // header, stream -1
        '000d', // event type
        ascii('SCHEMA_CHANGE'),
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
        '000a',
        ascii('list<text>'),
      ),
  },
  {
    title: 'EVENT: an aggregate is dropped',
    first: ['84'],
    stream: -1,
    value: {
      kind: 'schema_change',
      change: { changeType: 'DROPPED', target: 'AGGREGATE', keyspace: 'training', name: 'total', argumentTypes: [] },
    },
    frame: (first) =>
      hex(
        `${first} 00 ffff 0c 00000036`, // header, stream -1
        '000d', // event type
        ascii('SCHEMA_CHANGE'),
        '0007', // change type
        ascii('DROPPED'),
        '0009', // target
        ascii('AGGREGATE'),
        '0008', // keyspace
        ascii('training'),
        '0005', // aggregate
        ascii('total'),
        '0000', // no argument types
      ),
  },
])
