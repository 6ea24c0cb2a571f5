import { Consistency, ErrorCode, error, errorCodeName, type PlainErrorCode } from '@zdmkit/protocol'
import { type Golden, goldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

/** The errors that are a text and nothing else, with their code on the wire. */
const plain: [code: PlainErrorCode, wire: string][] = [
  [ErrorCode.SERVER_ERROR, '00000000'],
  [ErrorCode.PROTOCOL_ERROR, '0000000a'],
  [ErrorCode.BAD_CREDENTIALS, '00000100'],
  [ErrorCode.OVERLOADED, '00001001'],
  [ErrorCode.IS_BOOTSTRAPPING, '00001002'],
  [ErrorCode.TRUNCATE_ERROR, '00001003'],
  [ErrorCode.SYNTAX_ERROR, '00002000'],
  [ErrorCode.UNAUTHORIZED, '00002100'],
  [ErrorCode.INVALID, '00002200'],
  [ErrorCode.CONFIG_ERROR, '00002300'],
]

export const errorGoldens: Golden[] = [
  ...plain.flatMap(([code, wire]) =>
    goldens(error, [
      {
        title: `ERROR ${errorCodeName(code)}`,
        first: ['83', '84'],
        value: { code, message: 'why' },
        frame: (first) =>
          hex(
            `${first} 00 0001 00 00000009`, // header
            wire, // code
            '0003', // message
            ascii('why'),
          ),
      },
    ]),
  ),
  ...goldens(error, [
    {
      title: 'ERROR UNAVAILABLE',
      first: ['83', '84'],
      value: { code: ErrorCode.UNAVAILABLE, message: 'why', consistency: Consistency.QUORUM, required: 2, alive: 1 },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000013`, // header
          '00001000', // code
          '0003', // message
          ascii('why'),
          '0004', // QUORUM
          '00000002', // required
          '00000001', // alive
        ),
    },
    {
      title: 'ERROR WRITE_TIMEOUT',
      first: ['83', '84'],
      value: {
        code: ErrorCode.WRITE_TIMEOUT,
        message: 'why',
        consistency: Consistency.ALL,
        received: 1,
        blockFor: 3,
        writeType: 'BATCH_LOG',
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 0000001e`, // header
          '00001100', // code
          '0003', // message
          ascii('why'),
          '0005', // ALL
          '00000001', // received
          '00000003', // block for
          '0009', // write type
          ascii('BATCH_LOG'),
        ),
    },
    {
      title: 'ERROR READ_TIMEOUT, the data there',
      first: ['83', '84'],
      value: {
        code: ErrorCode.READ_TIMEOUT,
        message: 'why',
        consistency: Consistency.TWO,
        received: 1,
        blockFor: 2,
        dataPresent: true,
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000014`, // header
          '00001200', // code
          '0003', // message
          ascii('why'),
          '0002', // TWO
          '00000001', // received
          '00000002', // block for
          '01', // data present
        ),
    },
    {
      title: 'ERROR READ_TIMEOUT, the data missing',
      first: ['83', '84'],
      value: {
        code: ErrorCode.READ_TIMEOUT,
        message: '',
        consistency: Consistency.ONE,
        received: 0,
        blockFor: 1,
        dataPresent: false,
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000011`, // header
          '00001200', // code
          '0000', // empty message
          '0001', // ONE
          '00000000', // received
          '00000001', // block for
          '00', // no data
        ),
    },
    {
      title: 'ERROR READ_FAILURE',
      first: ['84'],
      value: {
        code: ErrorCode.READ_FAILURE,
        message: 'why',
        consistency: Consistency.LOCAL_QUORUM,
        received: 1,
        blockFor: 2,
        failures: 1,
        dataPresent: false,
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000018`, // header
          '00001300', // code
          '0003', // message
          ascii('why'),
          '0006', // LOCAL_QUORUM
          '00000001', // received
          '00000002', // block for
          '00000001', // failures
          '00', // no data
        ),
    },
    {
      title: 'ERROR FUNCTION_FAILURE',
      first: ['84'],
      value: {
        code: ErrorCode.FUNCTION_FAILURE,
        message: 'why',
        keyspace: 'training',
        function: 'plus',
        argumentTypes: ['int', 'text'],
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000026`, // header
          '00001400', // code
          '0003', // message
          ascii('why'),
          '0008', // keyspace
          ascii('training'),
          '0004', // function
          ascii('plus'),
          '0002', // two argument types
          '0003',
          ascii('int'),
          '0004',
          ascii('text'),
        ),
    },
    {
      title: 'ERROR WRITE_FAILURE',
      first: ['84'],
      value: {
        code: ErrorCode.WRITE_FAILURE,
        message: 'why',
        consistency: Consistency.EACH_QUORUM,
        received: 1,
        blockFor: 2,
        failures: 1,
        writeType: 'CAS',
      },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 0000001c`, // header
          '00001500', // code
          '0003', // message
          ascii('why'),
          '0007', // EACH_QUORUM
          '00000001', // received
          '00000002', // block for
          '00000001', // failures
          '0003', // write type
          ascii('CAS'),
        ),
    },
    {
      title: 'ERROR ALREADY_EXISTS, a table',
      first: ['83', '84'],
      value: { code: ErrorCode.ALREADY_EXISTS, message: 'why', keyspace: 'training', table: 'users' },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 0000001a`, // header
          '00002400', // code
          '0003', // message
          ascii('why'),
          '0008', // keyspace
          ascii('training'),
          '0005', // table
          ascii('users'),
        ),
    },
    {
      title: 'ERROR ALREADY_EXISTS, a keyspace',
      first: ['83', '84'],
      value: { code: ErrorCode.ALREADY_EXISTS, message: 'why', keyspace: 'training', table: '' },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 00000015`, // header
          '00002400', // code
          '0003', // message
          ascii('why'),
          '0008', // keyspace
          ascii('training'),
          '0000', // no table
        ),
    },
    {
      title: 'ERROR UNPREPARED',
      first: ['83', '84'],
      value: { code: ErrorCode.UNPREPARED, message: 'why', id: hex('00112233445566778899aabbccddeeff') },
      frame: (first) =>
        hex(
          `${first} 00 0001 00 0000001b`, // header
          '00002500', // code
          '0003', // message
          ascii('why'),
          '0010 00112233445566778899aabbccddeeff', // id
        ),
    },
  ]),
]
