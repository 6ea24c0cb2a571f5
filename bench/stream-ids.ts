import { STREAM_IDS_MAX, StreamIds } from '@zdmkit/transport'
import type { Bench } from './harness.ts'

const TAKEN_TOGETHER = 800

/** One operation is one id taken and given back. */
export const streamIdsBenches: readonly Bench[] = [
  { name: 'stream-ids: take and give at once', run: oneByOne() },
  { name: `stream-ids: take ${TAKEN_TOGETHER}, then give them back`, step: TAKEN_TOGETHER, run: together() },
]

function oneByOne(): Bench['run'] {
  const ids = new StreamIds(STREAM_IDS_MAX)
  return (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      const id = ids.take()
      sum += id
      ids.give(id)
    }
    return sum
  }
}

function together(): Bench['run'] {
  const ids = new StreamIds(STREAM_IDS_MAX)
  const taken = new Uint16Array(TAKEN_TOGETHER)
  return (count) => {
    for (let done = 0; done < count; done += TAKEN_TOGETHER) {
      for (let i = 0; i < TAKEN_TOGETHER; i++) taken[i] = ids.take()
      for (let i = 0; i < TAKEN_TOGETHER; i++) ids.give(taken[i] as number)
    }
    return ids.taken
  }
}
