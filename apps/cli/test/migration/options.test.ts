import { describe, expect, it } from 'vitest'
import { DEMO_ORIGIN, DEMO_TARGET } from '../../src/demo/clusters.ts'
import { runMigration } from '../../src/migration/migration.ts'
import { type MigrationOptions, settingsOf } from '../../src/migration/options.ts'
import { failingProvider } from '../support/failing-provider.ts'

const OPTIONS: MigrationOptions = { origin: DEMO_ORIGIN, target: DEMO_TARGET, provider: failingProvider('none') }

describe('settingsOf', () => {
  it('fills in what is not given', () => {
    expect(settingsOf(OPTIONS)).toStrictEqual({ seed: 1, phaseSeconds: 5, workers: 4, delayMs: 25, proxyPort: 0 })
    expect(settingsOf({ ...OPTIONS, seed: 0, delayMs: 0 })).toMatchObject({ seed: 0, delayMs: 0 })
  })

  it.each<Partial<MigrationOptions>>([
    { seed: -1 },
    { seed: 1.5 },
    { phaseSeconds: 0 },
    { phaseSeconds: Number.NaN },
    { workers: 0 },
    { delayMs: -1 },
    { proxyPort: 65_536 },
  ])('refuses %j before anything is started', async (change) => {
    const [name = ''] = Object.keys(change)
    const expected = { code: 'MIGRATION_BAD_OPTION', message: expect.stringContaining(name) as string }
    await expect(runMigration({ ...OPTIONS, ...change })).rejects.toMatchObject(expected)
  })
})
