// HOT PATH: each QUERY, EXECUTE, PREPARE and BATCH that a proxy forwards is walked by its lengths to its exact end, so that no
// malformed body reaches a connection that others share. Notes offsets, copies nothing, allocates nothing per call.

/** `<flags>` of `<query_parameters>` (native protocol v4, section 4.1.4). */
export const QueryFlag = {
  VALUES: 0x01,
  SKIP_METADATA: 0x02,
  PAGE_SIZE: 0x04,
  PAGING_STATE: 0x08,
  SERIAL_CONSISTENCY: 0x10,
  DEFAULT_TIMESTAMP: 0x20,
  NAMES: 0x40,
} as const

const QUERY_FLAGS_KNOWN = 0x7f
const BATCH_FLAGS_KNOWN = 0x30
const BATCH_TYPE_MAX = 2
const CUSTOM_PAYLOAD = 0x04
const QUERY = 7
const PREPARE = 9
const EXECUTE = 10
const BATCH = 13
const UNSET_LENGTH = -2
/** NODE_LOCAL, the highest code that servers know (Cassandra 4.0). */
const CONSISTENCY_MAX = 0x0b
const INT_MIN = -0x80000000

/**
 * Where the parts of one request lie: offsets into the buffer that was walked. One object is walked again and again; what a walk
 * did not meet is -1 (offsets) or 0 (counts, flags).
 */
export class RequestShape {
  /** First byte after the header and the custom payload. */
  messageStart = 0
  /** The text of a QUERY or PREPARE. */
  textStart = -1
  textEnd = -1
  /** The prepared id of an EXECUTE, without its length. */
  idStart = -1
  idEnd = -1
  consistency = 0
  /** The `<flags>` byte of QUERY, EXECUTE and BATCH. */
  flagsAt = -1
  flags = 0
  valueCount = 0
  /** First and past-the-last byte of the values (names included), after their count. */
  valuesStart = -1
  valuesEnd = -1
  /** Content of the paging state, without its length. Equal when it is null. */
  pagingStateStart = -1
  pagingStateEnd = -1
  /** The batch's `<type>`, or -1. */
  batchType = -1
  childCount = 0
  /** Per child of a BATCH: where its `<kind>` byte lies; its text or id; where its value count lies; where it ends. */
  readonly childAt: number[] = []
  readonly childContentStart: number[] = []
  readonly childContentEnd: number[] = []
  readonly childEnd: number[] = []

  /**
   * Walks the body in `buffer[start + 9, end)`. Returns `null` when it is well formed for protocol v3 or v4 and ends exactly at
   * `end`, else what is wrong with it, in words without any of its bytes.
   *
   * Lengths and counts are judged, and flags, kinds and types that decide what follows. Left to the server: consistency levels,
   * text that is not UTF-8, names announced without values. A length below -2 is refused in v3 too, where a server reads each
   * negative one as null: no driver sends it, and so one rule serves both versions.
   */
  walk(opcode: number, headerFlags: number, buffer: Buffer, start: number, end: number): string | null {
    this.#reset()
    let at = start + 9
    if ((headerFlags & CUSTOM_PAYLOAD) !== 0) {
      at = skipBytesMap(buffer, at, end)
      if (at < 0) return 'its custom payload is malformed'
    }
    this.messageStart = at
    switch (opcode) {
      case EXECUTE: {
        if (at + 2 > end) return 'it ends before the prepared id'
        this.idStart = at + 2
        at = this.idEnd = at + 2 + short(buffer, at)
        if (at > end) return 'its prepared id is cut'
        return this.#walkParameters(buffer, at, end)
      }
      case QUERY:
        at = this.#walkText(buffer, at, end)
        if (at < 0) return 'its text is cut'
        return this.#walkParameters(buffer, at, end)
      case PREPARE:
        at = this.#walkText(buffer, at, end)
        if (at < 0) return 'its text is cut'
        return at === end ? null : 'bytes are left after its text'
      case BATCH:
        return this.#walkBatch(buffer, at, end)
      default:
        return 'it has an opcode that is not walked'
    }
  }

