import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TokenRange } from '@zdmkit/cluster'
import type { MarkerPolicy } from './compose.ts'
import { BackfillError } from './errors.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'

const FORMAT = 'zdmkit-backfill'
const VERSION = 1
/** How every header begins. */
const HEADER_START = `{"format":"${FORMAT}"`

/** What a checkpoint belongs to. A run that differs in any of it must not go on from there. */
export interface CheckpointRun {
  readonly origin: string
  readonly target: string
  readonly keyspace: string
  /** Schema hash by table name. */
  readonly tables: Readonly<Record<string, string>>
  readonly fenceMicros: bigint
  readonly markers: MarkerPolicy
  /** Since when the proxy wrote to both clusters when the run began; null offline. */
  readonly dualSinceMicros: bigint | null
}

/** What earlier runs finished of one table. */
export interface Finished {
  readonly ranges: TokenRange[]
  readonly tally: Tally
}

/** A checkpoint as it is on disk. */
export interface CheckpointState {
  readonly run: CheckpointRun
  readonly finished: ReadonlyMap<string, Finished>
}

/**
 * What is done, in a file: a header line with what the run is about, then one JSON line per finished range, each on disk
 * before the next range of its worker begins. A last line that a crash cut off is dropped; its range is copied again.
 */
export class Checkpoint implements AsyncDisposable {
  readonly #file: FileHandle
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * What the file holds, or null when there is none or it is empty.
   * @throws BACKFILL_CHECKPOINT_CORRUPT when a line before the last cannot be read
   */
  static async read(path: string): Promise<CheckpointState | null> {
    const text = await readIfPresent(path)
    const lines = completeLines(text ?? '')
    const [first, ...rest] = lines
    if (first === undefined) return null
    const run = parseHeader(first)
    if (!run) throw corrupt(path, 1)
    const finished = new Map<string, Finished>()
    rest.forEach((line, i) => {
      const entry = parseEntry(line)
      if (!entry) throw corrupt(path, i + 2)
      const known = finished.get(entry.table) ?? { ranges: [], tally: emptyTally() }
      known.ranges.push(entry.range)
      addTally(known.tally, entry.tally)
      finished.set(entry.table, known)
    })
    return { run, finished }
  }

  /**
   * Opens the file for further ranges, with the header of `run` when it has none yet. Mode 0600.
   * @throws BACKFILL_CHECKPOINT_CORRUPT when it is a file of something else
   */
  static async open(path: string, run: CheckpointRun): Promise<Checkpoint> {
    const text = (await readIfPresent(path)) ?? ''
    if (!isTornHeader(text) && !parseHeader(text.slice(0, text.indexOf('\n')))) throw corrupt(path, 1)
    const file = await open(path, 'a', 0o600)
    const checkpoint = new Checkpoint(file)
    try {
      const completeBytes = Buffer.byteLength(
        completeLines(text)
          .map((line) => `${line}\n`)
          .join(''),
      )
      // What a crash cut off must not become the beginning of the next line.
      await file.truncate(completeBytes)
      await file.chmod(0o600)
      if (completeBytes === 0) await checkpoint.#append(headerLine(run))
      await syncFolder(dirname(path))
      return checkpoint
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Resolves when the range is on disk. */
  async finish(table: string, range: TokenRange, tally: Tally): Promise<void> {
    await this.#append(JSON.stringify({ table, start: String(range.start), end: String(range.end), ...tally }))
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#file.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #append(line: string): Promise<void> {
    const written = this.#tail.then(async () => {
      await this.#file.appendFile(`${line}\n`)
      await this.#file.datasync()
    })
    this.#tail = written.catch(() => {})
    return written
  }
}

/**
 * @throws BACKFILL_CHECKPOINT_MISMATCH when the checkpoint is of another run, BACKFILL_CHECKPOINT_STALE when the proxy's
 * routing was changed since it was begun and that is not accepted
 */
