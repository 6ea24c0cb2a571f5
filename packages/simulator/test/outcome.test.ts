import { ClusterError, clusterErrorCodes } from '@zdmkit/cluster'
import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../src/outcome.ts'

describe('outcomeOf', () => {
  it('says rejected only for refusals that come before anything is written', () => {
    const rejected = clusterErrorCodes.filter((code) => outcomeOf(new ClusterError(code, '')) === 'rejected')
    expect(rejected).toStrictEqual(['CLUSTER_AUTH_FAILED', 'CLUSTER_CLOSED', 'CLUSTER_UNAUTHORIZED', 'CLUSTER_INVALID'])
  })

  it.each(['CLUSTER_TIMEOUT', 'CLUSTER_CONNECTION_LOST', 'CLUSTER_NO_HOST'] as const)('says unknown for %s', (code) => {
    expect(outcomeOf(new ClusterError(code, ''))).toBe('unknown')
  })

  it('says unknown for an error that nobody foresaw', () => {
    expect(outcomeOf(new TypeError('bug'))).toBe('unknown')
  })
})
