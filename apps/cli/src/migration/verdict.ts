import type { MigrationReport } from './report.ts'

/** What the verdict is made of. */
export type JudgedParts = Pick<MigrationReport, 'traffic' | 'requests' | 'validation' | 'ledger'>

/** Named in the reasons; the report has all of them. */
const NAMED_MAX = 20

/**
 * Why a migration is no success, a line each; empty when no operation failed, no acknowledged write is missing or stale on
 * either cluster, and no row differs.
 */
export function reasonsOf(parts: JudgedParts): string[] {
  return [...failedOperations(parts), ...lostWrites(parts), ...differences(parts), ...proxyFindings(parts)]
}

function failedOperations({ traffic }: JudgedParts): string[] {
  if (traffic.operations === 0) return ['no operation of the application was answered']
  if (traffic.failures === 0) return []
  const listed = traffic.failed.slice(0, NAMED_MAX).map(({ phase, text }) => `  ${phase}: ${text}`)
  return [
    `${count(traffic.failures, 'operation')} of the application failed:`,
    ...listed,
    ...more(traffic.failures, listed),
  ]
}

function lostWrites({ ledger }: JudgedParts): string[] {
  if (ledger.acknowledged === 0) return ['no write of the application was acknowledged']
  if (ledger.lost.length === 0) return []
  const listed = ledger.lost.slice(0, NAMED_MAX).map(({ text }) => `  ${text}`)
  return [`${count(ledger.lost.length, 'acknowledged write')} lost:`, ...listed, ...more(ledger.lost.length, listed)]
}

function differences({ validation }: JudgedParts): string[] {
  if (validation.isEqual) return []
  const lines: string[] = []
  for (const { table, missing, extra, different, moving, listed } of validation.tables) {
    const all = missing + extra + different + moving
    if (all === 0) continue
    lines.push(
      `${table} differs: ${count(missing, 'row')} missing on the target, ${extra} extra there, ${different} different, ${moving} still moving:`,
    )
    const named = listed.slice(0, NAMED_MAX).map(({ difference, key, columns }) => {
      return `  ${difference}: ${key}${columns.length === 0 ? '' : ` (${columns.join(', ')})`}`
    })
    lines.push(...named, ...more(all, named))
  }
  return lines.length > 0 ? lines : ['the clusters could not be compared to the end']
}

function proxyFindings({ requests }: JudgedParts): string[] {
  const lines: string[] = []
  if (requests.readMismatches > 0) {
    lines.push(`${count(requests.readMismatches, 'compared read')} differed between the clusters, also when read again`)
  }
  if (requests.unanswered !== 0) lines.push(`${count(requests.unanswered, 'request')} never answered by the proxy`)
  return lines
}

function more(all: number, listed: readonly string[]): string[] {
  return all > listed.length ? [`  and ${all - listed.length} more`] : []
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`
}
