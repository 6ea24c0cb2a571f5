import { readFile } from 'node:fs/promises'
import { protocolErrorCodes } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'
import { seen } from './readme-example.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

describe('README', () => {
  it('shows the example that runs here', async () => {
    const example = await readFile(new URL('readme-example.ts', import.meta.url), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)
    expect(seen).toStrictEqual({
      stream: 7,
      opcode: 7,
      text: 'SELECT status FROM training.users WHERE user_id = ?',
      pageSize: 100,
    })
  })

  it('lists every error code', () => {
    expect([...readme.matchAll(/^\| `(PROTOCOL_\w+)`/gm)].map((match) => match[1])).toStrictEqual([
      ...protocolErrorCodes,
    ])
  })
})