export function checkSameRun(
  path: string,
  saved: CheckpointRun,
  run: CheckpointRun,
  accepts: { routingChange: boolean },
): void {
  const differences = [
    ...(['origin', 'target', 'keyspace', 'markers', 'fenceMicros'] as const)
      .filter((name) => saved[name] !== run[name])
      .map((name) => `${name} is ${saved[name]} there and ${run[name]} here`),
    ...tableDifferences(saved.tables, run.tables),
  ]
  if (differences.length > 0) {
    throw new BackfillError(
      'BACKFILL_CHECKPOINT_MISMATCH',
      `checkpoint ${path} is of another run: ${differences.join('; ')}. Give another file, or run with the same settings`,
    )
  }
  if (saved.dualSinceMicros !== run.dualSinceMicros && !accepts.routingChange) {
    throw new BackfillError(
      'BACKFILL_CHECKPOINT_STALE',
      `checkpoint ${path} was begun with ${describeSince(saved)} and now there are ${describeSince(run)}: ` +
        'writes that went to one cluster only in between are missing from the ranges done before. ' +
        'Begin again with another file, or accept routing-change',
    )
  }
}

function describeSince({ dualSinceMicros }: CheckpointRun): string {
  return dualSinceMicros === null ? 'no proxy' : `dual writes since ${dualSinceMicros}`
}

function tableDifferences(saved: Readonly<Record<string, string>>, run: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(run)])].sort()
  return names.flatMap((name) => {
    if (!(name in run)) return [`table ${name} is there only`]
    if (!(name in saved)) return [`table ${name} is here only`]
    return saved[name] === run[name] ? [] : [`table ${name} had other columns`]
  })
}

function completeLines(text: string): string[] {
  const lines = text.split('\n')
  // What follows the last line end is empty, or was cut off.
  lines.pop()
  return lines
}

/** The first line, where 64-bit numbers are decimal text. */
type Header = Omit<CheckpointRun, 'fenceMicros' | 'dualSinceMicros'> & {
  readonly format: string
  readonly version: number
  readonly fenceMicros: string
  readonly dualSinceMicros: string | null
}

function headerLine(run: CheckpointRun): string {
  const header: Header = {
    format: FORMAT,
    version: VERSION,
    ...run,
    fenceMicros: String(run.fenceMicros),
    dualSinceMicros: run.dualSinceMicros === null ? null : String(run.dualSinceMicros),
  }
  return JSON.stringify(header)
}

/** A header that was cut off, or nothing yet: this file is begun again. */
function isTornHeader(text: string): boolean {
  return !text.includes('\n') && (text.startsWith(HEADER_START) || HEADER_START.startsWith(text))
}

function parseHeader(line: string): CheckpointRun | null {
  try {
    const header = JSON.parse(line) as Header
    if (header.format !== FORMAT || header.version !== VERSION) return null
    const { origin, target, keyspace, tables, markers, fenceMicros, dualSinceMicros: since } = header
    return {
      origin,
      target,
      keyspace,
      tables: { ...tables },
      markers,
      fenceMicros: BigInt(fenceMicros),
      dualSinceMicros: since === null ? null : BigInt(since),
    }
  } catch {
    return null
  }
}

function parseEntry(line: string): { table: string; range: TokenRange; tally: Tally } | null {
  try {
    const { table, start, end, ...tally } = JSON.parse(line) as { table: string; start: string; end: string } & Tally
    return { table, range: { start: BigInt(start), end: BigInt(end) }, tally: { ...emptyTally(), ...tally } }
  } catch {
    return null
  }
}

function corrupt(path: string, lineNumber: number): BackfillError {
  return new BackfillError(
    'BACKFILL_CHECKPOINT_CORRUPT',
    `line ${lineNumber} of checkpoint ${path} is not one of ours; begin again with another file`,
  )
}

async function readIfPresent(path: string): Promise<string | null> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  await using closing = file
  return await closing.readFile('utf8')
}

/** Without this a new file's name may be gone after a power cut, although its lines are on disk. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
