import { loadSettings } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { settings } from '../src/config.ts'
import { ACCEPTANCES, DEFAULT_LIMITS } from '../src/index.ts'

const needed = { origin_contact_points: 'a,b', target_contact_points: 'c', keyspace: 'training' }

describe('settings of zdm-backfill', () => {
  it('has the defaults of the library', () => {
    const { settings: values } = loadSettings({ settings, flags: needed })
    expect(values).toMatchObject({
      rangesPerTable: DEFAULT_LIMITS.rangesPerTable,
      concurrency: DEFAULT_LIMITS.concurrency,
      fetchSize: DEFAULT_LIMITS.fetchSize,
      batchStatements: DEFAULT_LIMITS.batchStatementsMax,
      batchBytes: DEFAULT_LIMITS.batchBytesMax,
      inFlightRows: DEFAULT_LIMITS.inFlightRowsMax,
      inFlightBytes: DEFAULT_LIMITS.inFlightBytesMax,
      failedRanges: DEFAULT_LIMITS.failedRangesMax,
      readConsistency: 'LOCAL_QUORUM',
      writeConsistency: 'LOCAL_QUORUM',
      gate: 'proxy',
      markers: 'insert',
      fenceMicros: null,
    })
    expect(settings.definitions.accept.values).toStrictEqual([...ACCEPTANCES])
  })

  it("takes the clusters from the proxy's variables", () => {
    const env = {
      ZDM_ORIGIN_CONTACT_POINTS: '10.0.0.1',
      ZDM_TARGET_CONTACT_POINTS: '10.0.1.1',
      ZDM_ORIGIN_PASSWORD: 'secret',
      ZDM_BACKFILL_KEYSPACE: 'training',
    }
    const { settings: values } = loadSettings({ settings, env })
    expect(values.originContactPoints).toStrictEqual(['10.0.0.1'])
    expect(JSON.stringify(values)).not.toContain('secret')
    expect(values.originPassword?.reveal()).toBe('secret')
  })

  it('refuses what it does not know', () => {
    const load = (flags: Record<string, string>) => () => loadSettings({ settings, flags: { ...needed, ...flags } })
    expect(load({ consistency: 'ONE' })).toThrow(/consistency/)
    expect(load({ accept: 'everything' })).toThrow(/accept/)
    expect(load({ concurrency: '0' })).toThrow(/concurrency/)
  })
})
