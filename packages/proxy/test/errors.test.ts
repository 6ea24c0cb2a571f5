import { ErrorCode, encodeResponse, error, HEADER_BYTES } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { ClusterUnreachable } from '../src/group/cluster-unreachable.ts'
import { ProxyError, proxyErrorCodes } from '../src/index.ts'
import { RefusedByCluster } from '../src/login/identity.ts'
import { ORIGIN, TARGET } from '../src/side.ts'

describe('ProxyError', () => {
  it('carries the code it is filed under, its name and its cause', () => {
    for (const code of proxyErrorCodes) {
      const cause = new Error('below')
      const thrown = new ProxyError(code, 'what failed', { cause })
      expect(thrown).toMatchObject({ code, name: 'ProxyError', message: 'what failed', cause })
      expect(thrown).toBeInstanceOf(Error)
    }
  })

  it('has codes that are unique and begin with the package', () => {
    expect(new Set(proxyErrorCodes).size).toBe(proxyErrorCodes.length)
    for (const code of proxyErrorCodes) expect(code).toMatch(/^PROXY_[A-Z_]+$/)
  })
})

describe('ClusterUnreachable', () => {
  it('names the cluster, and has the reason apart', () => {
    const cause = new Error('connect ECONNREFUSED')
    expect(new ClusterUnreachable(TARGET, cause)).toMatchObject({
      code: 'PROXY_CLUSTER_UNREACHABLE',
      name: 'ClusterUnreachable',
      message: 'target: connect ECONNREFUSED',
      reason: 'connect ECONNREFUSED',
      side: TARGET,
      cause,
    })
    expect(new ClusterUnreachable(ORIGIN, 'no connection').message).toBe('origin: no connection')
  })
})

describe('RefusedByCluster', () => {
  it('has the code and text of the cluster’s ERROR', () => {
    const frame = encodeResponse(
      error,
      { code: ErrorCode.BAD_CREDENTIALS, message: 'wrong' },
      { version: 4, stream: 0 },
    )
    const answer = { version: 4, flags: 0, opcode: 0, body: frame.subarray(HEADER_BYTES) }
    expect(new RefusedByCluster(ORIGIN, answer, 'origin refused the login')).toMatchObject({
      code: 'PROXY_LOGIN_REFUSED',
      name: 'RefusedByCluster',
      message: 'origin refused the login: wrong',
      side: ORIGIN,
      serverCode: ErrorCode.BAD_CREDENTIALS,
      serverMessage: 'wrong',
    })
  })

  it('looks behind warnings and a custom payload', () => {
    const prefix = { warnings: ['careful'], customPayload: { key: Buffer.from('v') } }
    const frame = encodeResponse(
      error,
      { code: ErrorCode.INVALID, message: 'no' },
      { version: 4, stream: 0, ...prefix },
    )
    const answer = { version: 4, flags: frame[1] ?? 0, opcode: 0, body: frame.subarray(HEADER_BYTES) }
    expect(new RefusedByCluster(TARGET, answer, 'target refused USE')).toMatchObject({
      serverCode: ErrorCode.INVALID,
      message: 'target refused USE: no',
    })
  })

  it.each([
    ['an answer that is no ERROR', 6, Buffer.alloc(0), 'unexpected answer SUPPORTED'],
    ['an ERROR that is cut', 0, Buffer.alloc(3), 'an ERROR that cannot be read'],
  ])('makes a server error of %s', (_what, opcode, body, message) => {
    const answer = { version: 4, flags: 0, opcode, body }
    expect(new RefusedByCluster(TARGET, answer, 'target refused STARTUP')).toMatchObject({
      serverCode: ErrorCode.SERVER_ERROR,
      message: `target refused STARTUP: ${message}`,
    })
  })
})
