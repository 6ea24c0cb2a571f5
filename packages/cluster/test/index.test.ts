import { describe, expect, it } from 'vitest'
import * as cluster from '../src/index.ts'

describe('@zdmkit/cluster', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(cluster).sort()).toStrictEqual([
      'Cluster',
      'ClusterError',
      'DEFAULT_CONSISTENCY',
      'DEFAULT_RETRY',
      'RING_END',
      'RING_START',
      'RawSession',
      'clusterErrorCodes',
      'coversRing',
      'formatKey',
      'hasReadableWriteTime',
      'isConsistencyName',
      'isRetryable',
      'quoteName',
      'retrying',
      'scanColumns',
      'scanTable',
      'splitRing',
      'subtractRanges',
      'types',
    ])
  })
})
