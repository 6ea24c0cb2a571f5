import { describe, expect, it } from 'vitest'
import { codeOfServerError } from '../src/errors.ts'
import { ClusterError, type ClusterErrorCode, clusterErrorCodes, isRetryable } from '../src/index.ts'

describe('ClusterError', () => {
  it('carries the code it is filed under, its name and its cause', () => {
    for (const code of clusterErrorCodes) {
      const cause = new Error('below')
      const error = new ClusterError(code, 'what failed', { cause })
      expect(error).toMatchObject({ code, name: 'ClusterError', message: 'what failed', cause })
    }
  })

  it('has codes that are unique and begin with the package', () => {
    expect(new Set(clusterErrorCodes).size).toBe(clusterErrorCodes.length)
    for (const code of clusterErrorCodes) expect(code).toMatch(/^CLUSTER_[A-Z_]+$/)
  })
})

describe('isRetryable', () => {
  it('is true for what may pass and false for what will not', () => {
    const retryable = clusterErrorCodes.filter((code) => isRetryable(new ClusterError(code, '')))
    expect(retryable).toStrictEqual<ClusterErrorCode[]>([
      'CLUSTER_NO_HOST',
      'CLUSTER_TIMEOUT',
      'CLUSTER_CONNECTION_LOST',
      'CLUSTER_UNAVAILABLE',
      'CLUSTER_OVERLOADED',
      'CLUSTER_REPLICA_FAILURE',
    ])
    expect(isRetryable(new Error('other'))).toBe(false)
  })
})

describe('codeOfServerError', () => {
  it.each<[string, number, ClusterErrorCode]>([
    ['SERVER_ERROR', 0x0000, 'CLUSTER_SERVER_ERROR'],
    ['PROTOCOL_ERROR', 0x000a, 'CLUSTER_SERVER_ERROR'],
    ['BAD_CREDENTIALS', 0x0100, 'CLUSTER_AUTH_FAILED'],
    ['UNAVAILABLE', 0x1000, 'CLUSTER_UNAVAILABLE'],
    ['OVERLOADED', 0x1001, 'CLUSTER_OVERLOADED'],
    ['IS_BOOTSTRAPPING', 0x1002, 'CLUSTER_OVERLOADED'],
    ['WRITE_TIMEOUT', 0x1100, 'CLUSTER_TIMEOUT'],
    ['READ_TIMEOUT', 0x1200, 'CLUSTER_TIMEOUT'],
    ['READ_FAILURE', 0x1300, 'CLUSTER_REPLICA_FAILURE'],
    ['WRITE_FAILURE', 0x1500, 'CLUSTER_REPLICA_FAILURE'],
    ['SYNTAX_ERROR', 0x2000, 'CLUSTER_INVALID'],
    ['UNAUTHORIZED', 0x2100, 'CLUSTER_UNAUTHORIZED'],
    ['INVALID', 0x2200, 'CLUSTER_INVALID'],
    ['UNPREPARED', 0x2500, 'CLUSTER_SERVER_ERROR'],
  ])('files %s', (_name, serverCode, expected) => {
    expect(codeOfServerError(serverCode)).toBe(expected)
  })
})
