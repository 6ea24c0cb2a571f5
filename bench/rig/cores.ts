import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Which core each side runs on, so that a proxy has one for itself; `null`: wherever the system puts it. */
export interface Cores {
  readonly proxy: number | null
  /** Load generator and back ends. */
  readonly load: number | null
  /** Why nothing is pinned, or `null`. */
  readonly unpinnedReason: string | null
}

export function chooseCores(): Cores {
  const cores = allowedCores()
  const [proxy, load] = cores
  if (proxy === undefined || load === undefined) return unpinned(`only ${cores.length} core can be used`)
  if (spawnSync('taskset', ['-c', `${proxy}`, 'true']).status !== 0)
    return unpinned('taskset (util-linux) does not run')
  return { proxy, load, unpinnedReason: null }
}

function unpinned(unpinnedReason: string): Cores {
  return { proxy: null, load: null, unpinnedReason }
}

/** Numbers of the cores that this process may use. */
function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0'
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
