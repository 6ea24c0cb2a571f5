import type { Bench } from './harness.ts'
import { StatementCache } from './inner-modules.ts'
import { longInsert, shortSelect } from './sample-statements.ts'

const ENTRIES_MAX = 2048

/** One operation is one text off a frame, looked up or inspected. */
export const statementCacheBenches: readonly Bench[] = [
  { name: 'statement-cache: the same few texts', run: inspectFrames([shortSelect, longInsert]) },
  {
    name: 'statement-cache: texts that never repeat in time',
    run: inspectFrames(Array.from({ length: ENTRIES_MAX * 4 }, (_, i) => longInsert.replace('a_user', `user${i}`))),
  },
]

function inspectFrames(texts: readonly string[]): Bench['run'] {
  const cache = new StatementCache(ENTRIES_MAX)
  const buffers = texts.map((text) => Buffer.from(text))
  let next = 0
  return (count) => {
    let inserts = 0
    for (let i = 0; i < count; i++) {
      const text = buffers[next++ % buffers.length] as Buffer
      // As forwardQuery does it: a new string each time.
      if (cache.inspect(text.toString('utf8')).kind === 'insert') inserts++
    }
    return inserts
  }
}
