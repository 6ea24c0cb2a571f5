import { readdir, readFile } from 'node:fs/promises'

/** Process ids of everything that runs with that folder for its temporary files, or works in it. Zombies have ended. */
export async function processesOf(temporary: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const read = (file: string): Promise<string> => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')
    const isOurs =
      (await read('cmdline')).includes(temporary) || (await read('environ')).split('\0').includes(`TMPDIR=${temporary}`)
    if (isOurs) found.push(Number(name))
  }
  return found
}
