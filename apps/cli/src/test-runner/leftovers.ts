// What a run has left behind: processes that it started, directly or not, and entries of the folder that it gave them for temporary files.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that outlived the run. */
export interface LeftProcess {
  pid: number
  /** Its command line, shortened. */
  command: string
}

/** How the processes of a run are told from everybody else's. */
export interface RunMark {
  /** `NAME=VALUE` in the environment that the run gave to its programs. */
  variable: string
  /** The folder for temporary files: a process that names it in its command line or works in it is ours, whatever its environment. */
  folder: string
}

/** Waits up to `graceMs` for the last ones to end by themselves: a watchdog needs a moment to see that its parent is gone. */
export async function findLeftProcesses(mark: RunMark, graceMs: number): Promise<LeftProcess[]> {
  const deadline = performance.now() + graceMs
  for (;;) {
    const left = listMarked(mark)
    if (left.length === 0 || performance.now() > deadline) return left
    await sleep(200)
  }
}

/** Ends them without a question: they have had their chance. */
export function endProcesses(processes: readonly LeftProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Reads Linux's /proc; elsewhere there is none and the answer is empty. */
function listMarked({ variable, folder }: RunMark): LeftProcess[] {
  const left: LeftProcess[] = []
  for (const name of readProc()) {
    const pid = Number(name)
    if (pid === process.pid) continue
    const command = readOr('', () => readFileSync(`/proc/${name}/cmdline`, 'utf8'))
    const environment = readOr('', () => readFileSync(`/proc/${name}/environ`, 'utf8'))
    const cwd = readOr('', () => readlinkSync(`/proc/${name}/cwd`))
    const isOurs = environment.split('\0').includes(variable) || command.includes(folder) || cwd.startsWith(folder)
    if (isOurs) left.push({ pid, command: command.replaceAll('\0', ' ').trim().slice(0, 200) })
  }
  return left
}

function readProc(): string[] {
  return readOr([], () => readdirSync('/proc')).filter((name) => /^\d+$/.test(name))
}

/** A process may end, or belong to somebody else, while it is looked at. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
