import { encodeFrame, encodeRequest, execute, HEADER_BYTES, options, prepare, query } from '@zdmkit/protocol'
import { Framer } from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'
import { hex } from './support/hex.ts'
import { seededRandom } from './support/random.ts'

const BODY_BYTES_MAX = 4096
const SEED = 20_240_613

const version = 4
const frames: Buffer[] = [
  encodeRequest(options, {}, { version, stream: 0 }),
  encodeRequest(query, { query: 'SELECT v FROM t', parameters: { consistency: 1 } }, { version, stream: 1 }),
  encodeRequest(
    execute,
    { id: hex('0004'), parameters: { consistency: 6, values: [hex('04 00 0001 07 00000000'), null] } },
    { version, stream: 0x7fff },
  ),
  encodeRequest(prepare, { query: 'x'.repeat(700) }, { version, stream: 0x0404 }),
  encodeFrame({ version, isResponse: false, flags: 0, stream: 2, opcode: 7, body: Buffer.alloc(BODY_BYTES_MAX, 4) }),
]
const stream = Buffer.concat(frames)

/** What a framer reports, bytes copied; `onFrame` may be told to do more. */
class Recorder {
  readonly frames: string[] = []
  readonly malformed: string[] = []
  readonly versionsAsked: number[] = []
  acceptedVersion = version
  afterFrame: (recorder: Recorder) => void = () => {}

  onFrame(buffer: Buffer, start: number, end: number): void {
    this.frames.push(buffer.toString('hex', start, end))
    this.afterFrame(this)
  }

  acceptsVersion(versionByte: number): boolean {
    this.versionsAsked.push(versionByte)
    return versionByte === this.acceptedVersion
  }

  onMalformed(reason: 'version' | 'length', buffer: Buffer, start: number): void {
    this.malformed.push(`${reason} ${buffer.toString('hex', start, start + HEADER_BYTES)}`)
  }
}

function framerOf(recorder: Recorder, chunksAreReused: boolean = false): Framer {
  return new Framer(recorder, BODY_BYTES_MAX, chunksAreReused)
}

const expected = frames.map((frame) => frame.toString('hex'))

describe('Framer', () => {
  for (const chunksAreReused of [false, true]) {
    const title = chunksAreReused ? 'chunks that are used again' : 'chunks of their own'

    /** Pushes the parts; where chunks are used again, through one buffer that is overwritten after each. */
    const pushAll = (framer: Framer, parts: readonly Buffer[]): void => {
      const shared = Buffer.alloc(stream.length)
      for (const part of parts) {
        if (!chunksAreReused) framer.push(part)
        else {
          part.copy(shared)
          framer.push(shared.subarray(0, part.length))
          shared.fill(0xff)
        }
      }
    }

    describe(`over ${title}`, () => {
      it('delivers several frames of one chunk', () => {
        const recorder = new Recorder()
        pushAll(framerOf(recorder, chunksAreReused), [stream])
        expect(recorder.frames).toStrictEqual(expected)
      })

      it('delivers frames fed byte by byte, each with its last byte', () => {
        for (const frame of frames) {
          const recorder = new Recorder()
          const framer = framerOf(recorder, chunksAreReused)
          pushAll(
            framer,
            [...frame.subarray(0, -1)].map((byte) => Buffer.from([byte])),
          )
          expect(recorder.frames).toStrictEqual([])
          expect(framer.heldBytes).toBe(frame.length - 1)
          pushAll(framer, [frame.subarray(-1)])
          expect(recorder.frames).toStrictEqual([frame.toString('hex')])
          expect(framer.heldBytes).toBe(0)
        }
      })

      it('delivers a stream of frames fed byte by byte', () => {
        const recorder = new Recorder()
        pushAll(
          framerOf(recorder, chunksAreReused),
          [...stream].map((byte) => Buffer.from([byte])),
        )
        expect(recorder.frames).toStrictEqual(expected)
      })

      it('delivers a stream cut at every position', () => {
        for (let cut = 0; cut <= stream.length; cut++) {
          const recorder = new Recorder()
          pushAll(framerOf(recorder, chunksAreReused), [stream.subarray(0, cut), stream.subarray(cut)])
          expect(recorder.frames).toStrictEqual(expected)
        }
      })

      it('delivers each frame once and in order, however it is cut, held and resumed', () => {
        const random = seededRandom(SEED)
        for (let round = 0; round < 400; round++) {
          const recorder = new Recorder()
          const framer = framerOf(recorder, chunksAreReused)
          const held = (): void => {
            if (random(3) === 0) framer.hold()
          }
          recorder.afterFrame = held
          let at = 0
          while (at < stream.length) {
            const next = Math.min(stream.length, at + 1 + random(random(2) === 0 ? 12 : 3000))
            pushAll(framer, [stream.subarray(at, next)])
            at = next
            if (random(4) === 0) framer.resume()
          }
          for (let i = 0; i < frames.length; i++) framer.resume()
          expect(recorder.frames).toStrictEqual(expected)
          expect(framer.heldBytes).toBe(0)
          expect(recorder.malformed).toStrictEqual([])
        }
      })
    })
  }

  it('leaves a frame that lies whole in its chunk where it is', () => {
    const seen: Buffer[] = []
    const recorder = new Recorder()
    const framer = new Framer(
      {
        onFrame: (buffer) => seen.push(buffer),
        acceptsVersion: (byte) => recorder.acceptsVersion(byte),
        onMalformed: () => {},
      },
      BODY_BYTES_MAX,
      true,
    )
    framer.push(stream)
    expect(seen.every((buffer) => buffer === stream)).toBe(true)
    expect(seen.length).toBe(frames.length)
  })

  it('takes an empty chunk for nothing', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.push(Buffer.alloc(0))
    framer.push(stream.subarray(0, 5))
    framer.push(Buffer.alloc(0))
    framer.push(stream.subarray(5))
    expect(recorder.frames).toStrictEqual(expected)
  })
})

