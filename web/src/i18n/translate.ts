import { en } from "./en.ts";
import { ru } from "./ru.ts";
import { type Catalogue, type Key, type Message, zhCN } from "./zh-CN.ts";

export const LANGUAGES = ["zh-CN", "en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];
/** Each language is offered in its own name. */
export const LANGUAGE_NAMES: Record<Language, { short: string; full: string }> = {
	"zh-CN": { short: "中文", full: "简体中文" },
	en: { short: "EN", full: "English" },
	ru: { short: "RU", full: "Русский" },
};
export const CATALOGUES: Record<Language, Catalogue> = { "zh-CN": zhCN, en, ru };

export type Values = Record<string, string | number>;
export type Translate = (key: Key, values?: Values) => string;

const plurals = new Map(LANGUAGES.map((language) => [language, new Intl.PluralRules(language)]));

function chooseForm(language: Language, message: Message, values: Values): string {
	if (typeof message === "string") return message;
	const form = plurals.get(language)?.select(Number(values["n"])) ?? "other";
	return message[form as "one" | "few" | "many"] ?? message.other;
}

export function translate(language: Language, key: Key, values: Values = {}): string {
	const text = chooseForm(language, CATALOGUES[language][key], values);
	return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The key `prefix.code` when there is one: codes come from the server and their lists may grow. */
export function keyFor(prefix: string, code: string): Key | null {
	const key = `${prefix}.${code}`;
	return Object.hasOwn(zhCN, key) ? (key as Key) : null;
}

interface Named {
	name_zh: string;
	name_en: string;
	name_ru?: string;
}

/** A name of reference data in the reader's language, else the nearest there is. */
export function pickName(language: Language, named: Named): string {
	if (language === "zh-CN") return named.name_zh;
	if (language === "ru" && named.name_ru) return named.name_ru;
	return named.name_en || named.name_zh;
}
