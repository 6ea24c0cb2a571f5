import { ShutdownRequested } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import type { ValidationReport } from '../src/report.ts'
import { type RunSeams, run } from '../src/run.ts'
import type { ValidationContext, ValidationOptions } from '../src/validation.ts'

const REPORT: ValidationReport = {
  ...{ schemaVersion: 1, kind: 'validation', keyspace: 'training' },
  origin: { name: 'DSE_Cluster', releaseVersion: '4.0.20' },
  target: { name: 'HCD_Cluster', releaseVersion: '5.0.6' },
  ...{ startedAt: '2026-06-01T00:00:00.000Z', elapsedSeconds: 1, ranges: 64, consistency: 'LOCAL_QUORUM' },
  ...{ tables: [], onlyOnTarget: [], equal: true },
}
const CLUSTERS = ['--origin-contact-points', 'dse-node', '--target-contact-points', 'hcd-node,hcd-node2']

type Listener = (name: 'SIGINT' | 'SIGTERM') => void

async function validate(
  argv: readonly string[],
  report: ValidationReport,
  parts: { env?: Record<string, string>; isInterrupted?: boolean } = {},
) {
  const listeners: Listener[] = []
  const called: { options?: ValidationOptions; context?: ValidationContext } = {}
  const seams: RunSeams = {
    process: { on: (_, listener) => listeners.push(listener), off: () => {}, exit: () => {} },
    validate: async (options, context) => {
      Object.assign(called, { options, context })
      if (parts.isInterrupted) listeners[0]?.('SIGTERM')
      context?.signal?.throwIfAborted()
      const task = context?.progress?.start({ task: 'validate users', unit: 'ranges', total: 64 })
      task?.advance(64)
      task?.finish()
      return report
    },
  }
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
  }
  const code = await run(argv, parts.env ?? {}, io, seams)
  return { code, out: out.join(''), err: err.join(''), ...called }
}

describe('zdm-validate', () => {
  it('ends with 0 when everything is equal, the report on stdout and the progress on stderr', async () => {
    const { code, out, err } = await validate([...CLUSTERS, '--keyspace', 'training'], REPORT)
    expect({ code, last: out.trimEnd().split('\n').at(-1) }).toStrictEqual({
      code: 0,
      last: 'Equal: 0 rows of 0 tables in 1.0 s',
    })
    expect(err).toContain('validate users: done, 64 ranges')
  })

  it('ends with 1 when something differs', async () => {
    expect((await validate([...CLUSTERS, '--keyspace', 'training'], { ...REPORT, equal: false })).code).toBe(1)
  })

  it('prints one JSON document when told so', async () => {
    const { out } = await validate([...CLUSTERS, '--keyspace', 'training', '--json'], REPORT)
    expect(JSON.parse(out)).toStrictEqual(REPORT)
  })

  it('takes clusters from the variables of the proxy, and hands over every setting', async () => {
    const env = {
      ZDM_ORIGIN_CONTACT_POINTS: 'dse-node',
      ZDM_ORIGIN_USERNAME: 'cassandra',
      ZDM_ORIGIN_PASSWORD: 'secret',
      ZDM_TARGET_CONTACT_POINTS: 'hcd-node',
      ZDM_TARGET_PORT: '9043',
    }
    const argv = ['--keyspace', 'training', '--tables', 'users,orders', '--splits', '8', '--recheck-delay-ms', '50']
    const { options, err } = await validate(argv, REPORT, { env })
    expect(options).toStrictEqual({
      origin: {
        ...{ contactPoints: ['dse-node'], port: 9042, localDataCenter: null },
        credentials: { username: 'cassandra', password: 'secret' },
      },
      target: { contactPoints: ['hcd-node'], port: 9043, localDataCenter: null },
      ...{ keyspace: 'training', tables: ['users', 'orders'], splits: 8, concurrency: 8, pageSize: 1000 },
      ...{ consistency: 'LOCAL_QUORUM', recheckDelayMs: 50, recheckTries: 3, maxListed: 100 },
    })
    expect(err).not.toContain('secret')
  })

  it('throws the reason of the signal that ended it', async () => {
    const interrupted = validate([...CLUSTERS, '--keyspace', 'training'], REPORT, { isInterrupted: true })
    await expect(interrupted).rejects.toBeInstanceOf(ShutdownRequested)
  })

  it('names what is missing', async () => {
    await expect(validate(['--keyspace', 'training'], REPORT)).rejects.toMatchObject({ code: 'CONFIG_MISSING_KEY' })
  })

  it('prints its help and its version', async () => {
    expect((await validate(['--help'], REPORT)).out).toContain('--recheck-tries NUMBER')
    expect((await validate(['--version'], REPORT)).out).toMatch(/^zdm-validate \d/)
  })
})
