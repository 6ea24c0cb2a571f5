import { readdir, readFile, readlink } from 'node:fs/promises'

/** Whether a process runs; one that has ended and was not yet reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    // <pid> (<name>) <state> ...; Z and X have ended.
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    return !/\) [ZX] /.test(stat)
  } catch {
    return false
  }
}

/** The ids of the processes of a group. */
export async function findGroup(groupId: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    // <pid> (<name>) <state> <parent> <group> ...
    if (new RegExp(`\\) [^ZX] \\d+ ${groupId} `).test(stat)) found.push(Number(name))
  }
  return found
}

/** The ids of processes in whose command line the text stands. */
export async function findProcesses(text: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (commandLine.includes(text) && (await isAlive(Number(name)))) found.push(Number(name))
  }
  return found
}

/** The local addresses on which a process listens for TCP, as the kernel writes them: `0100007F:23A2` is 127.0.0.1:9122. */
export async function findListeners(pid: number): Promise<string[]> {
  const sockets = new Set<string>()
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')
    sockets.add(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((fields) => fields[3] === LISTEN && sockets.has(fields[9] ?? ''))
    .map((fields) => fields[1] ?? '')
}

const LISTEN = '0A'
