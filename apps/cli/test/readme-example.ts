import { DEMO_ORIGIN, DEMO_TARGET, formatReport, runMigration } from '@zdmkit/cli'
import type { ClusterProvider } from '@zdmkit/testkit'

/** Walks a whole migration on clusters of that provider, and says whether nothing was lost. */
export async function rehearse(provider: ClusterProvider): Promise<boolean> {
  const report = await runMigration({
    origin: { ...DEMO_ORIGIN, version: '4.1' },
    target: DEMO_TARGET,
    provider,
    phaseSeconds: 2,
    onPhase: ({ title, routing }) => console.log(title, routing.writes, routing.targetReadPercent),
  })
  console.log(formatReport(report))
  return report.isSuccess
}
