import {
  authChallenge,
  authenticate,
  authResponse,
  authSuccess,
  options,
  ready,
  register,
  startup,
  supported,
} from '@zdmkit/protocol'
import { type Golden, goldens } from '../support/golden.ts'
import { ascii, hex } from '../support/hex.ts'

export const startupGoldens: Golden[] = goldens(startup, [
  {
    title: 'STARTUP with compression',
    first: ['03', '04'],
    value: { options: { CQL_VERSION: '3.0.0', COMPRESSION: 'lz4' } },
    frame: (first) =>
      hex(
        `${first} 00 0001 01 00000028`, // header, stream 1
        '0002', // two options
        '000b', // name
        ascii('CQL_VERSION'),
        '0005', // text
        ascii('3.0.0'),
        '000b', // name
        ascii('COMPRESSION'),
        '0003', // text
        ascii('lz4'),
      ),
  },
  {
    title: 'STARTUP without options, on the highest stream',
    first: ['03', '04'],
    stream: 32767,
    value: { options: {} },
    frame: (first) =>
      hex(
        `${first} 00 7fff 01 00000002`, // header, stream 32,767
        '0000', // no options
      ),
  },
])

export const optionsGoldens: Golden[] = goldens(options, [
  {
    title: 'OPTIONS',
    first: ['03', '04'],
    stream: 0,
    value: {},
    frame: (first) => hex(`${first} 00 0000 05 00000000`),
  },
])

export const readyGoldens: Golden[] = goldens(ready, [
  {
    title: 'READY',
    first: ['83', '84'],
    value: {},
    frame: (first) => hex(`${first} 00 0001 02 00000000`),
  },
])

export const supportedGoldens: Golden[] = goldens(supported, [
  {
    title: 'SUPPORTED',
    first: ['83', '84'],
    value: { options: { CQL_VERSION: ['3.4.5'], COMPRESSION: ['snappy', 'lz4'], PROTOCOL_VERSIONS: [] } },
    frame: (first) =>
      hex(
        `${first} 00 0001 06 00000049`, // header
        '0003', // three options
        '000b', // name
        ascii('CQL_VERSION'),
        '0001 0005', // one choice
        ascii('3.4.5'),
        '000b', // name
        ascii('COMPRESSION'),
        '0002 0006', // two choices
        ascii('snappy'),
        '0003', // the second
        ascii('lz4'),
        '0011', // name
        ascii('PROTOCOL_VERSIONS'),
        '0000', // no choice
      ),
  },
])

export const authenticateGoldens: Golden[] = goldens(authenticate, [
  {
    title: 'AUTHENTICATE',
    first: ['83', '84'],
    value: { authenticator: 'org.apache.cassandra.auth.PasswordAuthenticator' },
    frame: (first) =>
      hex(
        `${first} 00 0001 03 00000031`, // header
        '002f', // class name
        ascii('org.apache.cassandra.auth.PasswordAuthenticator'),
      ),
  },
])

export const authChallengeGoldens: Golden[] = goldens(authChallenge, [
  {
    title: 'AUTH_CHALLENGE with a token',
    first: ['83', '84'],
    value: { token: ascii('PLAIN-START') },
    frame: (first) =>
      hex(
        `${first} 00 0001 0e 0000000f`, // header
        '0000000b', // token
        ascii('PLAIN-START'),
      ),
  },
  {
    title: 'AUTH_CHALLENGE without a token',
    first: ['83', '84'],
    value: { token: null },
    frame: (first) =>
      hex(
        `${first} 00 0001 0e 00000004`, // header
        'ffffffff', // null token
      ),
  },
])

export const authResponseGoldens: Golden[] = goldens(authResponse, [
  {
    title: 'AUTH_RESPONSE with a SASL PLAIN token',
    first: ['03', '04'],
    value: { token: hex('00', ascii('user'), '00', ascii('pass')) },
    frame: (first) =>
      hex(
        `${first} 00 0001 0f 0000000e`, // header
        '0000000a', // token
        '00', // no authorization identity
        ascii('user'),
        '00',
        ascii('pass'),
      ),
  },
  {
    title: 'AUTH_RESPONSE without a token',
    first: ['03', '04'],
    value: { token: null },
    frame: (first) =>
      hex(
        `${first} 00 0001 0f 00000004`, // header
        'ffffffff', // null token
      ),
  },
])

export const authSuccessGoldens: Golden[] = goldens(authSuccess, [
  {
    title: 'AUTH_SUCCESS without a token',
    first: ['83', '84'],
    value: { token: null },
    frame: (first) =>
      hex(
        `${first} 00 0001 10 00000004`, // header
        'ffffffff', // null token
      ),
  },
  {
    title: 'AUTH_SUCCESS with an empty token',
    first: ['83', '84'],
    value: { token: Buffer.alloc(0) },
    frame: (first) =>
      hex(
        `${first} 00 0001 10 00000004`, // header
        '00000000', // empty token
      ),
  },
])

export const registerGoldens: Golden[] = goldens(register, [
  {
    title: 'REGISTER for every event',
    first: ['03', '04'],
    value: { eventTypes: ['TOPOLOGY_CHANGE', 'STATUS_CHANGE', 'SCHEMA_CHANGE'] },
    frame: (first) =>
      hex(
        `${first} 00 0001 0b 00000031`, // header
        '0003', // three types
        '000f',
        ascii('TOPOLOGY_CHANGE'),
        '000d',
        ascii('STATUS_CHANGE'),
        '000d',
        ascii('SCHEMA_CHANGE'),
      ),
  },
])
