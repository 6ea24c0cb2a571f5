// Says where the processor time of the whole process went, system calls included:
//
//   node bench/proxy.ts --shapes 200x4 --rounds 1 --perf /tmp/perf.data
//   perf script -i /tmp/perf.data -F comm,tid,ip,sym,dso | node bench/perf-profile.ts
//
// V8's own profile (profile.ts) takes reading from sockets for idle time.

import { createInterface } from 'node:readline'
import { textTable } from './text-table.ts'

interface Frame {
  readonly symbol: string
  readonly isKernel: boolean
}

const MODULES_SHOWN = 20
/** Innermost kind first: a sample belongs to the first that its stack has. */
const KERNEL_KINDS: readonly (readonly [string, RegExp])[] = [
  ['system call epoll_wait', /^(__x64_sys_epoll|do_epoll_wait|ep_poll)/],
  [
    'system call write (with delivery over loopback)',
    /^(__x64_sys_(write|writev|sendto|sendmsg)|ksys_write|do_writev|tcp_sendmsg)/,
  ],
  ['system call read', /^(__x64_sys_(read|recv)|ksys_read|tcp_recvmsg|tcp_cleanup_rbuf)/],
  ['other system calls', /^__x64_sys_/],
]
const COLLECTION =
  /v8::internal::(Heap|Scaveng|MarkCompact|Minor|Concurrent|Sweep|GCTracer|ArrayBufferSweeper|Incremental|MainAllocator)|CollectGarbage/
const ALLOCATION = /malloc|cfree|_int_free|unlink_chunk|realloc|calloc/

await run()

async function run(): Promise<void> {
  const kinds = new Map<string, number>()
  const modules = new Map<string, number>()
  let stack: Frame[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    const frame = parseFrame(line)
    if (frame !== null) stack.push(frame)
    if (line.trim() !== '' || stack.length === 0) continue
    count(kinds, kindOf(stack))
    const module = ownModule(stack)
    if (module !== null) count(modules, module)
    stack = []
  }
  const total = [...kinds.values()].reduce((sum, samples) => sum + samples, 0)
  process.stdout.write(`${shares(kinds, 'processor time', total)}\n\n${shares(modules, 'our JavaScript', total)}\n`)
}

/** A line of a stack: address, symbol with its offset, object. */
function parseFrame(line: string): Frame | null {
  const [, symbol, object] = /^\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \(([^()]*)\)$/.exec(line) ?? []
  return symbol === undefined || object === undefined ? null : { symbol, isKernel: object.includes('kernel') }
}

function kindOf(stack: readonly Frame[]): string {
  const leaf = stack[0]
  for (const [kind, pattern] of KERNEL_KINDS) {
    if (stack.some(({ symbol, isKernel }) => isKernel && pattern.test(symbol))) return kind
  }
  if (stack.some(({ symbol }) => COLLECTION.test(symbol))) return 'garbage collection'
  if (leaf?.isKernel) return 'other kernel (interrupts, switches)'
  if (ALLOCATION.test(leaf?.symbol ?? '')) return 'malloc and free (a buffer for each read)'
  const caller = stack.find(({ symbol }) => symbol.startsWith('JS:') || symbol.startsWith('Builtins_JSEntry'))
  const isOurs = caller !== undefined && /\/packages\/\w+\/src\//.test(caller.symbol)
  if (isOurs) return leaf === caller ? 'our JavaScript' : 'built-ins that our JavaScript calls'
  const isJavaScript = leaf === caller || (leaf?.symbol.startsWith('Builtins_') ?? false)
  if (caller?.symbol.startsWith('JS:')) {
    return isJavaScript ? "Node's stream and net JavaScript" : "C++ below Node's stream and net JavaScript"
  }
  return isJavaScript ? 'built-ins, caller unknown' : "Node's and libuv's event loop (C++)"
}

/** `proxy/settle` when the sample is in our JavaScript. */
function ownModule(stack: readonly Frame[]): string | null {
  const kind = kindOf(stack)
  if (kind !== 'our JavaScript' && kind !== 'built-ins that our JavaScript calls') return null
  const caller = stack.find(({ symbol }) => symbol.startsWith('JS:'))
  const [, name, path] = /\/packages\/(\w+)\/src\/([\w-]+)/.exec(caller?.symbol ?? '') ?? []
  return `${name}/${path}`
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function shares(counts: ReadonlyMap<string, number>, what: string, total: number): string {
  const rows = [...counts]
    .toSorted(([, first], [, second]) => second - first)
    .slice(0, MODULES_SHOWN)
    .map(([key, samples]) => [key, `${((samples / total) * 100).toFixed(1)} %`])
  return textTable([what, 'share'], rows, 1)
}
