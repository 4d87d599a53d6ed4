// wasi.mjs - runs a WebAssembly program with its arguments; the current folder is the only one it sees.
// A second Node runs it and tells the program's exit status through pipe 3: Node 20 may crash when it takes a large
// module down, after the program has ended, and that is not the program's fault. No status: the child's own counts.
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { WASI } from 'node:wasi';
if (process.env.PIKA_WASI === undefined) {
    const child = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)],
        { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env: { ...process.env, PIKA_WASI: '1' } });
    const told = child.output?.[3]?.toString() ?? '';
    process.exit(told !== '' ? Number(told) : child.status || 1);
}
const wasi = new WASI({ version: 'preview1', args: process.argv.slice(2), preopens: { '.': '.' }, returnOnExit: true });
const module = await WebAssembly.compile(fs.readFileSync(process.argv[2]));
const status = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
fs.writeSync(3, String(status));
process.exit(status);