  #reset(): void {
    this.textStart = this.textEnd = this.idStart = this.idEnd = this.flagsAt = this.batchType = -1
    this.valuesStart = this.valuesEnd = this.pagingStateStart = this.pagingStateEnd = -1
    this.flags = this.valueCount = this.childCount = 0
  }

  #walkText(buffer: Buffer, at: number, end: number): number {
    if (at + 4 > end) return -1
    const length = int(buffer, at)
    if (length < 0 || length > end - at - 4) return -1
    this.textStart = at + 4
    this.textEnd = at + 4 + length
    return this.textEnd
  }

  /**
   * `<consistency><flags>[<n>[name_1]<value_1>...[name_n]<value_n>][<page_size>][<paging_state>][<serial_consistency>][<timestamp>]`
   */
  #walkParameters(buffer: Buffer, at: number, end: number): string | null {
    if (at + 3 > end) return 'it ends before its flags'
    this.consistency = short(buffer, at)
    this.flagsAt = at + 2
    const flags = buffer[at + 2] as number
    this.flags = flags
    if ((flags & ~QUERY_FLAGS_KNOWN) !== 0) return 'it has flags unknown in this protocol version'
    at += 3
    if ((flags & QueryFlag.VALUES) !== 0) {
      if (at + 2 > end) return 'it ends before its values'
      const count = short(buffer, at)
      this.valueCount = count
      at += 2
      this.valuesStart = at
      at = skipValues(buffer, at, end, count, (flags & QueryFlag.NAMES) !== 0)
      if (at < 0) return 'its values are malformed'
      this.valuesEnd = at
    }
    if ((flags & QueryFlag.PAGE_SIZE) !== 0) at += 4
    if ((flags & QueryFlag.PAGING_STATE) !== 0) {
      if (at + 4 > end) return 'it ends before its paging state'
      const length = Math.max(0, int(buffer, at))
      if (length > end - at - 4) return 'its paging state is cut'
      this.pagingStateStart = at + 4
      at = this.pagingStateEnd = at + 4 + length
    }
    return this.#walkEnding(buffer, at, end)
  }

  /** `<type><n><query_1>...<query_n><consistency><flags>[<serial_consistency>][<timestamp>]` */
  #walkBatch(buffer: Buffer, at: number, end: number): string | null {
    if (at + 3 > end) return 'it ends before its statements'
    this.batchType = buffer[at] as number
    if (this.batchType > BATCH_TYPE_MAX) return 'its batch type is unknown'
    const count = short(buffer, at + 1)
    at += 3
    for (let i = 0; i < count; i++) {
      if (at + 5 > end) return 'it ends before the last statement'
      this.childAt[i] = at
      const kind = buffer[at] as number
      let contentStart: number
      let length: number
      if (kind === 0) {
        length = int(buffer, at + 1)
        contentStart = at + 5
      } else if (kind === 1) {
        length = short(buffer, at + 1)
        contentStart = at + 3
      } else return 'a statement of it is neither a text nor a prepared id'
      if (length < 0 || length > end - contentStart - 2) return 'a statement of it is cut'
      this.childContentStart[i] = contentStart
      at = contentStart + length
      this.childContentEnd[i] = at
      at = skipValues(buffer, at + 2, end, short(buffer, at), false)
      if (at < 0) return 'the values of a statement of it are malformed'
      this.childEnd[i] = at
    }
    this.childCount = count
    if (at + 3 > end) return 'it ends before its flags'
    this.consistency = short(buffer, at)
    this.flagsAt = at + 2
    this.flags = buffer[at + 2] as number
    if ((this.flags & ~BATCH_FLAGS_KNOWN) !== 0) return 'it has flags unknown in this protocol version'
    at += 3
    return this.#walkEnding(buffer, at, end)
  }

  /**
   * `[<serial_consistency>][<timestamp>]`. Values that servers refuse while they decode are refused here too: they answer them
   * on stream 0, where nobody can tell whose request was meant.
   */
  #walkEnding(buffer: Buffer, at: number, end: number): string | null {
    if (this.consistency > CONSISTENCY_MAX) return 'its consistency is unknown'
    if ((this.flags & QueryFlag.SERIAL_CONSISTENCY) !== 0) {
      if (at + 2 <= end && short(buffer, at) > CONSISTENCY_MAX) return 'its serial consistency is unknown'
      at += 2
    }
    if ((this.flags & QueryFlag.DEFAULT_TIMESTAMP) !== 0) {
      if (at + 8 <= end && int(buffer, at) === INT_MIN && int(buffer, at + 4) === 0)
        return 'its timestamp is out of range'
      at += 8
    }
    return ending(at, end)
  }
}

function ending(at: number, end: number): string | null {
  if (at === end) return null
  return at > end ? 'it ends before its last field' : 'bytes are left after its last field'
}

/** Past the last of `count` values (each after its name if `named`), or -1. */
function skipValues(buffer: Buffer, at: number, end: number, count: number, named: boolean): number {
  for (let i = 0; i < count; i++) {
    if (named) {
      if (at + 2 > end) return -1
      at += 2 + short(buffer, at)
    }
    if (at + 4 > end) return -1
    const length = int(buffer, at)
    at += 4
    if (length > 0) {
      if (length > end - at) return -1
      at += length
    } else if (length < UNSET_LENGTH) return -1
  }
  return at
}

/** Past a `[bytes map]`, or -1. */
function skipBytesMap(buffer: Buffer, at: number, end: number): number {
  if (at + 2 > end) return -1
  const count = short(buffer, at)
  return skipValues(buffer, at + 2, end, count, true)
}

function short(buffer: Buffer, at: number): number {
  return ((buffer[at] as number) << 8) | (buffer[at + 1] as number)
}

function int(buffer: Buffer, at: number): number {
  return (
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  )
}
