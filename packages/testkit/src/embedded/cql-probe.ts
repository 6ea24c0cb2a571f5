import { createConnection } from 'node:net'

/** One statement on a connection of its own, to learn whether a node serves. */
export interface Probe {
  host: string
  port: number
  credentials?: Credentials | undefined
  query: string
  /** Default ONE. */
  consistency?: number
  timeoutMs?: number
}

/** A role and its password. */
export interface Credentials {
  username: string
  password: string
}

/** The number of rows that the statement gives; rejects while the node does not answer it. */
export async function countRows(probe: Probe): Promise<number> {
  const { host, port, credentials, query, consistency = 1, timeoutMs = 5_000 } = probe
  const socket = createConnection({ host, port })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)))
  const fail = new AbortController()
  socket.on('error', (error) => fail.abort(error))
  socket.on('close', () => fail.abort(new Error('connection closed')))
  let buffered = Buffer.alloc(0)
  let wake = Promise.withResolvers<void>()
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    wake.resolve()
    wake = Promise.withResolvers()
  })
  const failed = new Promise<never>((_, reject) =>
    fail.signal.addEventListener('abort', () => reject(fail.signal.reason)),
  )
  failed.catch(() => {})
  const ask = async (opcode: number, body: Buffer): Promise<{ opcode: number; body: Buffer }> => {
    const header = Buffer.from([4, 0, 0, 0, opcode, 0, 0, 0, 0])
    header.writeInt32BE(body.length, 5)
    socket.write(Buffer.concat([header, body]))
    for (;;) {
      const bodyBytes = buffered.length < 9 ? Number.POSITIVE_INFINITY : buffered.readInt32BE(5)
      if (buffered.length >= 9 + bodyBytes) {
        const answer = { opcode: buffered.readUInt8(4), body: buffered.subarray(9, 9 + bodyBytes) }
        buffered = buffered.subarray(9 + bodyBytes)
        if (answer.opcode === 0)
          throw new Error(`error 0x${answer.body.readInt32BE(0).toString(16)}: ${answer.body.subarray(6)}`)
        return answer
      }
      await Promise.race([wake.promise, failed])
    }
  }
  try {
    let answer = await ask(1, Buffer.from('\0\u0001\0\u000bCQL_VERSION\0\u00053.0.0', 'latin1'))
    if (answer.opcode === 3) {
      const token = Buffer.from(`\0${credentials?.username ?? ''}\0${credentials?.password ?? ''}`)
      answer = await ask(15, Buffer.concat([Buffer.from([0, 0, 0, token.length]), token]))
    }
    const text = Buffer.from(query)
    const length = Buffer.alloc(4)
    length.writeInt32BE(text.length)
    answer = await ask(7, Buffer.concat([length, text, Buffer.from([0, consistency, 2])]))
    return answer.body.readInt32BE(12)
  } finally {
    socket.destroy()
  }
}
