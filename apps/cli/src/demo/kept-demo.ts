import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedProvider } from '@zdmkit/testkit'
import { CliError } from '../errors.ts'
import { ProxyProcess } from '../migration/proxy/proxy-process.ts'
import type { KeptPart, MigrationReport } from '../migration/report.ts'
import { demoDirectory } from './out-directory.ts'

/** What the file in the demo's folder says about what was left running. */
interface KeptFile {
  readonly schemaVersion: 1
  /** ISO 8601. */
  readonly keptAt: string
  readonly parts: readonly KeptPart[]
}

/** Ends one part, by the name of its provider; false when there is none any more. */
export type EndKept = (part: KeptPart) => Promise<boolean>

/** The file, so that another process can end what was kept. */
export function keptFileIn(directory: string): string {
  return join(directory, 'kept.json')
}

/** @throws DEMO_ALREADY_KEPT when the folder has a kept demo: its file would be overwritten and nobody could end it. */
export async function assertNothingKept(directory: string): Promise<void> {
  if ((await readKept(directory)) === null) return
  throw new CliError(
    'DEMO_ALREADY_KEPT',
    `a demo is kept running already (${keptFileIn(directory)}): end it with 'zdm demo stop', or name another folder with --out`,
  )
}

/** Writes down what a migration left running. */
export async function rememberKept(directory: string, { kept }: MigrationReport): Promise<void> {
  if (kept === null) return
  const file: KeptFile = { schemaVersion: 1, keptAt: new Date().toISOString(), parts: kept.parts }
  await mkdir(directory, { recursive: true })
  await writeFile(keptFileIn(directory), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
}

/** What of a kept demo was ended. */
export interface EndedParts {
  readonly ended: readonly KeptPart['what'][]
  /** Had ended before. */
  readonly gone: readonly KeptPart['what'][]
}

/** Ends a kept demo; null when the folder has none. Each process is ended only if it is still the one that was started. */
export async function endKeptDemo(directory: string, end: EndKept = endPart): Promise<EndedParts | null> {
  const kept = await readKept(directory)
  if (kept === null) return null
  const ended: KeptPart['what'][] = []
  const gone: KeptPart['what'][] = []
  // The proxy first, as it came last.
  for (const part of kept.parts) ((await end(part)) ? ended : gone).push(part.what)
  await rm(keptFileIn(directory), { force: true })
  return { ended, gone }
}

function endPart({ provider, handle }: KeptPart): Promise<boolean> {
  return provider === 'proxy' ? ProxyProcess.endKept(handle) : embeddedProvider().endKept(handle)
}

async function readKept(directory: string): Promise<KeptFile | null> {
  const file = keptFileIn(directory)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const parsed: unknown = JSON.parse(text)
  return isKeptFile(parsed) ? parsed : null
}

function isKeptFile(value: unknown): value is KeptFile {
  return typeof value === 'object' && value !== null && 'parts' in value && Array.isArray(value.parts)
}

/** How to reach what was left running, for people. */
export function keptLines(report: MigrationReport, directory: string): string[] {
  const { kept, origin, target } = report
  if (kept === null) return []
  const cluster = (role: string, { name, contactPoints: [host = ''], port, dataCenter }: typeof origin): string[] => [
    `  ${role}  ${name}: ${host} port ${port}, local data center ${dataCenter}; cqlsh ${host} ${port}`,
  ]
  const { host, port, metricsUrl, adminUrl, tokenFile } = kept.proxy
  return [
    'Left running:',
    ...cluster('origin', origin),
    ...cluster('target', target),
    // Its system tables are the origin's, whatever the routing.
    `  proxy   ${host} port ${port}, local data center ${origin.dataCenter}; cqlsh ${host} ${port}`,
    `          metrics ${metricsUrl}`,
    `          routing ${adminUrl}/api/v1/routing with the token in ${tokenFile}`,
    `          ./zdm routing get --admin-url ${adminUrl} --token-file ${tokenFile}`,
    `End it: ./zdm demo stop${directory === demoDirectory(undefined) ? '' : ` --out ${directory}`}`,
    '',
  ]
}
