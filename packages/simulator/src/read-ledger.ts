import { readFile } from 'node:fs/promises'
import { SimulatorError } from './errors.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { TABLES } from './workload/tables.ts'

export interface LedgerFile {
  readonly seed: number | null
  readonly entries: readonly LedgerEntry[]
  /**
   * Whether the file has its end line. If not, the simulator was killed: its last writes may be missing here, and a row may
   * show a value that no entry names.
   */
  readonly isComplete: boolean
}

/**
 * Reads a ledger file. A last line cut short by a kill is left out; damage anywhere else is an error.
 * @throws SIMULATOR_LEDGER_UNREADABLE, SIMULATOR_LEDGER_DAMAGED
 */
export async function readLedger(path: string): Promise<LedgerFile> {
  try {
    return parseLedger(await readFile(path, 'utf8'), path)
  } catch (error) {
    if (error instanceof SimulatorError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SimulatorError('SIMULATOR_LEDGER_UNREADABLE', `ledger file ${path} cannot be read: ${reason}`, {
      cause: error,
    })
  }
}

/**
 * The same from the file's text; `path` is for messages.
 * @throws SIMULATOR_LEDGER_DAMAGED
 */
export function parseLedger(text: string, path: string): LedgerFile {
  const lines = text.split('\n')
  // Every whole line ends with a line feed, so what follows the last one is nothing or a torn line.
  lines.pop()
  const [header, ...records] = lines.map((line, index) => parseLine(line, index + 1, path))
  if (header === undefined) return { seed: null, entries: [], isComplete: false }
  const { ledger: version, seed } = header
  if (version !== 1) throw damaged(path, 1, 'is not the header of a ledger')
  const entries: LedgerEntry[] = []
  let isComplete = false
  for (const [index, record] of records.entries()) {
    const line = index + 2
    if (isComplete) throw damaged(path, line, 'follows the end line')
    const { end, entries: entryCount } = record
    if (end === true) {
      if (entryCount !== entries.length) {
        throw damaged(path, line, `says ${String(entryCount)} entries where ${entries.length} precede it`)
      }
      isComplete = true
    } else {
      if (!isEntry(record)) throw damaged(path, line, 'is not a ledger entry')
      entries.push(record)
    }
  }
  return { seed: typeof seed === 'number' ? seed : null, entries, isComplete }
}

function parseLine(line: string, number: number, path: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // The same answer as for JSON that is no object.
  }
  throw damaged(path, number, 'is not a JSON object')
}

function isEntry(record: object): record is LedgerEntry {
  const entry = record as Partial<Record<keyof LedgerEntry, unknown>>
  return (
    Number.isSafeInteger(entry.operation) &&
    ['INSERT', 'UPDATE', 'DELETE'].includes(String(entry.kind)) &&
    ['applied', 'rejected', 'unknown'].includes(String(entry.outcome)) &&
    Object.hasOwn(TABLES, String(entry.table)) &&
    [entry.keyspace, entry.section, entry.issuedAt, entry.answeredAt].every((text) => typeof text === 'string') &&
    [entry.issuedMs, entry.answeredMs].every(Number.isFinite) &&
    isObject(entry.key) &&
    isObject(entry.values) &&
    Array.isArray(entry.computed) &&
    (entry.ttlSeconds === null || Number.isSafeInteger(entry.ttlSeconds))
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function damaged(path: string, line: number, what: string): SimulatorError {
  return new SimulatorError('SIMULATOR_LEDGER_DAMAGED', `ledger file ${path}: line ${line} ${what}`)
}
