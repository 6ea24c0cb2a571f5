import type { Bench } from './harness.ts'
import { HotCounter, HotGauge, HotHistogram } from './inner-modules.ts'

/** Default latency buckets of the proxy, in seconds. */
const BUCKETS = [1, 4, 7, 10, 25, 40, 60, 80, 100, 150, 250, 500, 1000, 2500, 5000, 10000, 15000].map((ms) => ms / 1000)

/** One operation is one observation or one step. */
export const recordersBenches: readonly Bench[] = [
  { name: 'recorders: histogram.observe, first bucket', run: observe(0.0004) },
  { name: 'recorders: histogram.observe, sixth bucket', run: observe(0.03) },
  { name: 'recorders: counter.inc', run: count() },
  { name: 'recorders: gauge.inc and dec', run: upAndDown() },
]

function observe(seconds: number): Bench['run'] {
  const histogram = new HotHistogram(BUCKETS)
  return (times) => {
    for (let i = 0; i < times; i++) histogram.observe(seconds + (i & 0xff) * 1e-9)
    return histogram.sum
  }
}

function count(): Bench['run'] {
  const counter = new HotCounter()
  return (times) => {
    for (let i = 0; i < times; i++) counter.inc()
    return counter.value
  }
}

function upAndDown(): Bench['run'] {
  const gauge = new HotGauge()
  return (times) => {
    for (let i = 0; i < times; i++) {
      gauge.inc()
      gauge.dec()
    }
    return gauge.value
  }
}
