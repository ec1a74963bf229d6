import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compressTree } from "./precompress.ts";

let dir = "";
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "qingling-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

it("puts both forms beside each text file worth it, and they open to the same bytes", () => {
	const text = "清零 ".repeat(1000);
	mkdirSync(join(dir, "assets"));
	writeFileSync(join(dir, "assets", "a.js"), text);
	writeFileSync(join(dir, "small.css"), "a{}");
	writeFileSync(join(dir, "picture.png"), text);
	expect(compressTree(dir)).toBe(1);
	expect(gunzipSync(readFileSync(join(dir, "assets", "a.js.gz"))).toString()).toBe(text);
	expect(brotliDecompressSync(readFileSync(join(dir, "assets", "a.js.br"))).toString()).toBe(text);
	expect(readdirSync(dir).sort()).toEqual(["assets", "picture.png", "small.css"]);
});
