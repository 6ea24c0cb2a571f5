import type { Bench } from './harness.ts'
import { PreparedCache } from './inner-modules.ts'
import { executeWrite } from './sample-frames.ts'

const ENTRIES_MAX = 10_000
const BYTES_MAX = 64 * 1024 * 1024
const ID_START = 11

/** One operation is one look-up. */
export const preparedCacheBenches: readonly Bench[] = [
  { name: 'prepared-cache: find among 2 statements', run: find(2) },
  { name: 'prepared-cache: find among 1000 statements', run: find(1000) },
]

function find(statements: number): Bench['run'] {
  const cache = new PreparedCache(ENTRIES_MAX, BYTES_MAX)
  // The id lies in a frame, as it does when it is looked for.
  const frames = Array.from({ length: statements }, (_, i) =>
    executeWrite(cache.obtain(`SELECT v FROM bench.kv${i} WHERE k = ?`, null, null).id),
  )
  return (count) => {
    let found = 0
    for (let i = 0; i < count; i++) {
      const frame = frames[i % statements] as Buffer
      if (cache.find(frame, ID_START, ID_START + 16) !== undefined) found++
    }
    if (found !== count) throw new Error('a statement was not found')
    return found
  }
}
