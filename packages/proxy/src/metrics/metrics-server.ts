import { createServer, type Server, type ServerResponse } from 'node:http'
import type { MetricsRegistry } from '@zdmkit/runtime'
import type { ControlStatus } from '../control/control-connection.ts'
import type { PerSide } from '../side.ts'

/** What the metrics port tells of; `null` as status: the proxy is starting. */
export interface HealthSources {
  readonly isMetricsEnabled: boolean
  readonly registry: MetricsRegistry
  readonly failureThreshold: number
  status(): { readonly controls: PerSide<ControlStatus>; readonly isDraining: boolean } | null
}

interface ClusterHealth {
  Addr: string
  CurrentFailureCount: number
  FailureCountThreshold: number
  Status: 'UP' | 'DOWN'
}

/** Readiness as ZDM Proxy reports it, but DOWN the moment a drain starts. */
export interface Readiness {
  OriginStatus: ClusterHealth | null
  TargetStatus: ClusterHealth | null
  Status: 'UP' | 'DOWN' | 'STARTUP'
}

/** `/metrics`, `/health/liveness` and `/health/readiness`: read only, with ZDM Proxy's bodies and codes. */
export function createMetricsServer(sources: HealthSources): Server {
  const server = createServer((request, response) => {
    // Anybody may send any target here: a URL parser throws for some of them.
    const [path] = (request.url ?? '/').split('?', 1)
    if (path === '/metrics') {
      sendMetrics(response, sources).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause)
        send(response, 500, 'text/plain; charset=utf-8', `the metrics cannot be told: ${reason}\n`)
      })
    } else if (path === '/health/liveness') {
      send(response, 200, 'text/plain; charset=utf-8', 'OK')
    } else if (path === '/health/readiness' && request.method === 'GET') {
      const readiness = readinessOf(sources)
      send(response, readiness.Status === 'UP' ? 200 : 503, 'application/json', JSON.stringify(readiness))
    } else {
      send(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')
    }
  })
  server.requestTimeout = 10_000
  return server
}

export function readinessOf(sources: HealthSources): Readiness {
  const status = sources.status()
  if (status === null) return { OriginStatus: null, TargetStatus: null, Status: 'STARTUP' }
  const [origin, target] = status.controls.map((control) =>
    clusterHealth(control, sources.failureThreshold),
  ) as PerSide<ClusterHealth>
  const isUp = origin.Status === 'UP' && target.Status === 'UP' && !status.isDraining
  return { OriginStatus: origin, TargetStatus: target, Status: isUp ? 'UP' : 'DOWN' }
}

function clusterHealth(control: ControlStatus, threshold: number): ClusterHealth {
  return {
    Addr: control.address,
    CurrentFailureCount: control.failureCount,
    FailureCountThreshold: threshold,
    Status: control.failureCount < threshold ? 'UP' : 'DOWN',
  }
}

async function sendMetrics(response: ServerResponse, sources: HealthSources): Promise<void> {
  if (!sources.isMetricsEnabled) {
    send(response, 404, 'text/plain; charset=utf-8', 'Metrics are disabled on this proxy instance.')
  } else if (sources.status() === null) {
    send(response, 503, 'text/plain; charset=utf-8', "Proxy metrics haven't been initialized yet.")
  } else {
    send(response, 200, sources.registry.contentType, await sources.registry.text())
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
