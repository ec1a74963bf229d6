import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = new Set([".html", ".js", ".css", ".svg", ".json", ".txt", ".map"]);
// Below one packet compression saves nothing on the wire.
const SMALLEST = 1024;

export function compressible(name: string, size: number): boolean {
	return TEXT.has(extname(name)) && size >= SMALLEST;
}

function* filesUnder(dir: string): Generator<string> {
	for (const entry of readdirSync(dir, { withFileTypes: true })) {
		const path = join(dir, entry.name);
		if (entry.isDirectory()) yield* filesUnder(path);
		else yield path;
	}
}

export function compressTree(dir: string): number {
	let count = 0;
	for (const path of [...filesUnder(dir)]) {
		if (!compressible(path, statSync(path).size)) continue;
		const body = readFileSync(path);
		writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
		writeFileSync(
			`${path}.br`,
			brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
		);
		count++;
	}
	return count;
}

/** The gateway has no compressor of its own: it serves the `.br` or `.gz` that lies beside each text file. */
export function precompress(): Plugin {
	let out = "dist";
	return {
		name: "precompress",
		apply: "build",
		configResolved(config) {
			out = config.build.outDir;
		},
		closeBundle() {
			compressTree(out);
		},
	};
}
