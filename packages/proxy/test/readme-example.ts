import { proxyOptions, proxySettings, type RoutingStatus, startProxy } from '@zdmkit/proxy'
import { createLogger, loadSettings } from '@zdmkit/runtime'

/** Writes to both clusters for as long as `application` runs, then moves a tenth of the reads to the target. */
export async function migrate(
  env: Readonly<Record<string, string>>,
  application: (port: number) => Promise<void>,
): Promise<RoutingStatus> {
  const { settings } = loadSettings({ settings: proxySettings, env, flags: {} })
  const log = createLogger({ name: 'zdm-proxy', level: settings.logLevel })
  await using proxy = await startProxy(proxyOptions(settings, 'admin-token'), log)
  await application(proxy.port)
  return proxy.changeRouting({ targetReadPercent: 10 })
}
