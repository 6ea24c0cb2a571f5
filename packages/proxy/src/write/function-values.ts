import { randomUUID } from 'node:crypto'
import type { FunctionValues } from '@zdmkit/cql'
import { TimeUuids } from './time-uuid.ts'

/** What stands in for `uuid()`, `now()` and the like: made once by the proxy, so that both clusters store the same. */
export function createFunctionValues(nowMs: () => number = Date.now): FunctionValues {
  const timeUuids = new TimeUuids(nowMs)
  return {
    uuid: () => randomUUID(),
    timeUuid: () => timeUuids.next(),
    timestampMs: () => Math.floor(nowMs()),
    date: () => new Date(nowMs()).toISOString().slice(0, 10),
    time: () => `${new Date(nowMs()).toISOString().slice(11, 23)}000000`,
  }
}
