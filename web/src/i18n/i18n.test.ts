import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUES, keyFor, LANGUAGES, translate } from "./translate.ts";
import { type Key, type Message, zhCN } from "./zh-CN.ts";

const SRC = join(import.meta.dirname, "..");
const keys = Object.keys(zhCN) as Key[];

function sources(dir: string): string[] {
	return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
		const path = join(dir, entry.name);
		if (entry.isDirectory()) return sources(path);
		const catalogue = /i18n\/(zh-CN|en|ru)\.ts$/.test(path);
		return /\.tsx?$/.test(path) && !path.endsWith(".test.ts") && !catalogue ? [readFileSync(path, "utf8")] : [];
	});
}

const code = sources(SRC).join("\n");

const patterns = [...code.matchAll(/`([a-z_]+\.[^`\s]*\$\{[^`]*)`/g)].map(([, template = ""]) => {
	const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\."));
	return new RegExp(`^${parts.join("[^.]+")}$`);
});

function isUsed(key: string): boolean {
	if (code.includes(`"${key}"`)) return true;
	const prefix = key.slice(0, key.lastIndexOf("."));
	// `state.${state}`, word("state", code) and keyFor("state", code) use all keys they can make.
	return patterns.some((pattern) => pattern.test(key)) || code.includes(`word("${prefix}"`) || code.includes(`keyFor("${prefix}"`);
}

function forms(message: Message): string[] {
	return typeof message === "string" ? [message] : Object.values(message);
}

function holes(text: string): string[] {
	return [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1] ?? "").sort();
}

describe.each(LANGUAGES)("%s", (language) => {
	const catalogue = CATALOGUES[language];

	it("has every key and no other", () => {
		expect(Object.keys(catalogue).sort()).toEqual([...keys].sort());
	});

	it("has no empty text", () => {
		expect(keys.filter((key) => forms(catalogue[key]).some((text) => text.trim() === ""))).toEqual([]);
	});

	it("fills the same holes in every form", () => {
		const wanted = (key: Key) => holes(forms(zhCN[key])[0] ?? "");
		const wrong = keys.filter((key) => forms(catalogue[key]).some((text) => holes(text).join() !== wanted(key).join()));
		expect(wrong).toEqual([]);
	});

	it("has every plural form its language needs", () => {
		const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
		const lacking = keys.filter((key) => {
			const message = catalogue[key];
			return typeof message !== "string" && needed.some((form) => !(form in message));
		});
		expect(lacking).toEqual([]);
	});
});

it("uses every key somewhere", () => {
	expect(keys.filter((key) => !isUsed(key))).toEqual([]);
});

it("is really translated", () => {
	const han = /\p{Script=Han}/u;
	const left = (["en", "ru"] as const).flatMap((language) =>
		keys.filter((key) => key !== "brand.latin" && forms(CATALOGUES[language][key]).some((text) => han.test(text))),
	);
	expect(left).toEqual([]);
	expect(keys.filter((key) => key !== "brand.latin" && /^[A-Za-z ]+$/.test(forms(zhCN[key]).join("")))).toEqual([]);
});

it("never calls a case by the word for an offence", () => {
	const texts = LANGUAGES.flatMap((language) => keys.flatMap((key) => forms(CATALOGUES[language][key])));
	expect(texts.filter((text) => /案件|检疫|карантин|quarantine/i.test(text))).toEqual([]);
	expect(texts.filter((text) => /(^|\s)дел[оау](\s|$)/i.test(text))).toEqual([]);
});

it("counts in Russian", () => {
	const say = (n: number) => translate("ru", "queue.updates", { n });
	expect([1, 2, 5, 11, 21, 112].map(say)).toEqual([
		"1 изменение", "2 изменения", "5 изменений", "11 изменений", "21 изменение", "112 изменений",
	]);
});

it("leaves hostile values as they are and does not fill twice", () => {
	expect(translate("en", "queue.failed", { why: "<b>{why}</b>$&" })).toBe("Could not be read: <b>{why}</b>$&");
});

it("does not take inherited names for keys", () => {
	expect(keyFor("state", "working")).toBe("state.working");
	expect(keyFor("state", "__proto__")).toBeNull();
});
