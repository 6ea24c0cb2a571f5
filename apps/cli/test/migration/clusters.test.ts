import type { ClusterSpec, RunningCluster } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { DEMO_ORIGIN, DEMO_TARGET } from '../../src/demo/clusters.ts'
import { addressOf, startClusters } from '../../src/migration/clusters.ts'

describe('startClusters', () => {
  it('starts both at the same time, and the stack ends them', async () => {
    const ended: string[] = []
    let starting = 0
    await using stack = new AsyncDisposableStack()
    const { origin, target } = await startClusters(
      options(async (spec) => {
        starting++
        await new Promise((resolve) => setImmediate(resolve))
        expect(starting).toBe(2)
        return cluster(spec, ended)
      }),
      { stack, signal: new AbortController().signal, say: () => {} },
    )
    expect([origin.clusterName, target.clusterName]).toStrictEqual(['DSE_Cluster', 'HCD_Cluster'])
    await stack.disposeAsync()
    expect(ended.sort()).toStrictEqual(['origin', 'target'])
  })

  it('ends the start of the other when one fails, throws the failure and leaves nothing', async () => {
    const ended: string[] = []
    const failure = new Error('no Java')
    let reason: unknown = null
    await using stack = new AsyncDisposableStack()
    const started = startClusters(
      options((spec, startOptions) => {
        if (spec.role === 'origin') return Promise.reject(failure)
        // One that is ready in the very moment of the abort.
        return new Promise((resolve) => {
          startOptions?.signal?.addEventListener('abort', () => {
            reason = startOptions.signal?.reason
            resolve(cluster(spec, ended))
          })
        })
      }),
      { stack, signal: new AbortController().signal, say: () => {} },
    )
    await expect(started).rejects.toBe(failure)
    expect(reason).toBe(failure)
    await stack.disposeAsync()
    expect(ended).toStrictEqual(['target'])
  })
})

describe('addressOf', () => {
  it('has a login only where the cluster asks for one', () => {
    const plain = cluster(DEMO_ORIGIN, [])
    expect(addressOf(plain)).toStrictEqual({ contactPoints: ['127.0.0.1'], port: 9, localDataCenter: 'dc1' })
    const credentials = { username: 'u', password: 'p' }
    expect(addressOf({ ...plain, credentials } as RunningCluster)).toMatchObject({ credentials })
  })
})

type Start = Parameters<typeof startClusters>[0]['provider']['start']

function options(start: Start): Parameters<typeof startClusters>[0] {
  const provider = { name: 'fake', start, endKept: () => Promise.resolve(false) }
  return { origin: DEMO_ORIGIN, target: DEMO_TARGET, provider }
}

function cluster({ role, clusterName, dataCenter, version }: ClusterSpec, ended: string[]): RunningCluster {
  return {
    ...{ contactPoints: ['127.0.0.1'], port: 9, dataCenter, clusterName, releaseVersion: version, kind: 'embedded' },
    keep: () => Promise.resolve(''),
    [Symbol.asyncDispose]: async () => {
      ended.push(role)
    },
  }
}
