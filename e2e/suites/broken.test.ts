import { readFile } from 'node:fs/promises'
import { type MigrationReport, walkDemo } from '@zdmkit/cli'
import { FrameRelay } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ClusterPair } from '../support/cluster-pair.ts'
import { TemporaryFolder } from '../support/temporary-folder.ts'

// Products are never deleted by the traffic, so that nothing heals the loss; an update may make it a partial one.
const INSERT = 'INSERT INTO "training".products '

describe('a demo whose proxy loses one write on its way to the target', () => {
  it('exits 1 and names the write', async () => {
    await using folder = await TemporaryFolder.make()
    await using clusters = await ClusterPair.start()
    let relay: FrameRelay | null = null
    let lost: Buffer = Buffer.alloc(0)
    const printed = { stdout: '', stderr: '' }
    const exitCode = await walkDemo({
      ...{ keep: false, seed: 5, phaseSeconds: 2, port: 0, outDirectory: folder.path },
      signal: AbortSignal.timeout(110_000),
      io: {
        stdout: { write: (text) => (printed.stdout += text) },
        stderr: { write: (text) => (printed.stderr += text) },
      },
      migration: {
        provider: clusters,
        interpose: async (_, { contactPoints: [host = ''], port }) => {
          const between = await FrameRelay.start({ host, port })
          if (port === clusters.target.port) relay = between
          return between
        },
        onPhase: ({ label }) => {
          // After the backfill, which would repair it.
          if (label !== 'phase-4-50') return
          const swallowed = relay?.swallow(({ text, header }) => header.opcode !== PREPARE && isInsert(text))
          void swallowed?.then(({ frame }) => {
            lost = frame
          })
        },
      },
    })

    expect(lost.length).toBeGreaterThan(0)
    expect(exitCode).toBe(1)
    const [, id = ''] =
      /target: training\.products product_id=([0-9a-f-]{36}) is (?:missing|stale) .*after operation \d+ INSERT/.exec(
        printed.stdout.slice(printed.stdout.indexOf('FAILED:')),
      ) ?? []
    // As it stands in a literal statement, or as it is bound to a prepared one.
    expect(lost.includes(id) || lost.includes(Buffer.from(id.replaceAll('-', ''), 'hex'))).toBe(true)

    const report = JSON.parse(await readFile(`${folder.path}/report.json`, 'utf8')) as MigrationReport
    expect(report.isSuccess).toBe(false)
    expect(report.ledger.lost.map(({ cluster }) => cluster)).toStrictEqual(['target'])
    expect(report.ledger.lost[0]?.write).toContain(`INSERT training.products product_id=${id}`)
    const products = report.validation.tables.find(({ table }) => table === 'products')
    expect((products?.missing ?? 0) + (products?.different ?? 0)).toBe(1)
    expect(products?.listed[0]?.key).toContain(id)
    expect(report.validation.isEqual).toBe(false)
  })
})

function isInsert(text: string | null): boolean {
  return text?.startsWith(INSERT) ?? false
}

/** Native protocol v4, section 2.4. */
const PREPARE = 0x09
