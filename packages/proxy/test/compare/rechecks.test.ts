import { eventually, reply } from '@zdmkit/testkit'
import { describe, expect, it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { rowsOf } from '../support/raw-client.ts'

const READS = 1000

describe('reads that differ on both clusters', () => {
  it('are read again a bounded number at a time, so that an empty target does not multiply the load', async () => {
    await using fixture = await ProxyFixture.start({ routing: { readMode: 'DUAL_ASYNC_ON_SECONDARY' } })
    fixture.origin.prime(/^SELECT v/, reply.rows(['v int'], [[1]]))
    fixture.target.prime(/^SELECT v/, reply.rows(['v int'], []))
    const client = await fixture.client()
    const answers = Array.from({ length: READS }, (_, k) => client.query(`SELECT v FROM ks.t WHERE k = ${k}`))
    for (const answer of answers) rowsOf(await answer)
    const value = async (name: string): Promise<number> => (await fixture.metrics()).get(`zdm_proxy_${name}`) ?? 0
    await eventually(
      async () => (await value('dropped_async_reads_total')) + (await value('read_mismatches_total')) === READS,
    )
    expect(await value('read_comparisons_total')).toBe(READS)
    expect(await value('read_mismatches_total')).toBeGreaterThan(0)
    expect(await value('read_mismatches_total')).toBeLessThanOrEqual(128)
    expect(fixture.requests(fixture.origin).length).toBeLessThanOrEqual(READS + 3 * 128)
  })
})
