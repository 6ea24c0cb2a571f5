import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { TemporaryFolder } from './temporary-folder.ts'

const ZDM = join(import.meta.dirname, '../../../../zdm')

/** What the script itself uses, and what every POSIX system has. */
const SYSTEM_TOOLS =
  'awk cat chmod cksum cut df dirname grep ln mkdir mv pwd readlink rm sed sh sleep touch uname'.split(' ')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface StartOptions {
  /** Beside PATH and HOME. */
  env?: NodeJS.ProcessEnv
  /** The home folder otherwise. */
  cwd?: string
  /** What to start instead of the checkout's own `zdm`. */
  script?: string
}

/**
 * A folder with a copy of `zdm`, and a PATH that has the system's tools and the programs that a test puts into `bin/`. Nothing in it
 * reaches the network or the machine's own Node, npm, Java or Maven.
 */
export class Checkout implements Disposable {
  readonly #folder: TemporaryFolder = new TemporaryFolder()
  /** The checkout itself. */
  readonly root: string
  readonly home: string

  /** @param name of the checkout's folder */
  constructor(name = 'checkout') {
    this.root = join(this.#folder.path, name)
    this.home = join(this.#folder.path, 'home')
    for (const path of [this.root, this.home, this.#system]) mkdirSync(path, { recursive: true })
    copyFileSync(ZDM, join(this.root, 'zdm'))
    for (const tool of SYSTEM_TOOLS) symlinkSync(findTool(tool), join(this.#system, tool))
  }

  /** Links to the system's tools. Nothing is written here: the programs of a test are in a folder before it on PATH. */
  get #system(): string {
    return join(this.#folder.path, 'system')
  }

  /** Adds what makes it a whole checkout, with pins of its own. */
  pin(): this {
    this.write('.node-version', '24.21.0\n')
    this.write('package.json', '{\n  "name": "a",\n  "packageManager": "pnpm@12.21.0",\n  "type": "module"\n}\n')
    this.write('pnpm-lock.yaml', 'lockfileVersion: 9\n')
    return this
  }

  /** Writes a file of the checkout. */
  write(name: string, content: string): void {
    this.#folder.write(join(this.root.slice(this.#folder.path.length), name), content)
  }

  read(name: string): string {
    return readFileSync(join(this.root, name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(join(this.root, name))
  }

  /** Puts a program on PATH, as the body of an `sh` script. */
  program(name: string, body: string): void {
    this.#folder.script(`bin/${name}`, body)
  }

  /** Puts a Node on PATH. Started with anything but --version, it prints where it is, what it was given and `variables`. */
  node(version: string): void {
    this.program('node', nodeBody(version))
  }

  pnpm(version: string): void {
    this.program('pnpm', this.#pnpmBody(version))
  }

  /**
   * Puts an npm on PATH that installs a Node and a pnpm as the registry has them. It notes each call in `npm-calls`.
   *
   * @param before is run first, as a part of the script
   */
  npm(before = ''): void {
    const body = `
      if [ "$1" = --version ]; then echo 11.0.0; exit; fi
      echo "$*" >> '${this.root}/npm-calls'
      ${before}
      while [ $# -gt 0 ]; do
        case $1 in
          --prefix) prefix=$2; shift ;;
          node-linux-*@*)
            folder=$prefix/node_modules/\${1%@*}/bin
            mkdir -p "$folder"
            printf '%s' '#!/bin/sh${quoted(nodeBody('$VERSION'))}' | sed "s/\\$VERSION/\${1##*@}/" > "$folder/node"
            chmod +x "$folder/node" ;;
          pnpm@*)
            folder=$prefix/node_modules/@pnpm/exe.linux-any
            mkdir -p "$folder"
            printf '%s' '#!/bin/sh${quoted(this.#pnpmBody('$VERSION'))}' | sed "s/\\$VERSION/\${1##*@}/" > "$folder/pnpm"
            chmod +x "$folder/pnpm" ;;
        esac
        shift
      done`
    this.program('npm', body)
  }

  java(version: string, name = 'java'): void {
    this.program(name, `echo 'openjdk version "${version}" 2025-04-15' >&2`)
  }

  maven(): void {
    this.program('mvn', "printf '\\033[1mApache Maven 3.8.7\\033[m\\n'")
  }

  git(): void {
    this.program('git', 'echo git version 2.39.5')
  }

  /** Everything that the doctor asks for. */
  fit(): this {
    this.pin()
    this.node('24.21.0')
    this.pnpm('12.21.0')
    this.npm()
    this.java('17.0.15')
    this.maven()
    this.git()
    return this
  }

  /** Starts `zdm` and leaves it running. */
  start(args: readonly string[], options: StartOptions = {}): ChildProcessWithoutNullStreams {
    const { env = {}, cwd = this.home, script = join(this.root, 'zdm') } = options
    return spawn(script, args, {
      cwd,
      env: { PATH: `${this.#folder.path}/bin:${this.#system}`, HOME: this.home, ...env },
    })
  }

  async run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return ended(this.start(args, options))
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]()
  }

  #pnpmBody(version: string): string {
    return `
      if [ "$1" = --version ]; then echo ${version}; exit; fi
      echo "$*" >> '${this.root}/pnpm-calls'
      if [ -r '${this.root}/pnpm-fails' ]; then cat '${this.root}/pnpm-fails'; rm '${this.root}/pnpm-fails'; exit 1; fi
      if [ -r '${this.root}/pnpm-warns' ]; then cat '${this.root}/pnpm-warns'; rm '${this.root}/pnpm-warns'; fi
      mkdir -p '${this.root}/node_modules'`
  }
}

/** Waits for a process and gives what it printed. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr }
}

function nodeBody(version: string): string {
  return `
    if [ "$1" = --version ]; then echo v${version}; exit; fi
    echo "node ${version}"
    echo "cwd $PWD"
    for argument; do echo "argument $argument"; done
    echo "HOME $HOME"
    echo "MAVEN_OPTS \${MAVEN_OPTS-}"
    echo "DO_NOT_TRACK $DO_NOT_TRACK, TURBO_TELEMETRY_DISABLED $TURBO_TELEMETRY_DISABLED"
    exit 7`
}

/** For use between single quotes of `sh`. */
function quoted(body: string): string {
  return body.replaceAll("'", "'\\''")
}

function findTool(name: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (existsSync(path)) return path
  }
  throw new Error(`${name} is not on PATH`)
}