describe('a held framer', () => {
  it('delivers nothing more, and the rest of the chunk after resume', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    recorder.afterFrame = () => framer.hold()
    framer.push(stream)
    expect(recorder.frames).toStrictEqual(expected.slice(0, 1))
    expect(framer.heldBytes).toBe(stream.length - (frames[0]?.length ?? 0))
    for (let i = 2; i <= frames.length; i++) {
      framer.resume()
      expect(recorder.frames).toStrictEqual(expected.slice(0, i))
    }
    expect(framer.heldBytes).toBe(0)
  })

  it('keeps what arrives meanwhile, whole frames and parts', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.hold()
    const cut = stream.length - 7
    framer.push(stream.subarray(0, 20))
    framer.push(stream.subarray(20, cut))
    expect(recorder.frames).toStrictEqual([])
    expect(framer.heldBytes).toBe(cut)
    framer.resume()
    expect(recorder.frames).toStrictEqual(expected.slice(0, -1))
    framer.push(stream.subarray(cut))
    expect(recorder.frames).toStrictEqual(expected)
  })

  it('is held at every position of the stream without a difference', () => {
    for (let cut = 0; cut <= stream.length; cut += 3) {
      const recorder = new Recorder()
      const framer = framerOf(recorder, true)
      framer.push(stream.subarray(0, cut))
      framer.hold()
      framer.push(stream.subarray(cut, cut + 10))
      framer.push(stream.subarray(cut + 10))
      framer.resume()
      expect(recorder.frames).toStrictEqual(expected)
    }
  })

  it('goes on when it is resumed within the frame that held it', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    recorder.afterFrame = () => {
      framer.hold()
      framer.resume()
    }
    framer.push(stream)
    expect(recorder.frames).toStrictEqual(expected)
  })

  it('asks the version of a kept frame when it is resumed, not before', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.hold()
    framer.push(hex('05 00 0000 05 00000000'))
    expect(recorder.versionsAsked).toStrictEqual([])
    framer.resume()
    expect(recorder.malformed).toStrictEqual(['version 050000000500000000'])
  })

  it('resumes to nothing when nothing was held', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.push(stream.subarray(0, 4))
    framer.resume()
    framer.hold()
    framer.resume()
    framer.push(stream.subarray(4))
    expect(recorder.frames).toStrictEqual(expected)
  })
})

