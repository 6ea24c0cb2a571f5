import { setImmediate as nextTurn } from 'node:timers/promises'
import { encodeFrame } from '@zdmkit/protocol'
import { Gatherer } from '@zdmkit/transport'
import { describe, expect, it, vi } from 'vitest'
import { seededRandom } from './support/random.ts'
import { SocketPair } from './support/socket-pair.ts'

const SLAB_BYTES = 65_536
const SMALL_SLAB_BYTES = 4096
const HEADER_BYTES = 9
const SEED = 20_240_614

/** A frame whose body is filled with `fill`, so that bytes in the wrong place show. */
function frameOf(frameBytes: number, fill: number, stream: number = 0): Buffer {
  const body = Buffer.alloc(frameBytes - HEADER_BYTES, fill)
  return encodeFrame({ version: 4, isResponse: false, flags: 0, stream, opcode: 7, body })
}

function append(gatherer: Gatherer, frame: Buffer, stream: number = -1): void {
  gatherer.append(frame, 0, frame.length, stream)
}

function countWrites(pair: SocketPair): () => number {
  const write = vi.spyOn(pair.near, 'write')
  return () => write.mock.calls.length
}

describe('Gatherer', () => {
  it('writes all frames of a turn at once, at its end', async () => {
    using pair = await SocketPair.open()
    const writes = countWrites(pair)
    const gatherer = new Gatherer(pair.near)
    const frames = Array.from({ length: 100 }, (_, i) => frameOf(309, i))
    for (const frame of frames) append(gatherer, frame)
    expect(writes()).toBe(0)
    expect(gatherer.pendingBytes).toBe(30_900)
    await nextTurn()
    expect(writes()).toBe(1)
    expect(await pair.received(30_900)).toStrictEqual(Buffer.concat(frames))
  })

  it('writes once per turn, turn after turn', async () => {
    using pair = await SocketPair.open()
    const writes = countWrites(pair)
    const gatherer = new Gatherer(pair.near)
    const sent: Buffer[] = []
    for (let turn = 1; turn <= 5; turn++) {
      for (let i = 0; i < turn; i++) {
        const frame = frameOf(50, turn * 16 + i)
        sent.push(frame)
        append(gatherer, frame)
      }
      await nextTurn()
      expect(writes()).toBe(turn)
    }
    await nextTurn()
    expect(writes()).toBe(5)
    expect(await pair.received(15 * 50)).toStrictEqual(Buffer.concat(sent))
  })

  it('copies at once: what happens to the source afterwards changes nothing', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const first = frameOf(300, 1)
    const second = frameOf(100_000, 2)
    const expected = Buffer.concat([first, second])
    append(gatherer, first)
    append(gatherer, second)
    first.fill(0xff)
    second.fill(0xff)
    expect(await pair.received(expected.length)).toStrictEqual(expected)
  })

  it('sends the part of the source that it was given', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const frame = frameOf(40, 7)
    const chunk = Buffer.concat([Buffer.alloc(13, 0xee), frame, Buffer.alloc(13, 0xee)])
    gatherer.append(chunk, 13, 13 + frame.length, 3)
    expect(await pair.received(frame.length)).toStrictEqual(frameOf(40, 7, 3))
  })

  it('gives the copy its stream id and leaves the source as it was', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const source = frameOf(20, 5, 77)
    const streams = [0, 1, 255, 256, 0x7ffe, 0x7fff]
    for (const stream of streams) append(gatherer, source, stream)
    append(gatherer, source, -1)
    expect(await pair.received(140)).toStrictEqual(
      Buffer.concat([...streams, 77].map((stream) => frameOf(20, 5, stream))),
    )
    expect(source).toStrictEqual(frameOf(20, 5, 77))
  })

  it('gives a frame larger than a slab its stream id', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    append(gatherer, frameOf(100_000, 5, 77), 9)
    expect((await pair.received(100_000)).equals(frameOf(100_000, 5, 9))).toBe(true)
  })

  it('keeps the order of frames over several slabs and with frames larger than one', async () => {
    const sizes = [
      [309, 200_000, 309, 309],
      [200_000, 309],
      [SLAB_BYTES, 9, SLAB_BYTES, SLAB_BYTES + 1, 9],
      [9, SLAB_BYTES, 9],
      [SLAB_BYTES - 9, 9, 9],
      [SLAB_BYTES - 8, 9, 9],
      Array.from({ length: 1000 }, () => 309),
      [300_000, 300_000],
    ]
    for (const [row, lengths] of sizes.entries()) {
      using pair = await SocketPair.open()
      const gatherer = new Gatherer(pair.near)
      const frames = lengths.map((length, i) => frameOf(length, (row * 31 + i) & 0xff))
      for (const frame of frames) append(gatherer, frame)
      const bytes = lengths.reduce((sum, length) => sum + length, 0)
      expect(gatherer.pendingBytes).toBe(bytes)
      expect((await pair.received(bytes)).equals(Buffer.concat(frames))).toBe(true)
    }
  })

  it('writes several slabs of a turn with one system call', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const writev = vi.spyOn(pair.near, '_writev')
    const frames = Array.from({ length: 700 }, (_, i) => frameOf(309, i & 0xff))
    for (const frame of frames) append(gatherer, frame)
    await nextTurn()
    expect(writev.mock.calls.length).toBe(1)
    expect((await pair.received(700 * 309)).equals(Buffer.concat(frames))).toBe(true)
  })

  it('uses slabs again once the kernel has taken them', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
    let before = 0
    for (let turn = 0; turn < 20; turn++) {
      if (turn === 5) before = allocate.mock.calls.length
      for (let i = 0; i < 700; i++) append(gatherer, frameOf(309, i & 0xff))
      await pair.received(700 * 309)
      await nextTurn()
    }
    const slabs = allocate.mock.calls.slice(before).filter(([bytes]) => bytes === SLAB_BYTES)
    allocate.mockRestore()
    expect(slabs).toStrictEqual([])
  })

  it('takes a small slab for a socket with little to send, and a large one once it had more', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    // Empties the pools of small slabs by gatherers that hold one each.
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
    const others: Gatherer[] = []
    while (allocate.mock.calls.length === 0) {
      const other = new Gatherer(pair.near)
      append(other, frameOf(100, 1))
      others.push(other)
    }
    append(gatherer, frameOf(SMALL_SLAB_BYTES, 2))
    expect(allocate.mock.calls).toStrictEqual([[SMALL_SLAB_BYTES], [SMALL_SLAB_BYTES]])
    await pair.received(others.length * 100 + SMALL_SLAB_BYTES)
    await nextTurn()
    append(gatherer, frameOf(SMALL_SLAB_BYTES, 3))
    append(gatherer, frameOf(100, 3))
    await pair.received(SMALL_SLAB_BYTES + 100)
    await nextTurn()
    allocate.mockClear()
    // The large slab of the turn before, or another from the pool.
    append(gatherer, frameOf(100, 4))
    append(gatherer, frameOf(SMALL_SLAB_BYTES * 2, 5))
    const sizes = new Set(allocate.mock.calls.map(([bytes]) => bytes))
    allocate.mockRestore()
    expect(sizes.has(SMALL_SLAB_BYTES)).toBe(false)
    await pair.received(SMALL_SLAB_BYTES * 2 + 100)
  })

  it('counts what is gathered and what the kernel has not taken', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    expect(gatherer.pendingBytes).toBe(0)
    const bytes = 32 * 2 ** 20
    append(gatherer, frameOf(100, 1))
    append(gatherer, frameOf(bytes, 2))
    append(gatherer, frameOf(100, 3))
    expect(gatherer.pendingBytes).toBe(bytes + 200)
    gatherer.flush()
    expect(gatherer.pendingBytes).toBeGreaterThan(bytes / 2)
    append(gatherer, frameOf(100, 4))
    const received = await pair.received(bytes + 300)
    expect(received.subarray(-100)).toStrictEqual(frameOf(100, 4))
    await nextTurn()
    expect(gatherer.pendingBytes).toBe(0)
  })

  it('writes at once when it is flushed, and nothing more at the end of the turn', async () => {
    using pair = await SocketPair.open()
    const writes = countWrites(pair)
    const gatherer = new Gatherer(pair.near)
    gatherer.flush()
    expect(writes()).toBe(0)
    append(gatherer, frameOf(30, 1))
    gatherer.flush()
    gatherer.flush()
    expect(writes()).toBe(1)
    append(gatherer, frameOf(30, 2))
    await nextTurn()
    expect(writes()).toBe(2)
    expect(await pair.received(60)).toStrictEqual(Buffer.concat([frameOf(30, 1), frameOf(30, 2)]))
  })

  it('asks to be called back only for what the kernel does not take at once', async () => {
    using pair = await SocketPair.open()
    const write = vi.spyOn(pair.near, 'write')
    const gatherer = new Gatherer(pair.near)
    append(gatherer, frameOf(300, 1))
    gatherer.flush()
    expect(write.mock.calls.map(([bytes, ...rest]) => [bytes.length, rest.length])).toStrictEqual([[300, 0]])
    write.mockClear()
    const bytes = 32 * 2 ** 20
    append(gatherer, frameOf(bytes, 2))
    gatherer.flush()
    expect(write.mock.calls.map(([part]) => part.length)).toStrictEqual([bytes, 0])
    expect(write.mock.calls.at(-1)).toHaveLength(2)
    await pair.received(bytes + 300)
  })

  it('takes frames for a socket that is destroyed, and drops them', async () => {
    using pair = await SocketPair.open()
    using other = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    append(gatherer, frameOf(70_000, 0xdd))
    append(gatherer, frameOf(300, 0xdd))
    pair.near.destroy()
    append(gatherer, frameOf(300, 0xdd))
    await nextTurn()
    append(gatherer, frameOf(300, 0xdd))
    await nextTurn()
    // Nothing of it turns up in the slabs that others use afterwards.
    const gatherers = new Gatherer(other.near)
    for (let i = 0; i < 300; i++) append(gatherers, frameOf(300, i & 0xff))
    const expected = Buffer.concat(Array.from({ length: 300 }, (_, i) => frameOf(300, i & 0xff)))
    expect((await other.received(90_000)).equals(expected)).toBe(true)
  })
})

