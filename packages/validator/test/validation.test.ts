import { describe, expect, it } from 'vitest'
import { runValidation, type ValidationOptions } from '../src/validation.ts'

const NOWHERE = { contactPoints: ['127.0.0.1'], port: 1, localDataCenter: null }
const OPTIONS: ValidationOptions = { origin: NOWHERE, target: NOWHERE, keyspace: 'training' }

describe('runValidation', () => {
  it.each([
    ['splits', { splits: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['recheckDelayMs', { recheckDelayMs: -1 }],
    ['recheckTries', { recheckTries: 0 }],
    ['maxListed', { maxListed: Number.NaN }],
    ['pageSize', { pageSize: 0 }],
    ['tables', { tables: [] }],
  ])('refuses a wrong %s before it connects', async (name, parts) => {
    await expect(runValidation({ ...OPTIONS, ...parts })).rejects.toMatchObject({
      code: 'VALIDATOR_BAD_OPTION',
      message: expect.stringContaining(name),
    })
  })

  it('does nothing when its signal was aborted before', async () => {
    const reason = new Error('stop')
    await expect(runValidation(OPTIONS, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('says which cluster nobody answers for', async () => {
    await expect(runValidation(OPTIONS)).rejects.toMatchObject({ code: 'CLUSTER_NO_HOST' })
  })
})
