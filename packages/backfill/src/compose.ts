import type { RawValue, ScannedRow } from '@zdmkit/cluster'
import { listWriteTime } from './fence.ts'
import { type CellGroup, groupCells } from './group.ts'
import type { ColumnParts, TablePlan, WriteKind } from './plan.ts'
import { ttlAtWrite } from './ttl.ts'

/**
 * Row markers, which no CQL can read. `insert`: every row gets one, at the oldest write time of its cells and not after the
 * fence. `update`: only rows without cells do, which prove that there was one.
 */
export type MarkerPolicy = 'insert' | 'update'

/** A row with its cells grouped, ready to be composed as often as needed. */
export interface GroupedRow {
  readonly row: ScannedRow
  readonly groups: readonly CellGroup[]
  readonly hasElements: boolean
  readonly hasLists: boolean
  /** Most statements it can need. */
  readonly statementCountMax: number
  /** Key and cells. */
  readonly bytes: number
}

export interface Write {
  readonly kind: WriteKind
  readonly values: RawValue[]
}

export interface ComposedRow {
  /** Empty when all there was to write has expired. */
  readonly writes: Write[]
  /** Cells, collections counted as one, that expired between read and write. */
  readonly expiredCellCount: number
  readonly marker: 'guessed' | 'none'
  /** TTL of collections: `inherited` from the row's cells, which share one; `unknown` where they do not; else `none`. */
  readonly collectionTtl: 'inherited' | 'unknown' | 'none'
}

export interface ComposeOptions {
  /** Microseconds since 1970; before any dual write. */
  readonly fenceMicros: bigint
  readonly markers: MarkerPolicy
  /** The moment of writing; milliseconds since 1970, by the clock of `readAtMs`. */
  readonly nowMs: number
  /** How often this run has sent the row, this time included. */
  readonly attempt: number
}

export function groupRow(row: ScannedRow, plan: TablePlan): GroupedRow {
  const parts = partsOf(row, plan)
  const groups = groupCells(row, parts.cells)
  const hasElements = parts.elements.some(({ place }) => row.cells[place] != null)
  const hasLists = parts.lists.some((place) => row.cells[place] != null)
  let bytes = 0
  for (const cells of [row.key, row.clustering, row.cells]) for (const cell of cells) bytes += cell?.length ?? 0
  return { row, groups, hasElements, hasLists, statementCountMax: groups.length + 3, bytes }
}

/** The statements that make the target's row what this one is, as of `nowMs`. */
export function composeRow(grouped: GroupedRow, plan: TablePlan, options: ComposeOptions): ComposedRow {
  const { row, groups } = grouped
  const parts = partsOf(row, plan)
  const ttlNow = (ttl: number | null) => ttlAtWrite(ttl, row.readAtMs, options.nowMs)
  const key = row.kind === 'row' ? [...row.key, ...row.clustering] : row.key
  const prefix = row.kind === 'row' ? '' : 'static_'
  const writes: Write[] = []
  let expiredCellCount = 0

  const shared = sharedTtl(groups)
  const marker = row.kind === 'row' ? markerOf(grouped, shared, options) : null
  const markerTtl = marker && ttlNow(marker.ttl)
  // A group that is written as the marker is saves it a statement of its own.
  const markerGroup =
    marker && groups.find(({ writeTime, ttl }) => writeTime === marker.writeTime && ttl === marker.ttl)
  if (marker && markerTtl !== null && !markerGroup) {
    writes.push({ kind: 'marker', values: [...key, int64(marker.writeTime), int32(markerTtl)] })
  }
  for (const group of groups) {
    const ttl = ttlNow(group.ttl)
    if (ttl === null) {
      expiredCellCount += group.places.length
      continue
    }
    const cells = parts.cells.map((place) => (group.places.includes(place) ? row.cells[place] : undefined))
    const using = [int64(group.writeTime), int32(ttl)]
    if (group === markerGroup) writes.push({ kind: 'row', values: [...key, ...cells, ...using] })
    else writes.push({ kind: `${prefix}cells`, values: [...using, ...cells, ...key] })
  }

  const elementTtl = ttlNow(shared === 'mixed' ? null : shared)
  if (grouped.hasElements) {
    if (elementTtl === null) expiredCellCount += parts.elements.filter(({ place }) => row.cells[place] != null).length
    else {
      const values = parts.elements.flatMap(({ place, fieldCount }) =>
        elementValues(row.cells[place] ?? null, fieldCount),
      )
      const using = [int64(options.fenceMicros), int32(elementTtl)]
      writes.push({ kind: `${prefix}elements`, values: [...using, ...values, ...key] })
    }
  }
  if (grouped.hasLists) {
    if (elementTtl === null) expiredCellCount += parts.lists.filter((place) => row.cells[place] != null).length
    else {
      const values = parts.lists.map((place) => row.cells[place] ?? undefined)
      const using = [int64(listWriteTime(options.fenceMicros, options.nowMs, options.attempt)), int32(elementTtl)]
      writes.push({ kind: `${prefix}lists`, values: [...using, ...values, ...key] })
    }
  }
  const hasCollections = grouped.hasElements || grouped.hasLists
  const collectionTtl = !hasCollections || shared === null ? 'none' : shared === 'mixed' ? 'unknown' : 'inherited'
  return { writes, expiredCellCount, marker: marker ? 'guessed' : 'none', collectionTtl }
}

