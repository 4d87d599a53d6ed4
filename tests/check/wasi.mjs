// wasi.mjs - runs a WebAssembly program with its arguments; the current folder is the only one it sees.
import fs from 'node:fs';
import { WASI } from 'node:wasi';
const wasi = new WASI({ version: 'preview1', args: process.argv.slice(2), preopens: { '.': '.' }, returnOnExit: true });
const module = await WebAssembly.compile(fs.readFileSync(process.argv[2]));
// at once: Node 20 may crash when it takes a large module down
process.exit(wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject())));
