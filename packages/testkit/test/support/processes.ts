import { readdir, readFile } from 'node:fs/promises'

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