function partsOf(row: ScannedRow, plan: TablePlan): ColumnParts {
  return row.kind === 'row' ? plan.regulars : plan.statics
}

/** The TTL that all cells with a readable one share; null when none of them ends. */
function sharedTtl(groups: readonly CellGroup[]): number | null | 'mixed' {
  const first = groups[0]
  if (!first) return null
  return groups.every(({ ttl }) => ttl === first.ttl) ? first.ttl : 'mixed'
}

function markerOf(
  grouped: GroupedRow,
  shared: number | null | 'mixed',
  options: ComposeOptions,
): { writeTime: bigint; ttl: number | null } | null {
  const { groups } = grouped
  const hasCollections = grouped.hasElements || grouped.hasLists
  const hasCells = groups.length > 0 || hasCollections
  if (options.markers === 'update' && hasCells) return null
  let writeTime = options.fenceMicros
  for (const group of groups) if (group.writeTime < writeTime) writeTime = group.writeTime
  // The marker may end only where every cell does. Collections beside cells of several TTLs are written without one.
  const collectionsEnd = !hasCollections || typeof shared === 'number'
  const isEnding = groups.length > 0 && collectionsEnd && groups.every(({ ttl }) => ttl !== null)
  return { writeTime, ttl: isEnding ? groups.reduce((most, { ttl }) => Math.max(most, ttl ?? 0), 0) : null }
}

function elementValues(cell: Buffer | null, fieldCount: number): RawValue[] {
  if (fieldCount === 0) return [cell ?? undefined]
  return userTypeFields(cell, fieldCount)
}

/**
 * The fields of a user type's bytes, each as it is: `[bytes]` one after the other, fewer than the type has when fields were
 * added later (native protocol v4, section 6.25). Null fields are UNSET, so that they delete nothing.
 */
function userTypeFields(cell: Buffer | null, fieldCount: number): RawValue[] {
  const fields: RawValue[] = []
  let offset = 0
  for (let i = 0; i < fieldCount; i++) {
    const length = cell && offset + 4 <= cell.length ? cell.readInt32BE(offset) : -1
    offset += 4
    fields.push(cell && length >= 0 ? cell.subarray(offset, offset + length) : undefined)
    if (length > 0) offset += length
  }
  return fields
}

function int64(value: bigint): Buffer {
  const buffer = Buffer.allocUnsafe(8)
  buffer.writeBigInt64BE(value)
  return buffer
}

function int32(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(4)
  buffer.writeInt32BE(value)
  return buffer
}