describe('a frame that makes no sense', () => {
  const frame = frames[1] as Buffer

  it('is refused for its length before anything of its body is kept', () => {
    const tooLong = hex('04 00 0001 07 00001001')
    for (const cut of [0, 1, 5, 8, 9]) {
      const recorder = new Recorder()
      const framer = framerOf(recorder)
      framer.push(tooLong.subarray(0, cut))
      expect(framer.heldBytes).toBe(cut === 9 ? 0 : cut)
      framer.push(Buffer.concat([tooLong.subarray(cut), Buffer.alloc(64)]))
      expect(recorder.malformed).toStrictEqual(['length 040000010700001001'])
      expect(framer.heldBytes).toBe(0)
    }
  })

  it('is refused for a length that is negative as a number of 32 bits', () => {
    for (const length of ['80000000', 'ffffffff', '7fffffff']) {
      const recorder = new Recorder()
      framerOf(recorder).push(hex('04 00 0001 07', length))
      expect(recorder.malformed).toStrictEqual([`length 0400000107${length}`])
    }
  })

  it('is taken at exactly the longest length', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.push(hex('04 00 0001 07 00001000'))
    expect(recorder.malformed).toStrictEqual([])
    framer.push(Buffer.alloc(BODY_BYTES_MAX))
    expect(recorder.frames.length).toBe(1)
  })

  it('is refused for its version with its first byte', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.push(hex('16'))
    expect(recorder.malformed).toStrictEqual(['version 16'])
    expect(framer.heldBytes).toBe(0)
  })

  it('is refused for its version before its length is believed', () => {
    const recorder = new Recorder()
    framerOf(recorder).push(hex('05 00 0000 01 ffffffff'))
    expect(recorder.malformed).toStrictEqual(['version 0500000001ffffffff'])
  })

  it('is refused behind good ones, which are delivered', () => {
    for (const bad of [hex('05'), hex('05 00 0000 05 00000000'), hex('04 00 0000 07 ffffffff')]) {
      for (let cut = 0; cut <= frame.length + bad.length; cut++) {
        const whole = Buffer.concat([frame, bad])
        const recorder = new Recorder()
        const framer = framerOf(recorder)
        framer.push(whole.subarray(0, cut))
        framer.push(whole.subarray(cut))
        expect(recorder.frames).toStrictEqual([frame.toString('hex')])
        expect(recorder.malformed.length).toBe(1)
      }
    }
  })

  it('is reported once, and nothing is read after it', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.push(Buffer.concat([hex('ff'), stream]))
    framer.push(stream)
    framer.hold()
    framer.push(hex('ff'))
    framer.resume()
    expect(recorder.frames).toStrictEqual([])
    expect(recorder.malformed.length).toBe(1)
    expect(framer.heldBytes).toBe(0)
  })

  it('is judged by the version that the frame before it settled', () => {
    const recorder = new Recorder()
    recorder.afterFrame = () => {
      recorder.acceptedVersion = 3
    }
    framerOf(recorder).push(Buffer.concat([frame, hex('03 00 0000 05 00000000'), frame]))
    expect(recorder.frames.length).toBe(2)
    expect(recorder.malformed.length).toBe(1)
  })
})

describe('a stopped framer', () => {
  it('delivers nothing more of the chunk in which it was stopped, nor of later ones', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    recorder.afterFrame = () => framer.stop()
    framer.push(stream)
    framer.push(stream)
    framer.resume()
    expect(recorder.frames).toStrictEqual(expected.slice(0, 1))
    expect(framer.heldBytes).toBe(0)
  })

  it('drops what it kept', () => {
    const recorder = new Recorder()
    const framer = framerOf(recorder)
    framer.hold()
    framer.push(stream)
    framer.stop()
    expect(framer.heldBytes).toBe(0)
    framer.resume()
    expect(recorder.frames).toStrictEqual([])
    expect(recorder.malformed).toStrictEqual([])
  })
})