describe('patchLast', () => {
  it('overwrites the frame appended last, wherever that lies', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    const lengths = [50, SLAB_BYTES - 40, 50, 200_000, 50]
    const expected = lengths.map((length, i) => {
      const frame = frameOf(length, i)
      append(gatherer, frame)
      gatherer.patchLast(9 + i, Buffer.from([0xa0 + i, 0xb0 + i]))
      frame.set([0xa0 + i, 0xb0 + i], 9 + i)
      return frame
    })
    const bytes = lengths.reduce((sum, length) => sum + length, 0)
    expect((await pair.received(bytes)).equals(Buffer.concat(expected))).toBe(true)
  })

  it('changes nothing once the frame is written', async () => {
    using pair = await SocketPair.open()
    const gatherer = new Gatherer(pair.near)
    gatherer.patchLast(0, Buffer.from([0xff]))
    append(gatherer, frameOf(50, 1))
    gatherer.flush()
    gatherer.patchLast(0, Buffer.from([0xff]))
    append(gatherer, frameOf(50, 2))
    expect(await pair.received(100)).toStrictEqual(Buffer.concat([frameOf(50, 1), frameOf(50, 2)]))
  })
})

describe('the same bytes for two sockets', () => {
  it('arrive with each socket its own stream id, under corked sockets', async () => {
    using origin = await SocketPair.open()
    using target = await SocketPair.open()
    const toOrigin = new Gatherer(origin.near)
    const toTarget = new Gatherer(target.near)
    origin.near.cork()
    target.near.cork()
    for (let i = 0; i < 50; i++) {
      const source = frameOf(309, i)
      append(toOrigin, source, i)
      append(toTarget, source, 1000 + i)
      if (i % 10 === 9) await nextTurn()
    }
    origin.near.uncork()
    target.near.uncork()
    const expected = (base: number): Buffer =>
      Buffer.concat(Array.from({ length: 50 }, (_, i) => frameOf(309, i, base + i)))
    expect(await origin.received(50 * 309)).toStrictEqual(expected(0))
    expect(await target.received(50 * 309)).toStrictEqual(expected(1000))
  })

  it('arrive intact while one socket takes nothing and slabs are used again', async () => {
    using slow = await SocketPair.open()
    using fast = await SocketPair.open()
    const toSlow = new Gatherer(slow.near)
    const toFast = new Gatherer(fast.near)
    const random = seededRandom(SEED)
    const expectedSlow: Buffer[] = []
    const expectedFast: Buffer[] = []
    let slowBytes = 0
    // Far more than the kernel takes for a peer that does not read.
    while (slowBytes < 24 * 2 ** 20) {
      let bytes = 0
      for (let i = 0; i < 40; i++) {
        const length = random(8) === 0 ? 20_000 + random(100_000) : HEADER_BYTES + random(900)
        const source = frameOf(length, random(256))
        const stream = random(0x4000)
        append(toSlow, source, stream)
        append(toFast, source, 0x4000 + stream)
        expectedSlow.push(Buffer.from(source))
        expectedSlow.at(-1)?.writeInt16BE(stream, 2)
        expectedFast.push(Buffer.from(source))
        expectedFast.at(-1)?.writeInt16BE(0x4000 + stream, 2)
        bytes += length
      }
      slowBytes += bytes
      const received = await fast.received(bytes)
      expect(received.equals(Buffer.concat(expectedFast.splice(0)))).toBe(true)
    }
    expect(toSlow.pendingBytes).toBeGreaterThan(2 ** 20)
    expect((await slow.received(slowBytes)).equals(Buffer.concat(expectedSlow))).toBe(true)
    await nextTurn()
    expect(toSlow.pendingBytes).toBe(0)
  })
})
