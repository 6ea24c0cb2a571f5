import { describe, expect, it } from 'vitest'
import { ClusterError, retrying } from '../src/index.ts'

const timeout = () => new ClusterError('CLUSTER_TIMEOUT', 'no answer')

describe('retrying', () => {
  it('gives the first result that comes', async () => {
    const failures = [timeout(), timeout()]
    const result = await retrying(
      async (attempt) => {
        const failure = failures.shift()
        if (failure) throw failure
        return attempt
      },
      { sleep: async () => {} },
    )
    expect(result).toBe(3)
  })

  it('waits twice as long each time, up to the longest pause, less at random', async () => {
    const pauses: number[] = []
    const policy = { attempts: 6, firstDelayMs: 100, delayMsMax: 500 }
    const failing = retrying(() => Promise.reject(timeout()), {
      policy,
      random: () => 0.5,
      sleep: async (delayMs) => void pauses.push(delayMs),
    })
    await expect(failing).rejects.toMatchObject({ code: 'CLUSTER_TIMEOUT' })
    expect(pauses).toStrictEqual([75, 150, 300, 375, 375])
  })

  it('does not ask again what failed for good', async () => {
    let count = 0
    const failing = retrying(() => {
      count++
      return Promise.reject(new ClusterError('CLUSTER_INVALID', 'no such column'))
    })
    await expect(failing).rejects.toMatchObject({ code: 'CLUSTER_INVALID' })
    expect(count).toBe(1)
  })

  it('ends a pause when it is aborted', async () => {
    const abort = new AbortController()
    const failing = retrying(() => Promise.reject(timeout()), {
      signal: abort.signal,
      policy: { attempts: 3, firstDelayMs: 60_000, delayMsMax: 60_000 },
      onRetry: () => abort.abort(),
    })
    await expect(failing).rejects.toMatchObject({ name: 'AbortError' })
  })
})
