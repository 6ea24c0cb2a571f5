import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { countRequests, parseMetrics, readMetrics, sumOf } from '../../../src/migration/proxy/metrics.ts'

const TEXT = `# HELP zdm_proxy_request_duration_seconds Time
# TYPE zdm_proxy_request_duration_seconds histogram
zdm_proxy_request_duration_seconds_bucket{le="0.001",type="writes"} 3
zdm_proxy_request_duration_seconds_count{type="reads_origin"} 10
zdm_proxy_request_duration_seconds_count{type="reads_target"} 2
zdm_proxy_request_duration_seconds_count{type="writes"} 5
zdm_origin_request_duration_seconds_count{node="127.0.0.1:1",type="reads"} 10
zdm_origin_request_duration_seconds_count{node="127.0.0.1:1",type="writes"} 5
zdm_target_request_duration_seconds_count{node="127.0.0.1:2",type="writes"} 4
zdm_target_request_duration_seconds_count{node="127.0.0.2:2",type="writes"} 1
zdm_proxy_failed_writes_total{failed_on="target"} 1
zdm_proxy_failed_writes_total{failed_on="both"} 2
zdm_client_connections_total 3
zdm_x_total 1.5e+3
`

describe('metrics', () => {
  it('are read by series and summed over labels', () => {
    const snapshot = parseMetrics(TEXT)
    expect(sumOf(snapshot, 'zdm_client_connections_total')).toBe(3)
    expect(sumOf(snapshot, 'zdm_x_total')).toBe(1_500)
    expect(sumOf(snapshot, 'zdm_target_request_duration_seconds_count', { type: 'writes' })).toBe(5)
    expect(sumOf(snapshot, 'zdm_proxy_failed_writes_total')).toBe(3)
    expect(sumOf(snapshot, 'zdm_proxy_failed')).toBe(0)
  })

  it('tell what happened between two moments', () => {
    const before = parseMetrics('zdm_proxy_request_duration_seconds_count{type="writes"} 2\n')
    expect(countRequests(before, parseMetrics(TEXT))).toStrictEqual({
      ...{
        readsOrigin: 10,
        readsTarget: 2,
        writes: 3,
        originReads: 10,
        originWrites: 5,
        targetReads: 0,
        targetWrites: 5,
      },
      ...{ comparedReads: 0, readMismatches: 0, failedReads: 0, failedWrites: 3 },
    })
  })

  it('come over HTTP, and what is no success is an error', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/metrics' ? 200 : 503
      response.end(TEXT)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { signal } = new AbortController()
    expect(sumOf(await readMetrics(`${url}/metrics`, signal), 'zdm_client_connections_total')).toBe(3)
    const expected = { code: 'MIGRATION_METRICS_UNREADABLE', message: expect.stringContaining('HTTP 503') as string }
    await expect(readMetrics(`${url}/other`, signal)).rejects.toMatchObject(expected)
    server.close()
    const aborted = AbortSignal.abort(new Error('stopped'))
    await expect(readMetrics(`${url}/metrics`, aborted)).rejects.toThrow('stopped')
  })
})
