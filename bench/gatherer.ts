import { setImmediate as nextTurn } from 'node:timers/promises'
import { Gatherer } from '@zdmkit/transport'
import type { TurnBench } from './harness.ts'
import { LoopbackSink } from './loopback-sink.ts'
import { executeWrite } from './sample-frames.ts'

/** One operation is one frame appended and written to a loopback socket. */
export async function gathererBenches(): Promise<TurnBench[]> {
  return [
    await appendAndWrite('gatherer: frame of 149 bytes, 1 in a turn', 1, 1),
    await appendAndWrite('gatherer: frame of 149 bytes, 16 in a turn', 1, 16),
    await appendAndWrite('gatherer: frame of 149 bytes, 400 in a turn', 1, 400),
    await appendAndWrite('gatherer: frame of 149 bytes, 4 in a turn to each of 200 sockets', 200, 4),
    await appendAndWrite('gatherer: frame of 149 bytes, 1 in a turn to each of 1000 sockets', 1000, 1),
  ]
}

async function appendAndWrite(name: string, sockets: number, framesPerSocket: number): Promise<TurnBench> {
  const sink = await LoopbackSink.start()
  const gatherers: Gatherer[] = []
  for (let i = 0; i < sockets; i++) gatherers.push(new Gatherer(await sink.connect()))
  const frame = executeWrite()
  const framesPerTurn = sockets * framesPerSocket
  return {
    name,
    step: framesPerTurn,
    async runTurns(count) {
      for (let done = 0; done < count; done += framesPerTurn) {
        for (const gatherer of gatherers) {
          for (let i = 0; i < framesPerSocket; i++) gatherer.append(frame, 0, frame.length, i)
        }
        await nextTurn()
        // The reader is slower than the writer on a busy machine; what it has not taken must not grow.
        while (gatherers.some((gatherer) => gatherer.pendingBytes > 0)) await nextTurn()
      }
      return framesPerTurn
    },
    close: () => sink[Symbol.asyncDispose](),
  }
}
