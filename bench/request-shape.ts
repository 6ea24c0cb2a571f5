import { Opcode, RequestShape } from '@zdmkit/protocol'
import type { Bench } from './harness.ts'
import { batchOfPrepared, executeRead, executeWrite, SELECT_TEXT, simpleQuery } from './sample-frames.ts'

const BATCH_CHILDREN = 10

/** One operation is one body walked to its end. */
export const requestShapeBenches: readonly Bench[] = [
  { name: 'request-shape: EXECUTE with 1 value', run: walk(Opcode.EXECUTE, executeRead()) },
  { name: 'request-shape: EXECUTE with 2 values', run: walk(Opcode.EXECUTE, executeWrite()) },
  { name: 'request-shape: QUERY without values', run: walk(Opcode.QUERY, simpleQuery(SELECT_TEXT)) },
  {
    name: `request-shape: BATCH of ${BATCH_CHILDREN} prepared`,
    run: walk(Opcode.BATCH, batchOfPrepared(BATCH_CHILDREN)),
  },
]

function walk(opcode: number, frame: Buffer): Bench['run'] {
  const shape = new RequestShape()
  return (count) => {
    let problems = 0
    for (let i = 0; i < count; i++) if (shape.walk(opcode, 0, frame, 0, frame.length) !== null) problems++
    if (problems > 0) throw new Error('the frame is not well formed')
    return shape.valuesEnd
  }
}
