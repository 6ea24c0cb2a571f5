import * as protocol from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'

const names = [
  'BODY_BYTES_MAX',
  'Consistency',
  'ErrorCode',
  'HEADER_BYTES',
  'HeaderFlag',
  'Opcode',
  'ProtocolError',
  'ProtocolVersion',
  'Reader',
  'ResultKind',
  'Writer',
  'authChallenge',
  'authResponse',
  'authSuccess',
  'authenticate',
  'batch',
  'decodeHeader',
  'decodePrefix',
  'encodeFrame',
  'encodePrefix',
  'encodeRequest',
  'encodeResponse',
  'error',
  'errorCodeName',
  'event',
  'execute',
  'isSupportedVersion',
  'opcodeName',
  'options',
  'prepare',
  'protocolErrorCodes',
  'query',
  'ready',
  'register',
  'result',
  'startup',
  'supported',
]

// From src/walk/:
const walkNames = ['QueryFlag', 'RequestShape', 'messageOffset', 'pagingStateOffset']

describe('@zdmkit/protocol', () => {
  it('has exactly these public names', () => {
    expect(Object.keys(protocol).sort()).toStrictEqual([...names, ...walkNames].sort())
  })
})
